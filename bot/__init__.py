"""The messengers: what comes in is stored before it is acknowledged, what goes out is a row before it is sent.

The way of one message: `channels` -> `inbox` -> `turns` (danger check, `understanding`, `actions`) -> `outbox`
-> `rendering` -> `channels`.
"""
