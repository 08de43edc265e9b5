"""The database: SQLite (one writer, WAL) or PostgreSQL, behind the same two doors.

`Store.write()` is one transaction that takes the write lock at its start (`BEGIN IMMEDIATE` on SQLite), so that
what is read in it cannot change before it is committed. `Store.read()` never blocks a writer. No network call
belongs inside either.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from casework.sqlite import BEGIN, BEGIN_LIGHTLY, connect
from casework.turnstile import Turnstile

BUSY_TIMEOUT_MS = 15_000
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 30
"""So long one statement may take on PostgreSQL, waiting for locks included."""

_PASSING = ("08", "40", "53", "55", "57")
"""SQLSTATE classes of trouble that passes: connection, rollback (deadlock), resources, locks, shutdown."""
_LIGHTLY = text("SET LOCAL synchronous_commit TO off")


class StoreUnavailable(Exception):
    """The database cannot be reached or is not ready; nothing was written."""


class Store:
    """One engine. Close it with `await store.close()`."""

    def __init__(self, engine: AsyncEngine, turnstile: Turnstile | None = None) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._writing = engine.execution_options(hamyar_begin=BEGIN)
        self._writing_lightly = engine.execution_options(hamyar_begin=BEGIN_LIGHTLY)
        self._turnstile = turnstile

    @asynccontextmanager
    async def write(self, *, lightly: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction; committed at the end, rolled back on any error.

        `lightly`: a power cut may undo it, an ended process does not. For a lease, or the mark on a message that is
        sent: its loss means that the same is done once more. The commit does not wait for the disk then, and nobody
        for the commit.
        """
        engine = self._writing_lightly if lightly else self._writing
        async with (
            self._turnstile or nullcontext(),
            AsyncSession(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            if lightly and not self.is_sqlite:
                await session.execute(_LIGHTLY)
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for reading; what is changed in it is thrown away."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    async def alone(self, session: AsyncSession, lock: int) -> bool:
        """True where this transaction may do what only one of all processes does at a time. False: another does it.

        On PostgreSQL an advisory lock until the end of the transaction; SQLite's one writer is alone anyway.
        """
        if self.is_sqlite:
            return True
        return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(lock))))

    async def ping(self) -> None:
        """Raises StoreUnavailable where the database does not answer."""
        try:
            async with self.engine.connect() as connection:
                await connection.execute(text("select 1"))
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise StoreUnavailable(type(error).__name__) from error

    async def close(self) -> None:
        await self.engine.dispose()
        if self._turnstile is not None:
            self._turnstile.close()


def is_transient(error: BaseException) -> bool:
    """True where trying the same transaction again may succeed (locked, connection lost, serialisation)."""
    if isinstance(error, OperationalError | PoolTimeout | OSError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    return bool(error.connection_invalidated) or str(state).startswith(_PASSING)


def open_store(url: str, *, echo: bool = False) -> Store:
    """Open `sqlite+aiosqlite:///path` or `postgresql+asyncpg://…`; creates SQLite's folder."""
    parsed = make_url(url)
    # What stands in a row is nobody's business in a traceback or a log.
    options: dict[str, Any] = {"echo": echo, "hide_parameters": True}
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        path = parsed.database or ":memory:"
        # Opening one costs as much as a turn. The last one first: the others keep no pages in memory for nothing.
        options |= {"pool_size": 20, "pool_use_lifo": True}
        options["async_creator"] = lambda: connect(path, BUSY_TIMEOUT_MS / 1000)
    else:
        options |= {"pool_size": 10, "max_overflow": 10, "pool_pre_ping": True}
        options["connect_args"] = {"timeout": CONNECT_SECONDS, "command_timeout": STATEMENT_SECONDS}
    engine = create_async_engine(parsed, **options)
    if engine.dialect.name != "sqlite":
        return Store(engine)
    _set_up_sqlite(engine)
    return Store(engine, Turnstile(None if path == ":memory:" else path))


def _set_up_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions of its own: `_begin` below does, with the lock it needs.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # an acknowledged message survives a power cut
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "foreign_keys=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("hamyar_begin", "BEGIN"))
