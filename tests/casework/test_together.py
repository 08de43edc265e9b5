"""What many tasks write goes into one transaction: all of it or, where one part cannot be written, each for itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from casework.store import Store
from casework.table_base import utc_now
from casework.tables import DeadLetter
from casework.together import MOST, Together


def letter(name: str) -> DeadLetter:
    return DeadLetter(channel="telegram", content_hash=name, raw=name, reason="test", received_at=utc_now())


async def test_what_comes_while_one_is_written_is_written_with_the_next(store: Store) -> None:
    sizes: list[int] = []

    async def write(session: Any, names: list[str]) -> None:
        sizes.append(len(names))
        session.add_all(letter(name) for name in names)

    together = Together[str](store, write)
    await asyncio.gather(*(together.put_down(str(number)) for number in range(MOST + 5)))
    assert sizes == [MOST, 5]
    await together.put_down("later")
    assert sizes == [MOST, 5, 1]
    async with store.read() as session:
        assert await session.scalar(select(func.count()).select_from(DeadLetter)) == MOST + 6


async def test_one_that_cannot_be_written_keeps_back_no_other(store: Store) -> None:
    async def write(session: Any, names: list[str]) -> None:
        session.add_all(letter(name) for name in names)
        await session.flush()
        if "3" in names:
            raise ValueError("three")

    together = Together[str](store, write)
    ended = await asyncio.gather(
        *(together.put_down(str(number)) for number in range(7)), return_exceptions=True
    )
    assert [n for n, error in enumerate(ended) if isinstance(error, ValueError)] == [3]
    async with store.read() as session:
        kept = set(await session.scalars(select(DeadLetter.raw)))
    assert kept == set("012456")


async def test_who_does_not_wait_any_more_disturbs_nobody(store: Store) -> None:
    async def write(session: Any, names: list[str]) -> None:
        session.add_all(letter(name) for name in names)

    together = Together[str](store, write)
    impatient = asyncio.create_task(together.put_down("a"))
    await asyncio.sleep(0)
    impatient.cancel()
    await together.put_down("b")
    with pytest.raises(asyncio.CancelledError):
        await impatient
    async with store.read() as session:
        assert set(await session.scalars(select(DeadLetter.raw))) == {"a", "b"}
