"""Every fault of the simulated systems against every driver, on both databases: nothing lost, nothing filed twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import select

from casework.tables import Delivery, OperatorTask, OutboxMessage, StatusChange
from integrations.connections import Connections
from integrations.registry import Registry
from integrations.simulator import Fault, RunningSimulator
from integrations.simulator.faults import FAULT_KINDS
from integrations.system import Idempotency
from tests.integrations.additions_desk import DESKS, Desk
from tests.integrations.conftest import QUICK, registry, running_simulator, simulator, systems_folder
from tests.integrations.test_delivery import City, city
from tests.support.database import migrated_file, migrated_postgres, migrated_url, store

__all__ = [
    "city",
    "migrated_file",
    "migrated_postgres",
    "migrated_url",
    "registry",
    "running_simulator",
    "simulator",
    "store",
    "systems_folder",
]

DRIVERS = {
    "parks": "park_facilities",  # Open311 in JSON
    "waste": "garbage_collection",  # Open311 in XML
    "taxi": "taxi",  # JSON, a key in a header
    "urban_rail": "metro",  # JSON, a bearer token
    "soap_office": "a_matter_of_tests",
    "mail_office": "a_letter_of_tests",
    "black_box": "a_black_box_of_tests",
}
NUMBERLESS = ("mail_office", "black_box")
"""Of what lies there nothing can be read."""
ASKED_NOTHING = ("mail_office",)
"""What can be neither looked up nor repeated: what may have arrived is an operator's."""
REQUESTS = 3
_seen: Counter[str] = Counter()


@pytest.mark.parametrize("kind", FAULT_KINDS)
@pytest.mark.parametrize("system", DRIVERS)
async def test_a_fault_loses_nothing_and_files_nothing_twice(
    city: City, simulator: RunningSimulator, system: str, kind: str
) -> None:
    for number in range(REQUESTS):
        await city.file(f"10000000{number}", system, service=DRIVERS[system])
    simulator.faults.add(Fault(kind, system=system, on="all", times=2, seconds=1.0, retry_after=0))  # type: ignore[arg-type]
    states = await _until_ended(city)
    keys = [one.key for one in simulator.city.of(system)]
    with_operator = {one.key for one in await city.all(Delivery) if one.state == "dead"} - set(keys)
    _seen["runs"] += 1
    _seen["with an operator"] += len(with_operator)
    _seen["lost"] += REQUESTS - len(set(keys)) - len(with_operator)
    _seen["filed twice"] += len(keys) - len(set(keys))
    assert len(keys) == len(set(keys))
    if system in ASKED_NOTHING:
        dead = [one for one in await city.all(Delivery) if one.state == "dead"]
        tasks = {task.service_request_id for task in await city.all(OperatorTask)}
        assert {one.key for one in dead} | set(keys) == {f"10000000{n}-{system}" for n in range(REQUESTS)}
        assert {one.service_request_id for one in dead} <= tasks
        return
    assert states == ["sent"] * REQUESTS and len(keys) == REQUESTS


@pytest.mark.parametrize("kind", FAULT_KINDS)
@pytest.mark.parametrize("system", [name for name in DRIVERS if name not in NUMBERLESS])
async def test_a_fault_while_status_is_read_loses_no_step_and_turns_none_back(
    city: City, simulator: RunningSimulator, system: str, kind: str
) -> None:
    for number in range(REQUESTS):
        await city.file(f"20000000{number}", system, service=DRIVERS[system])
    assert await _until_ended(city) == ["sent"] * REQUESTS
    for step in ("in_progress", "closed"):
        for one in simulator.city.of(system):
            simulator.city.move(system, one.number, step, notes=f"{step} {one.number}")
        seconds = 7200.0 if kind == "clock_skew" else 1.0
        simulator.faults.add(Fault(kind, system=system, on="all", times=2, seconds=seconds, retry_after=0))  # type: ignore[arg-type]
        for _ in range(5):
            await city.sync.sync(system)
        simulator.faults.clear()
        await city.sync.sync(system)
    steps: dict[int, list[str]] = {}
    for change in await city.all(StatusChange):
        steps.setdefault(change.service_request_id, []).append(change.to_status)
    assert list(steps.values()) == [["submitted", "in_progress", "closed"]] * REQUESTS
    told = [message.content["status"] for message in await city.all(OutboxMessage)]
    assert sorted(told) == ["closed"] * REQUESTS + ["in_progress"] * REQUESTS
    assert await city.all(OperatorTask) == []
    _seen["status runs"] += 1


@pytest.mark.parametrize("name", DESKS)
async def test_no_fault_loses_what_is_said_later_or_posts_it_twice(
    city: City, registry: Registry, simulator: RunningSimulator, name: str
) -> None:
    registry.systems[name] = replace(registry.system(name), limits=QUICK)
    desk = Desk(city, simulator, name)
    await desk.file()
    for kind in FAULT_KINDS:
        simulator.faults.add(Fault(kind, system=name, on="all", times=2, seconds=1.0, retry_after=0))  # type: ignore[arg-type]
        assert await desk.says(kind)
        for _ in range(20):
            await desk.works()
            if {way.state for way in await desk.ways()} <= {"sent", "dead"}:
                break
        simulator.faults.clear()
    heard = desk.heard
    with_operator = {task.reason.rsplit(": ", 1)[1] for task in await desk.tasks() if task.kind == "addition"}
    assert len(heard) == len(set(heard)), "something was posted twice"
    assert set(heard) | with_operator == set(FAULT_KINDS)
    assert heard == [kind for kind in FAULT_KINDS if kind in heard], "out of order"
    if name != "told_once":
        assert heard == list(FAULT_KINDS) and not with_operator


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after", "error_500_after", "malformed", "html"])
async def test_what_can_be_neither_repeated_nor_looked_up_goes_to_an_operator(
    city: City, registry: Registry, simulator: RunningSimulator, kind: str
) -> None:
    mute = replace(registry.system("taxi"), idempotency=Idempotency("none"))
    mute = replace(
        mute, protocol={k: v for k, v in mute.protocol.items() if k not in ("look_up", "duplicate")}
    )
    registry.systems["taxi"] = mute
    city.connections = Connections(registry)
    city.dispatcher = city.worker("two")
    await city.file("100000001", "taxi")
    simulator.faults.add(Fault(kind, system="taxi", times=1, seconds=1.0))  # type: ignore[arg-type]
    assert await _until_ended(city) == ["dead"]
    assert len(simulator.city.of("taxi")) <= 1
    assert [task.kind for task in await city.all(OperatorTask)] == ["dead_delivery"]
    await city.connections.aclose()


@pytest.fixture(scope="module", autouse=True)
def figures() -> object:
    yield
    print(f"\nfaults x drivers: {dict(_seen)}")


async def _until_ended(city: City) -> list[str]:
    """What became of the deliveries; the pauses between attempts are left out."""
    for _ in range(40):
        await city.make_due()
        await city.dispatcher.run_once()
        async with city.store.read() as session:
            states = list(await session.scalars(select(Delivery.state).order_by(Delivery.id)))
        if not {"waiting", "working", "token"} & set(states):
            return states
        for name in DRIVERS:  # five failures in a row would close the door for ten seconds
            city.connections.breaker(name).succeeded()
            city.connections.breaker(name).hold(0)
        await asyncio.sleep(0.05)  # a batch system gives its number a second later
    return states
