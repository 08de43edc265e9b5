"""Every update three times, the later ones shuffled between the conversations: the database is the same."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from casework.store import open_store
from casework.tables import Base
from tests.e2e.city import City
from tests.faults.lives import Crowd, settled

NOT_COMPARED = {"messenger_states", "sync_marks", "dead_letters"}
"""How receiving goes, and how far the systems were read: they move by themselves."""

COUNTS = {"deliveries", "raw_status"}
"""How often an update has come, and what a system was last heard to say: the next poll may say it a moment later."""


@pytest.mark.timeout(300)
async def test_three_times_and_shuffled_is_once(breakable_city: City) -> None:
    city = breakable_city
    crowd = Crowd(city, random.Random(3), news=0.0)
    async with crowd.busy(at_once=4):
        await asyncio.sleep(10)
    await settled(city)
    await asyncio.sleep(3)  # what the systems say of fresh requests is taken over
    before = await _everything(city)
    updates = 0
    for server in (city.telegram, city.bale):
        updates += len(server.state.history)
        server.deliver_again(times=2, shuffle=random.Random(3))
    for server in (city.telegram, city.bale):
        await server.wait_for(lambda server=server: not server.state.again and not server.pending, 60)  # type: ignore[misc]
    await settled(city)
    await asyncio.sleep(3)
    after = await _everything(city)
    print(f"{updates} updates, each twice more and shuffled: {sum(map(len, before.values()))} rows as before")
    assert updates > 20
    for table, rows in before.items():
        assert after[table] == rows, table


async def _everything(city: City) -> dict[str, list[Any]]:
    store = open_store(city.database_url)
    async with store.read() as session:
        return {name: [dict(row) for row in await _rows(session, table)] for name, table in _tables()}


def _tables() -> Iterator[tuple[str, Any]]:
    for table in Base.metadata.sorted_tables:
        if table.name not in NOT_COMPARED:
            yield table.name, table


async def _rows(session: Any, table: Any) -> Any:
    compared = [column for column in table.columns if column.name not in COUNTS]
    return (await session.execute(select(*compared).order_by(*table.primary_key.columns))).mappings()
