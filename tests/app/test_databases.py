"""The shared fixture itself: each test has its own empty database, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from casework.store import open_store


@pytest.mark.parametrize("round_", [1, 2])
async def test_a_test_finds_its_database_empty(database_url: str, round_: int) -> None:
    store = open_store(database_url)
    async with store.write() as session:
        await session.execute(text("create table marks (id integer primary key)"))
        await session.execute(text("insert into marks values (1)"))
    async with store.read() as session:
        assert (await session.execute(text("select count(*) from marks"))).scalar_one() == 1
    await store.close()
