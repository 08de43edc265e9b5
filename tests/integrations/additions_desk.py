"""Short words for the tests of what is said later of a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from casework.additions import NewAddition, add
from casework.tables import Addition, Delivery, OperatorTask, ServiceRequest, utc_now
from integrations.simulator import RunningSimulator
from integrations.simulator.city import SimulatedRequest
from tests.integrations.test_delivery import City

DESKS = ("told_by_id", "told_in_feed", "told_once")
NUMBER = "100000001"


@dataclass
class Desk:
    """One request of one citizen at one simulated desk."""

    city: City
    simulator: RunningSimulator
    name: str
    number: str = NUMBER

    async def file(self, *, sent: bool = True) -> None:
        await self.city.file(self.number, self.name, service=self.name)
        if sent:
            await self.city.dispatcher.run_once()

    async def says(self, words: str, *, key: str = "", reopens: bool = False, **more: Any) -> bool:
        """Whether the desk will be told."""
        async with self.city.store.write() as session:
            request = await session.scalar(
                select(ServiceRequest).where(ServiceRequest.tracking_number == self.number)
            )
            assert request is not None
            new = NewAddition(key or words, words, reopens=reopens, **more)
            return (await add(session, request, new, self.city.registry.routing().takes_additions))[1]

    async def works(self, rounds: int = 1) -> None:
        """The dispatcher's rounds; the pauses between attempts are left out."""
        for _ in range(rounds):
            await self.city.make_due()
            await self.city.dispatcher.run_once()
            self.city.connections.breaker(self.name).succeeded()
            self.city.connections.breaker(self.name).hold(0)

    @property
    def stored(self) -> SimulatedRequest:
        (one,) = (one for one in self.simulator.city.of(self.name) if str(one.key).startswith(self.number))
        return one

    @property
    def heard(self) -> list[str]:
        """What the desk was told later, in its order, without the mark of those that are looked for in the feed."""
        return [one["words"].rsplit("\n(", 1)[0] for one in self.stored.additions]

    async def ways(self) -> list[Delivery]:
        """The deliveries of additions."""
        return [one for one in await self.city.all(Delivery) if one.addition_id is not None]

    async def tasks(self) -> list[OperatorTask]:
        return await self.city.all(OperatorTask)

    async def additions(self) -> list[Addition]:
        return await self.city.all(Addition)

    async def left_by_a_dead_worker(self) -> None:
        """As if the worker had died with every addition in her hands."""
        async with self.city.store.write() as session:
            past = utc_now() - timedelta(seconds=1)
            await session.execute(
                update(Delivery)
                .where(Delivery.addition_id.is_not(None))
                .values(state="working", ambiguous=False, lease_owner="dead", lease_until=past)
            )
