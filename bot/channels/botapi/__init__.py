"""Telegram and Bale through the Bot API."""

from __future__ import annotations

from bot.channels.botapi.bot import quiet_loggers
from bot.channels.botapi.channel import BotApiChannel
from bot.channels.botapi.convert import Identity, read_update
from bot.channels.botapi.polling import ChannelHealth, DeadLetter, Receive

__all__ = [
    "BotApiChannel",
    "ChannelHealth",
    "DeadLetter",
    "Identity",
    "Receive",
    "quiet_loggers",
    "read_update",
]
