"""`kill -9` of a role at a random moment under load (`make faults`): nothing lost, nothing filed twice.

A turn that was claimed by the killed worker is taken over when its lease has run out, a minute later at the most.
"""

from __future__ import annotations

import asyncio
import random

import httpx
import pytest
from sqlalchemy import func, select

from casework.store import open_store
from casework.tables import InboxUpdate, ServiceRequest, Turn
from tests.e2e.city import Citizen, City

BIKE = "لطفا به بولوار هدایت ایستگاه دوچرخه اضافه کنید"
CITIZENS = 12
PATIENCE = 150.0


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(2))
async def test_killed_roles_lose_nothing_and_file_nothing_twice(breakable_city: City, seed: int) -> None:
    city, chance = breakable_city, random.Random(seed)
    citizens = [Citizen(city.telegram if i % 2 else city.bale, 7_000_000_000 + i) for i in range(CITIZENS)]
    kills = 0
    for citizen in citizens:
        citizen.writes(BIKE)
    kills += await _kill_some(city, chance, "worker", "bot")
    for citizen in citizens:
        summary = await citizen.hears("درست است؟", timeout=PATIENCE)
        citizen.presses(summary, "ثبت شود")
    kills += await _kill_some(city, chance, "worker", "bot")
    for citizen in citizens:
        await citizen.hears("شمارهٔ پیگیری", timeout=PATIENCE)
    await asyncio.sleep(5)
    store = open_store(city.database_url)
    async with store.read() as session:
        filed = await session.scalar(select(func.count()).select_from(ServiceRequest))
        stored = await session.scalar(select(func.count()).select_from(InboxUpdate))
        states = set(await session.scalars(select(Turn.state)))
    await store.close()
    at_the_city = httpx.get(f"{city.simulator}/_control/requests", trust_env=False).json()
    repeated = sum(
        max(0, sum("شمارهٔ پیگیری" in sent.text for sent in citizen.server.messages_to(citizen.chat)) - 1)
        for citizen in citizens
    )
    print(f"seed {seed}: {kills} kills, {stored} updates, {filed} filed, {repeated} replies repeated")
    assert (filed, stored, states) == (CITIZENS, 2 * CITIZENS, {"done"})
    assert len({one["key"] for one in at_the_city}) == len(at_the_city) == CITIZENS
    assert repeated <= kills


async def _kill_some(city: City, chance: random.Random, *roles: str) -> int:
    """Kill each role once at a random moment of the next two seconds and start it again; how many kills."""
    for role in roles:
        await asyncio.sleep(chance.uniform(0.1, 1.0))
        city.kill(role)
        city.start_role(role)
    return len(roles)
