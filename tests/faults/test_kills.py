"""`kill -9` of every role at named points under load (`make faults`; HAMYAR_FAULT_SEEDS=25 for the long run)."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from dataclasses import asdict

import pytest
from sqlalchemy import func, select

from casework.store import open_store
from casework.tables import InboxUpdate
from tests.e2e.city import City
from tests.faults.lives import Crowd, account_for
from tests.faults.points import BY_WEBHOOK, POINTS, strike
from tests.faults.role import LEASE

SEEDS = int(os.environ.get("HAMYAR_FAULT_SEEDS", "1"))
FIRST = int(os.environ.get("HAMYAR_FAULT_FIRST_SEED", "0"))
RECOVERS = LEASE.total_seconds() + 0.5
"""So long a role lives between two kills: what was interrupted is worked on again, and no turn dies thrice."""


@pytest.mark.timeout(120 + 240 * SEEDS)
async def test_kills_at_named_points_lose_nothing_and_do_nothing_twice(breakable_city: City) -> None:
    city, killed = breakable_city, Counter[str]()
    crowd = Crowd(city, random.Random(0))
    for seed in range(FIRST, FIRST + SEEDS):
        chance = random.Random(seed)
        async with crowd.busy():
            struck = await asyncio.gather(
                *(strike(city.folder, role, POINTS, chance, RECOVERS) for role in ("bot", "worker", "web"))
            )
        killed.update(name for names in struck for name in names)
        account = await account_for(city, crowd)
        kills = killed.total()
        print(f"seed {seed}: {kills} kills, {asdict(account)}", flush=True)
        assert not account.wrong, account.wrong
        assert account.repeated <= kills
    for name, count in sorted(killed.items()):
        print(f"{count:5} kills at {name}")
    assert set(killed) == set(POINTS) and min(killed.values()) == SEEDS


@pytest.mark.timeout(120 + 120 * SEEDS)
async def test_kills_of_the_role_that_takes_webhooks_lose_nothing_and_do_nothing_twice(
    breakable_city_by_webhook: City,
) -> None:
    city, killed = breakable_city_by_webhook, Counter[str]()
    points = {name: point for name, point in {**POINTS, **BY_WEBHOOK}.items() if point.role == "web"}
    crowd = Crowd(city, random.Random(0))
    for seed in range(FIRST, FIRST + SEEDS):
        async with crowd.busy():
            killed.update(await strike(city.folder, "web", points, random.Random(seed), RECOVERS))
        account = await account_for(city, crowd)
        print(f"by webhook, seed {seed}: {killed.total()} kills, {asdict(account)}", flush=True)
        assert not account.wrong, account.wrong
        assert account.repeated == 0  # this role sends nothing
    assert set(killed) == set(points) and min(killed.values()) == SEEDS
    again = await _delivered_again(city)
    print(f"{again} updates that were stored came again")
    assert again >= killed["update stored, not answered to the messenger"]


async def _delivered_again(city: City) -> int:
    """How many updates of the messengers came once more after they had been stored."""
    store = open_store(city.database_url)
    again = select(func.count()).where(InboxUpdate.deliveries > 1, InboxUpdate.channel != "webchat")
    async with store.read() as session:
        found = await session.scalar(again)
    await store.close()
    return found or 0
