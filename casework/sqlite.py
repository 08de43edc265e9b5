"""SQLite connections that run a statement where it is asked for.

aiosqlite hands every statement to a thread and waits for its answer. In a busy process that costs some milliseconds
each, under the write lock that all others wait for; the statement itself takes a twentieth of it. A commit goes through
the thread only where the disk turns out to be slow.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import aiosqlite

BEGIN = "BEGIN IMMEDIATE"
BEGIN_LIGHTLY = "BEGIN IMMEDIATE -- lightly"
"""Of a transaction that a power cut may undo: its commit does not wait for the disk (`synchronous=NORMAL`)."""
_CHUNK = 64
_SLOW_SECONDS = 0.004
"""Of a commit, on the average of the last ones: a wait that is better spent in a thread."""
_LOOK_AGAIN_SECONDS = 0.01


class DirectConnection(aiosqlite.Connection):
    """As aiosqlite's, in the order in which it was asked."""

    _in_thread = 0
    """Calls that the thread has not ended yet. While there are some, all further ones queue behind them: a task that is
    cancelled while it waits for a commit rolls back after it, not beside it."""
    _commit_seconds = 0.0
    """The moving average of this connection's commits that wait for the disk."""
    _lightly = False
    """How the transaction under way was begun."""
    patience = 15.0
    """Seconds to wait for another process's lock."""

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if not self._running or not self._connection:
            raise ValueError("Connection closed")
        if args and args[0] in (BEGIN, BEGIN_LIGHTLY):
            fn = partial(self._at_level, fn, lightly=args[0] == BEGIN_LIGHTLY)
            if not self._in_thread:
                return await self._begin(partial(fn, *args, **kwargs))
        if not self._in_thread:
            if fn == self._conn.commit and (self._lightly or self._commit_seconds < _SLOW_SECONDS):
                return self._timed(fn)
            if fn not in (self._conn.commit, self._conn.close):
                return fn(*args, **kwargs)
        self._in_thread += 1
        return await super()._execute(self._counted, fn, *args, **kwargs)  # type: ignore[no-untyped-call]

    async def _begin(self, begin: Callable[[], Any]) -> Any:
        """Wait for the write lock without stopping the loop. Our own processes have queued at the `Turnstile` before;
        who holds it here is a tool."""
        until = time.monotonic() + self.patience
        while True:
            try:
                return self._at_once(begin)
            except sqlite3.OperationalError as error:
                is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not is_busy or time.monotonic() > until:
                    raise
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    def _at_once(self, begin: Callable[[], Any]) -> Any:
        self._conn.execute("PRAGMA busy_timeout=0")
        try:
            return begin()
        finally:
            self._conn.execute(f"PRAGMA busy_timeout={int(self.patience * 1000)}")

    def _at_level(self, begin: Callable[..., Any], *args: Any, lightly: bool, **kwargs: Any) -> Any:
        if lightly != self._lightly:
            self._conn.execute(f"PRAGMA synchronous={'NORMAL' if lightly else 'FULL'}")
            self._lightly = lightly
        return begin(*args, **kwargs)

    def _counted(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return self._timed(fn) if fn == self._conn.commit else fn(*args, **kwargs)
        finally:
            self._in_thread -= 1

    def _timed(self, commit: Callable[[], Any]) -> Any:
        begin = time.perf_counter()
        try:
            return commit()
        finally:
            if not self._lightly:
                took = time.perf_counter() - begin
                self._commit_seconds += (took - self._commit_seconds) / 10


async def connect(path: str, timeout: float) -> DirectConnection:
    """`timeout`: seconds to wait for another process's lock."""
    opened = partial(sqlite3.connect, path, timeout=timeout, check_same_thread=False)
    connection = DirectConnection(opened, _CHUNK)
    connection.patience = timeout
    connection._thread.daemon = True
    await connection
    return connection
