"""From a filed request to the municipal system and back, on both databases, with the simulator's faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from casework.catalogue import load_catalogue
from casework.conversations import conversation_of
from casework.lifecycle import Lifecycle, load_lifecycle
from casework.requests import change_status
from casework.store import Store
from casework.tables import (
    Attachment,
    Delivery,
    OperatorTask,
    OutboxMessage,
    ServiceRequest,
    StatusChange,
    SyncMark,
    utc_now,
)
from integrations import dispatcher
from integrations.alarms import raise_alarm
from integrations.connections import Breaker, Connections, backoff
from integrations.deliveries import FILES, LEASE
from integrations.dispatcher import Dispatcher
from integrations.drivers import StatusReport
from integrations.file_checks import LONGEST_TURN
from integrations.registry import Registry
from integrations.simulator import Fault, RunningSimulator
from integrations.status_sync import StatusSync
from integrations.system import Limits

LIFECYCLE = Path("data/catalogue/lifecycle.yml")
SERVICES = load_catalogue(Path("data/catalogue")).services


class City:
    """The parts together, with short words for what the tests do and look at."""

    def __init__(self, store: Store, registry: Registry, lifecycle: Lifecycle) -> None:
        self.store, self.registry, self.lifecycle = store, registry, lifecycle
        self.connections = Connections(registry)
        self.dispatcher = self.worker("one")
        self.sync = StatusSync(store, self.connections, lifecycle)

    def worker(self, owner: str) -> Dispatcher:
        return Dispatcher(self.store, self.connections, self.lifecycle, owner=owner, services=SERVICES)

    async def file(self, number: str, system: str, *, state: str = "waiting", service: str = "taxi") -> None:
        async with self.store.write() as session:
            conversation = await conversation_of(
                session, channel="terminal", chat_id="c", chat_kind="private", sender_id="s", name=None
            )
            request = ServiceRequest(
                tracking_number=number,
                conversation_id=conversation.id,
                person_id=conversation.person_id,
                draft_id=number,
                channel="terminal",
                service_code=service,
                description="راننده کرایه اضافه گرفت",
                attributes={"plate": "۱۲ع۳۴۵"},
                place={"text": "میدان شهدا", "lat": 36.3, "lon": 59.6},
                district="samen",
                system=system,
                agency="سازمان",
            )
            session.add(request)
            await session.flush()
            key = f"{number}-{system}"
            session.add(Delivery(key=key, service_request_id=request.id, system=system, state=state))

    async def delivery(self, number: str) -> Delivery:
        async with self.store.read() as session:
            found = await session.scalar(select(Delivery).where(Delivery.key.like(f"{number}-%")))
        assert found is not None
        return found

    async def request(self, number: str) -> ServiceRequest:
        async with self.store.read() as session:
            found = await session.scalar(
                select(ServiceRequest).where(ServiceRequest.tracking_number == number)
            )
        assert found is not None
        return found

    async def all(self, table: type[Any]) -> list[Any]:
        async with self.store.read() as session:
            return list(await session.scalars(select(table).order_by(table.id)))

    async def set(self, number: str, **values: Any) -> None:
        async with self.store.write() as session:
            await session.execute(update(Delivery).where(Delivery.key.like(f"{number}-%")).values(**values))

    async def make_due(self) -> None:
        async with self.store.write() as session:
            await session.execute(update(Delivery).values(next_at=utc_now() - timedelta(seconds=1)))


@pytest_asyncio.fixture
async def city(store: Store, registry: Registry) -> AsyncIterator[City]:
    together = City(store, registry, load_lifecycle(LIFECYCLE))
    yield together
    await together.connections.aclose()


async def test_a_filed_request_reaches_its_system_and_keeps_its_number(
    city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000001", "taxi")
    assert await city.dispatcher.run_once() == 1
    delivery = await city.delivery("100000001")
    (stored,) = simulator.city.of("taxi")
    assert (delivery.state, delivery.external_id) == ("sent", stored.number)
    assert stored.address == "میدان شهدا" and stored.attributes == {"plate": "۱۲ع۳۴۵"}
    assert (await city.request("100000001")).status == "submitted"
    assert await city.all(OutboxMessage) == []  # the tracking number was news enough
    assert await city.dispatcher.run_once() == 0


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after", "error_500_after", "malformed", "wrong_id"])
@pytest.mark.parametrize("system", ["taxi", "parks", "waste"])
async def test_after_a_lost_reply_it_is_looked_up_and_filed_only_once(
    kind: Any, system: str, city: City, simulator: RunningSimulator
) -> None:
    simulator.faults.add(Fault(kind, times=1, seconds=1.0))
    await city.file("100000002", system)
    await city.dispatcher.run_once()
    delivery = await city.delivery("100000002")
    assert (delivery.state, delivery.ambiguous) == ("waiting", True)
    await city.make_due()
    await city.dispatcher.run_once()
    delivery = await city.delivery("100000002")
    assert (delivery.state, delivery.ambiguous) == ("sent", False)
    assert [stored.number for stored in simulator.city.of(system)] == [delivery.external_id]


async def test_where_nothing_can_be_looked_up_an_operator_gets_it_instead_of_a_second_copy(
    city: City, simulator: RunningSimulator
) -> None:
    taxi = city.registry.system("taxi")
    bare = {name: part for name, part in taxi.protocol.items() if name in ("submit", "status")}
    city.registry.systems["taxi"] = replace(
        taxi, protocol=bare, idempotency=replace(taxi.idempotency, kind="none")
    )
    simulator.faults.add(Fault("reset_after", times=1))
    await city.file("100000003", "taxi")
    await city.dispatcher.run_once()
    (task,) = await city.all(OperatorTask)
    assert (task.kind, (await city.delivery("100000003")).state) == ("dead_delivery", "dead")
    assert len(simulator.city.of("taxi")) == 1
    assert (await city.request("100000003")).status == "registered"


async def test_a_worker_that_died_while_sending_what_cannot_be_looked_up_leaves_it_to_an_operator(
    city: City, simulator: RunningSimulator
) -> None:
    taxi = city.registry.system("taxi")
    bare = {name: part for name, part in taxi.protocol.items() if name in ("submit", "status")}
    city.registry.systems["taxi"] = replace(
        taxi, protocol=bare, idempotency=replace(taxi.idempotency, kind="none")
    )
    await city.file("100000030", "taxi")
    past = utc_now() - timedelta(seconds=1)
    await city.set("100000030", state="working", lease_owner="dead", lease_until=past)
    await city.dispatcher.run_once()
    assert (await city.delivery("100000030")).state == "dead"
    assert simulator.city.all() == []


async def test_a_worker_that_died_while_sending_is_followed_by_a_look_up(
    city: City, simulator: RunningSimulator
) -> None:
    simulator.faults.add(Fault("reset_after", times=1))
    await city.file("100000004", "taxi")
    await city.dispatcher.run_once()
    past = utc_now() - timedelta(seconds=1)
    await city.set("100000004", state="working", ambiguous=False, lease_owner="dead", lease_until=past)
    await city.worker("two").run_once()
    assert (await city.delivery("100000004")).state == "sent"
    assert len(simulator.city.of("taxi")) == 1


async def test_what_another_worker_holds_is_left_alone(city: City, simulator: RunningSimulator) -> None:
    await city.file("100000005", "taxi")
    later = utc_now() + timedelta(seconds=60)
    await city.set("100000005", state="working", lease_owner="other", lease_until=later)
    assert await city.dispatcher.run_once() == 0
    assert simulator.city.all() == []


async def test_two_workers_at_once_file_everything_once(city: City, simulator: RunningSimulator) -> None:
    for number in range(20):
        await city.file(f"2000000{number:02}", "taxi")
    other = city.worker("two")
    for _ in range(12):
        await asyncio.gather(city.dispatcher.run_once(), other.run_once())
    assert len(simulator.city.of("taxi")) == 20
    assert {delivery.state for delivery in await city.all(Delivery)} == {"sent"}
    assert {delivery.attempts for delivery in await city.all(Delivery)} == {1}


@pytest.mark.parametrize("system", ["parks", "soap_office", "mail_office"])
async def test_what_waited_until_its_lease_is_nearly_over_is_not_sent_any_more_but_again(
    city: City, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    await city.file("100000050", system)
    monkeypatch.setattr(dispatcher, "HELD_SECONDS", 5.0)  # and the system may take 20
    assert await city.dispatcher.run_once() == 1
    assert simulator.city.of(system) == []
    row = await city.delivery("100000050")
    assert (row.state, row.ambiguous, row.last_error) == ("waiting", False, None)
    assert not city.connections.breaker(system).failing_for()
    monkeypatch.undo()
    assert await city.dispatcher.run_once() == 1
    assert (await city.delivery("100000050")).state == "sent" and len(simulator.city.of(system)) == 1


def test_the_longest_turn_that_a_file_may_ask_for_fits_into_the_lease(registry: Registry) -> None:
    assert LONGEST_TURN < dispatcher.HELD_SECONDS < LEASE.total_seconds()
    taxi = replace(registry.system("taxi"), per_second=0.5, at_once=4, limits=Limits(total=30.0))
    assert taxi.longest_turn == 4 / 0.5 + 2 * 30


async def test_a_busy_system_is_left_alone_as_long_as_it_asks(
    city: City, simulator: RunningSimulator
) -> None:
    simulator.faults.add(Fault("error_429", times=1, retry_after=60))
    await city.file("100000006", "taxi")
    await city.file("100000007", "taxi")
    await city.dispatcher.run_once()
    waiting = [one for one in await city.all(Delivery) if one.last_error]
    assert waiting[0].next_at - utc_now() > timedelta(seconds=50)
    await city.file("100000008", "taxi")
    assert await city.dispatcher.run_once() == 0


async def test_a_failing_system_is_one_alarm_and_stops_nobody_else(
    city: City, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.alarms.ALARM_AFTER_SECONDS", 0.0)
    now = [0.0]
    city.connections._breakers["taxi"] = Breaker(clock=lambda: now[0])
    simulator.faults.add(Fault("error_503", system="taxi", on="all"))
    for number in range(30):
        await city.file(f"3000000{number:02}", "taxi")
    await city.file("100000009", "bus")
    for _ in range(8):
        await city.dispatcher.run_once()
    assert (await city.delivery("100000009")).state == "sent"
    tasks = await city.all(OperatorTask)
    assert [task.kind for task in tasks] == ["system_down"]
    tried = sum(delivery.attempts for delivery in await city.all(Delivery) if delivery.system == "taxi")
    assert 5 <= tried <= 10  # the rest waits for the breaker, untouched
    simulator.faults.clear()
    await city.make_due()
    for _ in range(12):
        now[0] += 200
        await city.dispatcher.run_once()
    assert {delivery.state for delivery in await city.all(Delivery)} == {"sent"}
    assert len(simulator.city.of("taxi")) == 30
    assert [task.state for task in await city.all(OperatorTask)] == ["closed"]


async def test_an_alarm_that_another_worker_raised_ends_when_the_system_answers(
    city: City, simulator: RunningSimulator
) -> None:
    async with city.store.write() as session:
        for name in ("taxi", "bus"):
            await raise_alarm(session, name, "HTTP 503", utc_now())
    await city.file("100000016", "taxi")
    await city.dispatcher.run_once()
    assert [task.state for task in await city.all(OperatorTask)] == ["closed", "open"]
    async with city.store.write() as session:  # and again, while this worker sees a single failure
        await raise_alarm(session, "taxi", "HTTP 503", utc_now() + timedelta(seconds=1))
    simulator.faults.add(Fault("error_503", system="taxi", times=1, retry_after=0))
    await city.file("100000017", "taxi")
    for _ in range(2):
        await city.make_due()
        await city.dispatcher.run_once()
    assert [task.state for task in await city.all(OperatorTask)] == ["closed", "open", "closed"]


async def test_a_refused_request_goes_to_an_operator_and_she_is_told(
    city: City, simulator: RunningSimulator
) -> None:
    city.registry.systems["taxi"] = replace(city.registry.system("taxi"), codes={"taxi": ""})
    await city.file("100000010", "taxi")
    await city.dispatcher.run_once()
    (task,) = await city.all(OperatorTask)
    (message,) = await city.all(OutboxMessage)
    assert task.kind == "dead_delivery" and task.service_request_id == (await city.request("100000010")).id
    assert message.service_request_id == task.service_request_id
    assert (await city.request("100000010")).status == "undeliverable"


async def test_a_system_without_a_line_becomes_a_task_and_an_unknown_one_too(city: City) -> None:
    city.registry.systems["taxi"] = replace(
        city.registry.system("taxi"), driver="manual", url=None, missing=("SYSTEM_TAXI_URL",)
    )
    await city.file("100000011", "taxi")
    await city.file("100000012", "gone")
    await city.dispatcher.run_once()
    tasks = await city.all(OperatorTask)
    assert {task.kind for task in tasks} == {"manual_delivery"}
    assert any("SYSTEM_TAXI_URL" in task.reason for task in tasks)
    assert {delivery.state for delivery in await city.all(Delivery)} == {"manual"}
    assert await city.all(OutboxMessage) == []


async def test_a_paused_system_keeps_its_deliveries_waiting(city: City, simulator: RunningSimulator) -> None:
    city.registry.systems["taxi"] = replace(city.registry.system("taxi"), state="paused")
    await city.file("100000013", "taxi")
    assert await city.dispatcher.run_once() == 0
    assert (await city.delivery("100000013")).state == "waiting"


async def test_what_she_cancelled_before_it_went_out_is_not_sent(
    city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000014", "taxi")
    async with city.store.write() as session:
        await session.execute(update(ServiceRequest).values(status="cancelled"))
    await city.dispatcher.run_once()
    assert simulator.city.all() == [] and await city.all(OperatorTask) == []


async def test_a_batch_token_is_kept_and_polled_until_the_number_comes(
    city: City, simulator: RunningSimulator
) -> None:
    simulator.faults.add(Fault("batch", seconds=3600, times=1))
    await city.file("100000015", "culture")
    await city.dispatcher.run_once()
    delivery = await city.delivery("100000015")
    assert (delivery.state, delivery.external_id) == ("token", None) and delivery.external_token
    assert (await city.request("100000015")).status == "submitted"
    await city.make_due()
    await city.dispatcher.run_once()
    assert (await city.delivery("100000015")).state == "token"
    (stored,) = simulator.city.of("culture")
    stored.number_given_at = stored.requested_at  # an hour later
    await city.make_due()
    await city.dispatcher.run_once()
    delivery = await city.delivery("100000015")
    assert (delivery.state, delivery.external_id) == ("sent", stored.number)


async def test_a_token_without_a_number_for_72_hours_goes_to_an_operator(
    city: City, simulator: RunningSimulator
) -> None:
    simulator.faults.add(Fault("batch", seconds=60, times=1))
    await city.file("100000016", "culture")
    await city.dispatcher.run_once()
    await city.set("100000016", sent_at=utc_now() - timedelta(hours=73))
    await city.make_due()
    await city.dispatcher.run_once()
    assert (await city.delivery("100000016")).state == "dead"
    assert [task.kind for task in await city.all(OperatorTask)] == ["dead_delivery"]
    assert (await city.request("100000016")).status == "submitted"


async def test_after_24_hours_it_is_given_up_only_if_the_system_takes_others(
    city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000017", "taxi")
    await city.set("100000017", created_at=utc_now() - timedelta(hours=25))
    simulator.faults.add(Fault("error_503", times=2))
    await city.dispatcher.run_once()
    assert (await city.delivery("100000017")).state == "waiting"  # an outage, not its fault
    await city.file("100000018", "taxi", state="sent")
    await city.set("100000018", sent_at=utc_now())
    await city.set("100000017", next_at=utc_now())
    await city.dispatcher.run_once()
    assert (await city.delivery("100000017")).state == "dead"


@pytest.mark.parametrize("system", ["taxi", "parks", "waste"])
async def test_a_new_status_is_told_once_and_the_same_one_again_changes_nothing(
    system: str, city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000020", system)
    await city.dispatcher.run_once()
    number = (await city.delivery("100000020")).external_id or ""
    assert await city.sync.sync(system) == 0
    simulator.city.move(system, number, "in_progress", notes="فردا می‌آییم")
    assert await city.sync.sync(system) == 1
    request = await city.request("100000020")
    assert (request.status, request.status_notes) == ("in_progress", "فردا می‌آییم")
    assert await city.sync.sync(system) == 0
    assert [change.to_status for change in await city.all(StatusChange)] == ["submitted", "in_progress"]
    assert len(await city.all(OutboxMessage)) == 1


async def test_late_news_never_overwrites_newer(city: City, simulator: RunningSimulator) -> None:
    await city.file("100000021", "taxi")
    await city.dispatcher.run_once()
    number = (await city.delivery("100000021")).external_id or ""
    simulator.city.move("taxi", number, "closed")
    await city.sync.sync("taxi")
    earlier = (datetime.now(timezone.utc) - timedelta(seconds=30)).isoformat()
    simulator.city.move("taxi", number, "in_progress", updated_at=earlier)
    assert await city.sync.sync("taxi") == 0
    assert (await city.request("100000021")).status == "closed"


async def test_a_closed_that_is_said_again_does_not_close_what_she_reopened_but_a_new_one_does(
    city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000022", "taxi")
    await city.dispatcher.run_once()
    number = (await city.delivery("100000022")).external_id or ""
    simulator.city.move("taxi", number, "closed")
    await city.sync.sync("taxi")
    async with city.store.write() as session:
        request = await session.get(ServiceRequest, (await city.request("100000022")).id)
        assert request is not None
        await change_status(session, city.lifecycle, request, "reopened", "citizen")
    await city.sync.sync("taxi")
    assert (await city.request("100000022")).status == "reopened"
    simulator.city.move("taxi", number, "closed", notes="دوباره انجام شد")
    await city.sync.sync("taxi")
    assert (await city.request("100000022")).status == "closed"


async def test_news_of_many_that_comes_at_once_is_put_down_whatever_is_wrong_with_one(
    city: City, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [f"1000001{number:02}" for number in range(11)]
    for number in numbers:
        await city.file(number, "taxi")
    while await city.dispatcher.run_once():
        pass
    for stored in simulator.city.of("taxi"):
        simulator.city.move("taxi", stored.number, "in_progress")
    bad = numbers[3]

    async def broken(session: Any, lifecycle: Any, request: ServiceRequest, *args: Any, **more: Any) -> bool:
        if request.tracking_number == bad:
            raise ValueError("a bug")
        return await change_status(session, lifecycle, request, *args, **more)

    monkeypatch.setattr("integrations.status_reports.change_status", broken)
    await city.sync.sync("taxi")
    states = {number: (await city.request(number)).status for number in numbers}
    assert states.pop(bad) == "submitted"
    assert set(states.values()) == {"in_progress"}
    assert len(await city.all(OutboxMessage)) == len(numbers) - 1
    monkeypatch.undo()
    await city.sync.sync("taxi")
    assert (await city.request(bad)).status == "in_progress"


async def test_an_unknown_word_is_kept_raw_and_is_one_task(city: City, simulator: RunningSimulator) -> None:
    for number in ("100000023", "100000024"):
        await city.file(number, "parks")
    await city.dispatcher.run_once()
    for stored in simulator.city.of("parks"):
        simulator.city.move("parks", stored.number, "in_committee")
    await city.sync.sync_all()
    await city.sync.sync_all()
    assert [delivery.raw_status for delivery in await city.all(Delivery)] == ["in_committee"] * 2
    (task,) = await city.all(OperatorTask)
    assert task.kind == "unknown_status" and "in_committee" in task.reason
    assert (await city.request("100000023")).status == "submitted"


async def test_a_step_the_lifecycle_lacks_is_refused_and_shown(
    city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000025", "taxi")
    await city.dispatcher.run_once()
    number = (await city.delivery("100000025")).external_id or ""
    simulator.city.move("taxi", number, "rejected")
    await city.sync.sync("taxi")
    simulator.city.move("taxi", number, "in_progress")
    await city.sync.sync("taxi")
    assert (await city.request("100000025")).status == "rejected"
    assert [task.kind for task in await city.all(OperatorTask)] == ["unknown_status"]


async def test_a_redirect_keeps_the_tracking_number_and_names_the_new_agency(
    city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000026", "taxi")
    await city.dispatcher.run_once()
    number = (await city.delivery("100000026")).external_id or ""
    simulator.city.move("taxi", number, "redirected", agency="سازمان اتوبوسرانی")
    await city.sync.sync("taxi")
    request = await city.request("100000026")
    assert (request.status, request.agency) == ("redirected", "سازمان اتوبوسرانی")


async def test_who_gives_it_to_the_agency_that_has_it_already_says_nothing_new(
    city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000028", "taxi")
    await city.dispatcher.run_once()
    number = (await city.delivery("100000028")).external_id or ""
    before = await city.request("100000028")
    simulator.city.move("taxi", number, "redirected", agency=before.agency)
    await city.sync.sync("taxi")
    request = await city.request("100000028")
    assert (request.status, request.agency) == (before.status, before.agency)
    assert await city.all(OutboxMessage) == []
    simulator.city.move("taxi", number, "redirected", agency=before.agency, notes="در نوبت است")
    await city.sync.sync("taxi")
    (news,) = await city.all(OutboxMessage)
    assert (news.content["sentence"], news.content["notes"]) == ("push.looked_at", "در نوبت است")


async def test_who_gives_it_away_and_does_not_say_to_whom_is_not_named_as_its_taker(
    city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000029", "taxi")
    await city.dispatcher.run_once()
    number = (await city.delivery("100000029")).external_id or ""
    report = StatusReport(external_id=number, raw_status="transferred", status="redirected")
    await city.sync.reports.take(city.registry.system("taxi"), [report])
    assert (await city.request("100000029")).status == "redirected"
    (news,) = await city.all(OutboxMessage)
    assert news.content["sentence"] == "push.moved"


async def test_the_high_water_mark_grows_but_never_beyond_now(
    city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000027", "taxi")
    await city.dispatcher.run_once()
    number = (await city.delivery("100000027")).external_id or ""
    ahead = (datetime.now(timezone.utc) + timedelta(days=2)).isoformat()
    simulator.city.move("taxi", number, "accepted", updated_at=ahead)
    await city.sync.sync("taxi")
    async with city.store.read() as session:
        mark = await session.get(SyncMark, "taxi")
    assert mark is not None and mark.high_water <= utc_now()
    assert (await city.request("100000027")).status == "accepted"


@pytest.mark.parametrize("system", ["taxi", "parks", "waste"])
async def test_a_clock_that_ran_ahead_and_is_right_again_keeps_nothing_from_her(
    system: str, city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000030", system)
    await city.dispatcher.run_once()
    number = (await city.delivery("100000030")).external_id or ""
    simulator.city.move(system, number, "in_progress")
    simulator.faults.add(Fault("clock_skew", system=system, on="read", seconds=7200))
    assert [await city.sync.sync(system) for _ in range(2)] == [1, 0]
    simulator.faults.clear()
    simulator.city.move(system, number, "closed", notes="درست شد")
    assert [await city.sync.sync(system) for _ in range(2)] == [1, 0]
    assert (await city.request("100000030")).status == "closed"
    steps = [change.to_status for change in await city.all(StatusChange)]
    assert steps == ["submitted", "in_progress", "closed"]
    earlier = (utc_now() - timedelta(seconds=30)).isoformat()
    simulator.city.move(system, number, "in_progress", updated_at=earlier)
    assert await city.sync.sync(system) == 0


async def test_trouble_while_reading_is_survived(city: City, simulator: RunningSimulator) -> None:
    await city.file("100000028", "parks")
    await city.dispatcher.run_once()
    simulator.faults.add(Fault("html", on="read"))
    assert await city.sync.sync_all() == 0


async def test_both_loops_run_and_stop_when_told(city: City, simulator: RunningSimulator) -> None:
    stop = asyncio.Event()
    loops = [asyncio.create_task(city.dispatcher.run(stop)), asyncio.create_task(city.sync.run(stop))]
    await city.file("100000029", "taxi")
    for _ in range(100):
        if simulator.city.all():
            break
        await asyncio.sleep(0.05)
    simulator.city.move("taxi", simulator.city.all()[0].number, "accepted")
    for _ in range(120):
        if (await city.request("100000029")).status == "accepted":
            break
        await asyncio.sleep(0.05)
    stop.set()
    await asyncio.gather(*loops)
    changes = [change.to_status for change in await city.all(StatusChange)]
    assert changes == ["submitted", "accepted"]


def test_pauses_grow_to_a_quarter_of_an_hour_and_never_fall_below_five_seconds() -> None:
    from random import Random

    pauses = [backoff(attempt, Random(attempt)) for attempt in range(60)]
    assert all(5 <= pause <= 900 for pause in pauses)
    assert max(pauses) > 500


def test_a_breaker_opens_after_five_failures_lets_one_try_and_closes_on_success() -> None:
    now = [0.0]
    breaker = Breaker(clock=lambda: now[0])
    for _ in range(5):
        assert breaker.room(4) == 4
        breaker.failed()
    assert breaker.room(4) == 0
    now[0] = 10.1
    assert breaker.room(4) == 1
    breaker.started()
    assert breaker.room(4) == 0
    breaker.failed()
    now[0] = 20.3
    assert breaker.room(4) == 0  # the pause has doubled
    now[0] = 40.0
    breaker.started()
    breaker.succeeded()
    assert breaker.room(4) == 4
    breaker.hold(5)
    assert breaker.room(4) == 0


async def test_a_request_waits_a_moment_for_a_photo_on_its_way_and_no_longer(
    city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000001", "taxi")
    request = await city.request("100000001")
    async with city.store.write() as session:
        photo = Attachment(
            conversation_id=request.conversation_id,
            service_request_id=request.id,
            kind="photo",
            file_id="f",
            state="remote",
        )
        session.add(photo)
    assert await city.dispatcher.run_once() == 0
    async with city.store.write() as session:
        await session.execute(update(Attachment).values(state="kept", path="aa/aa"))
    await city.make_due()
    assert await city.dispatcher.run_once() == 1

    await city.file("100000002", "taxi")
    request = await city.request("100000002")
    async with city.store.write() as session:
        await session.execute(update(Attachment).values(state="remote", service_request_id=request.id))
        await session.execute(
            update(ServiceRequest).values(created_at=utc_now() - FILES - timedelta(seconds=1))
        )
    assert await city.dispatcher.run_once() == 1
