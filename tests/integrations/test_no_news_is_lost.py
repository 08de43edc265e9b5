"""Lists that are cut off, that show something only late, and numbers that two requests share: all that a system says of
its requests is heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from casework.tables import OutboxMessage, SyncMark, utc_now
from integrations import status_sync
from integrations.drivers import BadAnswer, Driver, OutgoingAddition, build_driver
from integrations.drivers.open311_updates import LIST_LIMIT, MOST_CALLS
from integrations.drivers.timestamps import from_wire, to_wire
from integrations.registry import Registry
from integrations.simulator import RunningSimulator
from integrations.system import Limits, System
from tests.integrations.test_delivery import City, city

__all__ = ["city"]


async def sent(city: City, simulator: RunningSimulator, system: str, count: int) -> list[str]:
    """The system's numbers of so many requests."""
    for number in range(count):
        await city.file(f"30000000{number}", system)
    while await city.dispatcher.run_once():
        pass
    return [one.number for one in simulator.city.of(system)]


def told_of_changes(city: City, name: str) -> System:
    """A system of the city that lists changes: `taxi` does so itself, `parks` by Open311's extension."""
    system = city.registry.system(name)
    if system.driver == "open311":
        system = replace(system, protocol={**system.protocol, "updates": "updated_after"})
    city.registry.systems[name] = system
    return system


@pytest.mark.parametrize("name", ["parks", "taxi"])
async def test_what_appears_late_is_still_heard_within_the_overlap(
    city: City, simulator: RunningSimulator, name: str
) -> None:
    system = told_of_changes(city, name)
    first, second = await sent(city, simulator, name, 2)
    simulator.city.move(name, first, "in_progress")
    assert await city.sync.sync(name) == 1
    async with city.store.read() as session:
        mark = await session.get_one(SyncMark, name)
    late = mark.high_water - timedelta(seconds=system.overlap_seconds - 2)
    simulator.city.move(name, second, "in_progress", updated_at=late.isoformat())
    assert await city.sync.sync(name) == 1
    assert await city.sync.sync(name) == 0  # what lies in the overlap comes again, and is known


@pytest.mark.parametrize("name", ["parks", "taxi"])
async def test_what_appears_later_than_that_is_heard_when_the_open_ones_are_asked_for(
    city: City, simulator: RunningSimulator, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = told_of_changes(city, name)
    first, second = await sent(city, simulator, name, 2)
    simulator.city.move(name, first, "in_progress")
    assert await city.sync.sync(name) == 1
    late = utc_now() - timedelta(seconds=system.overlap_seconds + 60)
    simulator.city.move(name, second, "in_progress", updated_at=late.isoformat())
    assert await city.sync.sync(name) == 0
    monkeypatch.setattr(status_sync, "ALL_THE_SAME_SECONDS", 0.0)
    city.sync = status_sync.StatusSync(city.store, city.connections, city.lifecycle)
    assert [await city.sync.sync(name) for _ in range(2)] == [1, 0]


async def test_a_list_that_is_cut_off_is_made_good_by_asking_for_each_open_one(
    city: City, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_of_changes(city, "parks")
    numbers = await sent(city, simulator, "parks", 5)
    for number in numbers:
        simulator.city.move("parks", number, "in_progress")
    driver, asked = city.connections.driver("parks"), list[int]()
    monkeypatch.setattr(driver, "longest_list", 2)
    statuses, status = driver.statuses, driver.status

    async def newest_two(since: datetime) -> Any:
        return (await statuses(since))[-2:]

    async def counted(ids: Any) -> Any:
        asked.append(len(ids))
        return await status(ids)

    monkeypatch.setattr(driver, "statuses", newest_two)
    monkeypatch.setattr(driver, "status", counted)
    assert await city.sync.sync("parks") == 5
    assert sum(asked) == 5
    assert len(await city.all(OutboxMessage)) == 5


class Feed:
    """A server with so many updates, evenly over the last day; it shows the newest thousand of what is asked for."""

    def __init__(self, count: int, *, obeys: bool = True, answer_bytes: int = 1_000_000) -> None:
        now, self.calls, self.obeys = datetime.now(timezone.utc), 0, obeys
        self.answer_bytes = answer_bytes
        self.rows = [
            {
                "update_id": str(number),
                "service_request_id": f"SM-{number}",
                "status": "CLOSED",
                "description": f"({number})",
                "updated_datetime": to_wire(now - timedelta(seconds=86_000 * (number + 1) / count)),
            }
            for number in range(count)
        ]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        asked = request.url.params
        begin, end = from_wire(asked["start_date"]), from_wire(asked["end_date"])
        assert begin is not None and end is not None
        rows = [one for one in self.rows if begin <= (from_wire(one["updated_datetime"]) or begin) <= end]
        return httpx.Response(200, json=(rows if self.obeys else self.rows)[:LIST_LIMIT])


@pytest.fixture
def feed_of(registry: Registry) -> Callable[[Feed], Driver]:
    def build(feed: Feed) -> Driver:
        system = registry.system("told_in_feed")
        protocol = {**system.protocol, "format": "json"}
        limits = Limits(answer_bytes=feed.answer_bytes)
        return build_driver(replace(system, protocol=protocol, limits=limits), httpx.MockTransport(feed))

    return build


async def test_of_a_long_feed_each_half_is_read_by_itself_until_nothing_is_cut_off(
    feed_of: Callable[[Feed], Driver],
) -> None:
    feed = Feed(3500)
    reports = await feed_of(feed).statuses(datetime.now(timezone.utc) - timedelta(days=1))
    assert len({report.external_id for report in reports}) == 3500
    assert feed.calls <= MOST_CALLS
    times = [report.updated_at for report in reports]
    assert times == sorted(times)


async def test_a_feed_that_is_longer_than_we_take_is_read_in_parts(feed_of: Callable[[Feed], Driver]) -> None:
    feed = Feed(900, answer_bytes=40_000)  # one row takes 130
    reports = await feed_of(feed).statuses(datetime.now(timezone.utc) - timedelta(days=1))
    assert len({report.external_id for report in reports}) == 900 and 3 < feed.calls <= MOST_CALLS


async def test_where_the_list_is_longer_than_we_take_the_open_ones_are_asked_for(
    city: City, simulator: RunningSimulator
) -> None:
    system = told_of_changes(city, "parks")
    city.registry.systems["parks"] = replace(system, limits=replace(system.limits, answer_bytes=2_000))
    numbers = await sent(city, simulator, "parks", 1)
    simulator.city.move("parks", numbers[0], "in_progress")
    for number in range(5):  # of somebody else, in the same list
        simulator.city.file("parks", service_code="x", description="و" * 300, key=f"other-{number}")
    assert [await city.sync.sync("parks") for _ in range(2)] == [1, 0]


async def test_a_server_that_heeds_no_times_is_not_asked_for_ever(feed_of: Callable[[Feed], Driver]) -> None:
    feed = Feed(1200, obeys=False)
    driver = feed_of(feed)
    reports = await driver.statuses(datetime.now(timezone.utc) - timedelta(days=1))
    assert len({report.external_id for report in reports}) == LIST_LIMIT and feed.calls <= MOST_CALLS
    feed.calls = 0
    addition = OutgoingAddition("1_1", "SM-1", "100000001", "هنوز هست", datetime.now(timezone.utc))
    with pytest.raises(BadAnswer, match="cut off"):
        await driver.find_addition(addition)
    assert feed.calls <= MOST_CALLS


async def test_one_number_for_two_requests_speaks_of_both(city: City, simulator: RunningSimulator) -> None:
    first, _ = await sent(city, simulator, "parks", 2)
    await city.set("300000001", external_id=first)  # it calls the second a duplicate of the first
    simulator.city.move("parks", first, "in_progress")
    assert [await city.sync.sync("parks") for _ in range(2)] == [2, 0]
    simulator.city.move("parks", first, "closed", notes="درست شد")
    assert [await city.sync.sync("parks") for _ in range(2)] == [2, 0]
    for number in ("300000000", "300000001"):
        assert (await city.request(number)).status == "closed"
    assert len(await city.all(OutboxMessage)) == 4
