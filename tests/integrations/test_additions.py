"""What a citizen says later of a request: posted once, in its order, or given to an operator. On both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from casework.additions import first_delivery
from casework.by_hand import NotPossible, filed_by_hand, redirect, send_again
from casework.requests import change_status
from casework.tables import Attachment, AuditEntry, Delivery, OperatorTask, ServiceRequest, utc_now
from integrations.dispatcher import Dispatcher
from integrations.simulator import Fault, RunningSimulator
from tests.integrations.additions_desk import DESKS, NUMBER, Desk
from tests.integrations.test_delivery import SERVICES, City, city

__all__ = ["city"]


@pytest.fixture(params=DESKS)
def desk(request: pytest.FixtureRequest, city: City, simulator: RunningSimulator) -> Desk:
    return Desk(city, simulator, request.param)


@pytest.fixture
def by_id(city: City, simulator: RunningSimulator) -> Desk:
    return Desk(city, simulator, "told_by_id")


async def test_what_she_says_later_is_posted_to_her_request(desk: Desk) -> None:
    await desk.file()
    assert await desk.says("ببخشید، پلاکش <۱۷> بود & نه ۱۶")
    await desk.works()
    (posted,) = desk.stored.additions
    (way,) = await desk.ways()
    assert desk.heard == ["ببخشید، پلاکش <۱۷> بود & نه ۱۶"] and posted["status"] == "OPEN"
    assert (way.state, way.external_id) == ("sent", posted["update_id"])
    assert posted["key"] == f"{NUMBER}_{way.addition_id}"
    assert await desk.tasks() == [] and (await desk.city.request(NUMBER)).status == "submitted"
    assert "told_more" in {entry.action for entry in await desk.city.all(AuditEntry)}
    await desk.works(2)
    assert len(desk.stored.additions) == 1


async def test_nothing_of_the_person_is_posted(by_id: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}
    driver = by_id.city.connections.driver("told_by_id")
    call = driver._wire.call  # type: ignore[attr-defined]

    async def watched(method: str, path: str, **more: object) -> object:
        if path.startswith("/servicerequestupdates") and method == "POST":
            seen.update(more["form"])  # type: ignore[call-overload]
        return await call(method, path, **more)

    monkeypatch.setattr(driver._wire, "call", watched)  # type: ignore[attr-defined]
    await by_id.file()
    await by_id.says("هنوز خاموش است")
    await by_id.works()
    assert set(seen) == {
        "api_key", "jurisdiction_id", "service_request_id", "service_request_id_ext", "update_id",
        "updated_datetime", "status", "description",
    }  # fmt: skip
    assert seen["service_request_id_ext"] == NUMBER and str(seen["updated_datetime"]).endswith("Z")


async def test_the_same_thing_said_under_the_same_key_is_posted_once(by_id: Desk) -> None:
    await by_id.file()
    assert await by_id.says("یک", key="turn:1:0") and await by_id.says("یک", key="turn:1:0")
    await by_id.works()
    assert by_id.heard == ["یک"] and len(await by_id.additions()) == 1


async def test_nothing_overtakes_what_was_said_before(desk: Desk) -> None:
    await desk.file(sent=False)
    for words in ("یک", "دو", "سه"):
        assert await desk.says(words)
    desk.simulator.faults.add(Fault("error_503", system=desk.name, times=2, retry_after=0))
    await desk.works()
    assert desk.simulator.city.of(desk.name) == []
    await desk.works(2)  # the second 503, then the request
    assert desk.heard == []
    desk.simulator.faults.add(Fault("error_503", system=desk.name, times=1, retry_after=0))
    await desk.works()
    assert desk.heard == []  # «یک» was refused for now, and the others wait for it
    await desk.works(3)
    assert desk.heard == ["یک", "دو", "سه"]


async def test_two_workers_at_once_keep_the_order(by_id: Desk) -> None:
    await by_id.file()
    for number in range(6):
        await by_id.says(str(number))
    other: Dispatcher = by_id.city.worker("two")
    import asyncio

    for _ in range(12):
        await asyncio.gather(by_id.city.dispatcher.run_once(), other.run_once())
    assert by_id.heard == list("012345")


@pytest.mark.parametrize("kind", ["timeout_after", "reset_after", "error_500_after", "malformed", "wrong_id"])
async def test_after_a_lost_reply_it_stands_there_once(kind: str, desk: Desk) -> None:
    await desk.file()
    await desk.says("همان")
    await desk.says("همان", key="said again on purpose")
    desk.simulator.faults.add(Fault(kind, system=desk.name, times=1, seconds=1.0))  # type: ignore[arg-type]
    await desk.works(4)
    assert desk.heard == ["همان", "همان"]
    first, second = await desk.ways()
    if desk.name != "told_once":
        assert (first.state, second.state) == ("sent", "sent") and await desk.tasks() == []
        return
    (task,) = await desk.tasks()  # nobody can ask: a person looks
    assert (first.state, first.ambiguous, second.state) == ("dead", True, "sent")
    assert task.kind == "addition" and NUMBER in task.reason and "همان" in task.reason


async def test_a_worker_that_died_while_posting_posts_nothing_twice(desk: Desk) -> None:
    await desk.file()
    await desk.says("همان")
    desk.simulator.faults.add(Fault("reset_after", system=desk.name, times=1))
    await desk.city.dispatcher.run_once()
    await desk.left_by_a_dead_worker()
    desk.city.dispatcher = desk.city.worker("two")
    await desk.works()
    (way,) = await desk.ways()
    assert desk.heard == ["همان"]
    assert way.state == ("dead" if desk.name == "told_once" else "sent")


async def test_what_is_refused_for_good_is_an_operators_and_the_rest_goes_on(by_id: Desk) -> None:
    await by_id.file()
    await by_id.says("نامش را نمی‌داند")
    async with by_id.city.store.write() as session:
        request = await session.get_one(ServiceRequest, 1)
        way = await first_delivery(session, request)
        assert way is not None
        way.external_id = "SM-0"
    await by_id.works()
    (task,) = await by_id.tasks()
    assert task.kind == "addition" and task.service_request_id == 1 and "HTTP 404" in task.reason
    assert (await by_id.city.request(NUMBER)).status == "submitted"  # the request itself is well
    await by_id.city.set(NUMBER, external_id=by_id.stored.number)
    await by_id.says("این می‌رسد")
    await by_id.works()
    assert by_id.heard == ["این می‌رسد"]


async def test_a_photo_that_comes_later_goes_along_when_it_is_there(by_id: Desk) -> None:
    by_id.city.dispatcher = Dispatcher(
        by_id.city.store, by_id.city.connections, by_id.city.lifecycle, owner="one", services=SERVICES,
        media_urls=lambda files: tuple(f"https://hamyar.example/{one.id}" for one in files),
    )  # fmt: skip
    await by_id.file()
    async with by_id.city.store.write() as session:
        request = await session.get_one(ServiceRequest, 1)
        photo = Attachment(
            conversation_id=request.conversation_id, service_request_id=1, kind="photo", file_id="x"
        )
        session.add(photo)
        await session.flush()
        number = photo.id
    await by_id.says("عکسش", attachment_ids=(number,))
    await by_id.works()
    assert by_id.heard == []
    async with by_id.city.store.write() as session:
        (await session.get_one(Attachment, number)).state = "kept"
    await by_id.works()
    assert by_id.stored.additions[0]["media_urls"] == [f"https://hamyar.example/{number}"]
    assert by_id.stored.media_urls == []


async def test_that_it_is_still_not_solved_reaches_the_system_and_is_no_news_for_her(desk: Desk) -> None:
    await desk.file()
    desk.simulator.city.move(desk.name, desk.stored.number, "closed", notes="درست شد")
    assert await desk.city.sync.sync(desk.name) == 1
    async with desk.city.store.write() as session:
        request = await session.get_one(ServiceRequest, 1)
        await change_status(session, desk.city.lifecycle, request, "reopened", "citizen", tell=False)
    await desk.says("هنوز حل نشده", reopens=True)
    await desk.works()
    (posted,) = desk.stored.additions
    assert posted["status"] == ("OPEN" if desk.name == "told_once" else "REOPEN")
    for _ in range(2):
        assert await desk.city.sync.sync(desk.name) == 0
    assert (await desk.city.request(NUMBER)).status == "reopened"
    assert await desk.tasks() == []
    desk.simulator.city.move(desk.name, desk.stored.number, "in_progress", notes="اکیپ دوباره رفت")
    assert await desk.city.sync.sync(desk.name) == 1
    assert (await desk.city.request(NUMBER)).status == "in_progress"


async def test_a_feed_that_gives_back_her_own_words_before_the_receipt_is_no_news(by_id: Desk) -> None:
    await by_id.file()
    await by_id.says("هنوز\nهمان است")
    by_id.simulator.faults.add(Fault("reset_after", system=by_id.name, times=1))
    await by_id.city.dispatcher.run_once()
    by_id.stored.additions[0]["status"] = "IN_PROGRESS"  # whatever it makes of it
    assert await by_id.city.sync.sync(by_id.name) == 0
    assert (await by_id.city.request(NUMBER)).status == "submitted"


async def test_without_a_request_at_the_system_an_operator_gets_the_words(by_id: Desk) -> None:
    await by_id.file(sent=False)
    assert await by_id.says("زودتر")
    await by_id.city.set(NUMBER, state="dead")
    async with by_id.city.store.write() as session:
        for row in await session.scalars(select(Delivery).where(Delivery.addition_id.is_not(None))):
            row.state = "waiting"
    await by_id.works()
    (task,) = await by_id.tasks()
    assert task.kind == "addition" and "زودتر" in task.reason
    assert not await by_id.says("و این هم")  # the caller opens a task at once
    async with by_id.city.store.write() as session:
        with pytest.raises(NotPossible):
            await filed_by_hand(session, by_id.city.lifecycle, task.id, "4711")


async def test_a_system_that_takes_nothing_later_leaves_it_to_the_caller(
    city: City, simulator: RunningSimulator
) -> None:
    taxi = Desk(city, simulator, "taxi")
    await taxi.file()
    assert not await taxi.says("پلاکش ۱۷ بود")
    assert [one.words for one in await taxi.additions()] == ["پلاکش ۱۷ بود"] and await taxi.ways() == []


async def test_a_redirect_takes_along_what_was_said(by_id: Desk) -> None:
    await by_id.file()
    await by_id.says("یک")
    await by_id.works()
    await by_id.says("دو")
    for system, agency in (("told_in_feed", "ب"), ("taxi", "پ")):
        async with by_id.city.store.write() as session:
            request = await session.get_one(ServiceRequest, 1)
            await redirect(session, by_id.city.lifecycle, request, system, agency)
        await by_id.works(4)
    assert by_id.heard == ["یک"]  # «دو» had not left when it was redirected
    feed = Desk(by_id.city, by_id.simulator, "told_in_feed")
    assert feed.heard == ["یک", "دو"]
    assert [task.kind for task in await by_id.tasks()] == ["addition", "addition"]  # taxi takes none


async def test_what_ended_with_an_operator_can_be_sent_again(by_id: Desk) -> None:
    await by_id.file()
    await by_id.says("یک")
    await by_id.city.set(NUMBER, external_id="SM-0")
    await by_id.works()
    await by_id.city.set(NUMBER, external_id=by_id.stored.number)
    async with by_id.city.store.write() as session:
        assert await send_again(session, by_id.name) == 1
    await by_id.works()
    assert by_id.heard == ["یک"]
    assert {task.state for task in await by_id.tasks()} == {"closed"}


async def test_what_she_said_before_she_took_it_back_is_not_posted(by_id: Desk) -> None:
    await by_id.file()
    await by_id.says("یک")
    async with by_id.city.store.write() as session:
        request = await session.get_one(ServiceRequest, 1)
        await change_status(session, by_id.city.lifecycle, request, "cancelled", "citizen")
    await by_id.works()
    assert by_id.heard == [] and await by_id.city.all(OperatorTask) == []
    assert not await by_id.says("دو")


async def test_what_is_said_later_never_comes_from_the_future(by_id: Desk) -> None:
    await by_id.file()
    await by_id.says("فردا", said_at=utc_now() + timedelta(days=1))
    assert (await by_id.additions())[0].said_at <= utc_now()
