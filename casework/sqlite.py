"""SQLite connections that run a statement where it is asked for.

aiosqlite hands every statement to a thread and waits for its answer. In a busy process that costs a millisecond or two
each, under the write lock that all others wait for; the statement itself takes a twentieth of it. Only what may wait
for another process or for the disk (BEGIN IMMEDIATE, COMMIT) still goes through the thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

import aiosqlite

_CHUNK = 64


class DirectConnection(aiosqlite.Connection):
    """As aiosqlite's, in the order in which it was asked."""

    _in_thread = 0
    """Calls that the thread has not ended yet. While there are some, all further ones queue behind them: a task that is
    cancelled while it waits for the lock rolls back after its BEGIN, not beside it."""

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if not self._running or not self._connection:
            raise ValueError("Connection closed")
        if not self._in_thread and not self._may_wait(fn, args):
            return fn(*args, **kwargs)
        self._in_thread += 1
        return await super()._execute(self._counted, fn, *args, **kwargs)  # type: ignore[no-untyped-call]

    def _counted(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return fn(*args, **kwargs)
        finally:
            self._in_thread -= 1

    def _may_wait(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> bool:
        return fn in (self._conn.commit, self._conn.close) or bool(args and args[0] == "BEGIN IMMEDIATE")


async def connect(path: str, timeout: float) -> DirectConnection:
    """`timeout`: seconds to wait for another process's lock."""
    opened = partial(sqlite3.connect, path, timeout=timeout, check_same_thread=False)
    connection = DirectConnection(opened, _CHUNK)
    connection._thread.daemon = True
    await connection
    return connection
