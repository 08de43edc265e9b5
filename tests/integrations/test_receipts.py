"""What many systems have taken is put down in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import update

from casework.tables import AuditEntry, ServiceRequest, StatusChange
from integrations import deliveries
from integrations.connections import Breaker
from integrations.deliveries import Sent
from integrations.simulator import RunningSimulator
from tests.integrations.test_delivery import City, city

__all__ = ["city"]


async def test_what_has_arrived_is_put_down_together(
    city: City, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    put_sent = deliveries.put_sent

    async def counted(session: Any, sent: Sequence[Sent], lifecycle: Any) -> None:
        sizes.append(len(sent))
        await put_sent(session, sent, lifecycle)

    monkeypatch.setattr(deliveries, "put_sent", counted)
    for number in range(12):
        await city.file(f"1000000{number:02}", "taxi")
    for _ in range(6):
        await city.dispatcher.run_once()
    assert sum(sizes) == 12 and len(sizes) < 12
    assert {one.status for one in await city.all(ServiceRequest)} == {"submitted"}
    assert len(await city.all(StatusChange)) == 12
    assert [one.action for one in await city.all(AuditEntry)].count("status") == 12
    assert len(simulator.city.of("taxi")) == 12


async def test_who_was_withdrawn_meanwhile_stays_so_and_the_delivery_stands(city: City) -> None:
    for number in ("100000001", "100000002"):
        await city.file(number, "taxi")
    submit = city.connections.driver("taxi").submit

    async def and_she_cancels(request: Any) -> Any:
        receipt = await submit(request)
        async with city.store.write() as session:
            await session.execute(
                update(ServiceRequest)
                .where(ServiceRequest.tracking_number == "100000001")
                .values(status="cancelled")
            )
        return receipt

    city.connections.driver("taxi").submit = and_she_cancels  # type: ignore[method-assign]
    await city.dispatcher.run_once()
    assert (await city.request("100000001")).status == "cancelled"
    assert (await city.request("100000002")).status == "submitted"
    assert {(await city.delivery(number)).state for number in ("100000001", "100000002")} == {"sent"}


def test_nothing_is_known_of_a_system_before_it_has_answered() -> None:
    breaker = Breaker()
    assert not breaker.is_well
    breaker.succeeded()
    assert breaker.is_well
    breaker.failed()
    assert not breaker.is_well
