"""SQLite's connections: statements run in place, waiting does not, and the order of what was asked is kept."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from casework.sqlite import BEGIN, BEGIN_LIGHTLY, connect
from casework.store import Store, open_store
from casework.tables import Base, SyncMark, utc_now


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "hamyar.db"
    opened = open_store(f"sqlite+aiosqlite:///{path}")
    async with opened.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await opened.close()
    yield path


@pytest.fixture
async def opened(file: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite+aiosqlite:///{file}")
    yield store
    await store.close()


def locked(file: Path) -> sqlite3.Connection:
    """The file's write lock, held by somebody else."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other


async def mark(store: Store, name: str) -> None:
    async with store.write() as session:
        session.add(SyncMark(system=name, high_water=utc_now()))


async def marks(store: Store) -> set[str]:
    async with store.read() as session:
        return set(await session.scalars(select(SyncMark.system)))


async def test_a_statement_runs_in_the_thread_that_asks(tmp_path: Path) -> None:
    connection = await connect(str(tmp_path / "a.db"), 1.0)
    await connection.create_function("here", 0, threading.get_ident)
    async with connection.execute("select here()") as rows:
        assert await rows.fetchone() == (threading.get_ident(),)
    await connection.close()


@pytest.mark.parametrize(("seconds", "in_place"), [(0.0, True), (1.0, False)])
async def test_a_commit_goes_through_the_thread_where_the_disk_is_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, in_place: bool
) -> None:
    connection = await connect(str(tmp_path / "a.db"), 1.0)
    threads: list[int] = []
    timed = type(connection)._timed

    def seen(self: Any, commit: Callable[[], Any]) -> Any:
        threads.append(threading.get_ident())
        return timed(self, commit)

    monkeypatch.setattr(type(connection), "_timed", seen)
    connection._commit_seconds = seconds
    await connection.commit()
    assert (threads == [threading.get_ident()]) is in_place
    assert connection._commit_seconds < max(seconds, 0.5)
    await connection.close()


async def test_who_waits_for_the_lock_holds_up_nobody(file: Path, opened: Store) -> None:
    with closing(locked(file)) as other:
        writing = asyncio.create_task(mark(opened, "a"))
        for _ in range(20):
            await asyncio.sleep(0.01)
        assert not writing.done() and await marks(opened) == set()
        other.execute("COMMIT")
    await writing
    assert await marks(opened) == {"a"}


async def test_who_is_cancelled_while_waiting_leaves_nothing_behind(file: Path, opened: Store) -> None:
    with closing(locked(file)) as other:
        writing = asyncio.create_task(mark(opened, "a"))
        await asyncio.sleep(0.1)
        writing.cancel()
        await asyncio.sleep(0.1)
        other.execute("COMMIT")
    with pytest.raises(asyncio.CancelledError):
        await writing
    await mark(opened, "b")
    assert await marks(opened) == {"b"}


async def test_an_error_rolls_back_and_the_connection_goes_on(opened: Store) -> None:
    with pytest.raises(ValueError, match="stop"):
        async with opened.write() as session:
            session.add(SyncMark(system="a", high_water=utc_now()))
            await session.flush()
            raise ValueError("stop")
    await asyncio.gather(*(mark(opened, name) for name in "bcdef"))
    assert await marks(opened) == set("bcdef")


async def test_only_what_a_power_cut_may_undo_does_not_wait_for_the_disk(opened: Store) -> None:
    async def level(**how: bool) -> Any:
        async with opened.write(**how) as session:
            return await session.scalar(text("PRAGMA synchronous"))

    normal, full = 1, 2
    assert [await level(), await level(lightly=True), await level(lightly=True)] == [full, normal, normal]
    assert await level() == full
    levels = await asyncio.gather(*(level(lightly=bool(number % 2)) for number in range(8)))
    assert levels == [full, normal] * 4


async def test_a_begin_that_queues_behind_the_thread_has_its_level_too(tmp_path: Path) -> None:
    connection = await connect(str(tmp_path / "a.db"), 1.0)
    connection._in_thread = 1  # as behind a commit that nobody waits for any more
    await connection.execute(BEGIN_LIGHTLY)
    await connection.rollback()
    async with connection.execute("PRAGMA synchronous") as rows:
        assert await rows.fetchone() == (1,)
    await connection.execute(BEGIN)
    await connection.rollback()
    async with connection.execute("PRAGMA synchronous") as rows:
        assert await rows.fetchone() == (2,)
    connection._in_thread = 0
    await connection.close()
