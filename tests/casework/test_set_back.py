"""Queues under a clock that is set while rows wait."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from casework.set_back import SetBack
from casework.tables import Turn, utc_now
from tests.support.citizen import BIKE, Citizen, Hamyar


@pytest.mark.parametrize("hours", [-5, 5])
async def test_a_turn_put_down_by_a_wrong_clock_is_worked_on(
    hamyar: Hamyar, citizen: Citizen, hours: int
) -> None:
    await hamyar.inbox.receive(citizen.update(BIKE))
    wrong = utc_now() + timedelta(hours=hours)
    async with hamyar.store.write() as session:
        await session.execute(update(Turn).values(due_at=wrong, created_at=wrong))
    assert await SetBack(hamyar.store).mend() is (hours > 0)
    assert await hamyar.work() == 1
    assert not await SetBack(hamyar.store).mend()


async def test_a_lease_of_a_wrong_clock_is_over_and_a_good_one_is_not(
    hamyar: Hamyar, citizen: Citizen
) -> None:
    await hamyar.inbox.receive(citizen.update(BIKE))
    good = utc_now() + timedelta(seconds=50)
    async with hamyar.store.write() as session:
        await session.execute(update(Turn).values(state="working", lease_owner="x", lease_until=good))
    assert not await SetBack(hamyar.store).mend()
    assert await hamyar.work() == 0
    async with hamyar.store.write() as session:
        await session.execute(update(Turn).values(lease_until=good + timedelta(hours=3)))
    assert await SetBack(hamyar.store).mend()
    assert await hamyar.work() == 1
    async with hamyar.store.read() as session:
        assert list(await session.scalars(select(Turn.state))) == ["done"]
