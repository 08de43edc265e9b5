"""The case: service requests, conversations and everything that is stored about them.

`tables` what lies in the database · `store` how it is opened · `catalogue`, `lifecycle`, `routing` the rules,
read from data files · `requests`, `conversations`, `tasks` the use cases: plain async functions over a session,
called inside one transaction of `Store.write()`.
"""
