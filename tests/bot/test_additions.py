"""What she says and sends of a request that is filed: to its system where it can be told, else to an operator."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from actions.dialogue import Knowledge, Understanding
from bot.attachments import Fetcher
from bot.incoming import IncomingAttachment
from casework.requests import change_status
from casework.store import Store
from casework.tables import Addition, Attachment, Delivery, OperatorTask, OutboxMessage, ServiceRequest
from tests.bot.test_attachments import FakeFiles, fetch_all, fetcher, files, picture
from tests.support.citizen import BIKE, Citizen, Hamyar

__all__ = ["fetcher", "files"]

NUMBER_WAS_WRONG = "ببخشید پلاکش ۱۷ بود"


@pytest.fixture(params=[True, False], ids=["told", "not told"])
def told(request: pytest.FixtureRequest, hamyar: Hamyar, fetcher: Fetcher) -> bool:
    """Whether the system of bicycles takes what is said later."""
    if request.param:
        known: Knowledge = hamyar.knowledge
        routing = replace(known.routing, takes_additions=frozenset({"bike_share"}))
        hamyar.knowledge = replace(known, routing=routing)
        object.__setattr__(fetcher, "takes_additions", routing.takes_additions)
    corrected = Understanding(intent="correct", confidence=0.9)
    hamyar.understanding.prepared[NUMBER_WAS_WRONG] = corrected
    return bool(request.param)


async def filed(citizen: Citizen, store: Store, state: str = "sent") -> None:
    await citizen.writes(BIKE)
    await citizen.presses("confirm")
    async with store.write() as session:
        await session.execute(update(Delivery).values(state=state))


async def ways(store: Store) -> list[tuple[str, str, bool]]:
    """(system, words, whether it opens the request again) of what is on its way."""
    async with store.read() as session:
        rows = await session.execute(
            select(Delivery.system, Addition.words, Addition.reopens)
            .join(Addition, Addition.id == Delivery.addition_id)
            .order_by(Delivery.id)
        )
        return [(system, words, reopens) for system, words, reopens in rows.all()]


async def tasks(store: Store) -> list[tuple[str, int | None]]:
    async with store.read() as session:
        rows = await session.scalars(select(OperatorTask).order_by(OperatorTask.id))
        return [(row.kind, row.service_request_id) for row in rows.all()]


async def test_a_correction_after_filing(citizen: Citizen, store: Store, told: bool) -> None:
    await filed(citizen, store)
    await citizen.writes(NUMBER_WAS_WRONG)
    await citizen.presses("add_note")
    assert citizen.heard[-1].key == "afterwards.added"
    assert await ways(store) == ([("bike_share", NUMBER_WAS_WRONG, False)] if told else [])
    assert await tasks(store) == ([] if told else [("note", 1)])


async def closed_but_not_solved(hamyar: Hamyar, citizen: Citizen, store: Store) -> None:
    """Her system says that it is done, and she that it is not."""
    async with store.write() as session:
        request = await session.get_one(ServiceRequest, 1)
        for step in ("submitted", "closed"):
            await change_status(session, hamyar.knowledge.lifecycle, request, step, "system")
    await citizen.listens()
    await citizen.presses("not_solved")


async def test_that_it_is_not_solved_and_why(
    hamyar: Hamyar, citizen: Citizen, store: Store, told: bool
) -> None:
    await filed(citizen, store)
    await closed_but_not_solved(hamyar, citizen, store)
    assert await tasks(store) == ([] if told else [("reopened", 1)])  # also if she never says why
    await citizen.writes("هنوز دوچرخه نیست")
    said = hamyar.knowledge.texts.say("addition.reopened")
    expected = [("bike_share", said, True), ("bike_share", "هنوز دوچرخه نیست", False)]
    assert await ways(store) == (expected if told else [])
    assert await tasks(store) == ([] if told else [("reopened", 1)])
    async with store.read() as session:
        reasons = (await session.scalars(select(OperatorTask.reason))).all()
    assert told or "هنوز دوچرخه نیست" in reasons[0]


async def test_what_is_opened_again_twice_is_two_tasks_each_with_its_reason(
    hamyar: Hamyar, citizen: Citizen, store: Store
) -> None:
    await filed(citizen, store)
    for words in ("یک", "دو"):
        await closed_but_not_solved(hamyar, citizen, store)
        await citizen.writes(words)
    async with store.read() as session:
        reasons = (await session.scalars(select(OperatorTask.reason).order_by(OperatorTask.id))).all()
    assert [reason.rsplit(": ", 1)[1] for reason in reasons] == ["یک", "دو"]


async def test_a_photo_after_filing_is_one_addition(
    citizen: Citizen, fetcher: Fetcher, files: FakeFiles, store: Store, told: bool
) -> None:
    files.files["late"] = picture()
    await filed(citizen, store)
    await citizen.sends(text="", attachments=(IncomingAttachment("photo", "late"),))
    await citizen.presses("add_media")
    await fetch_all(fetcher)
    async with store.read() as session:
        (photo,) = await session.scalars(select(Attachment))
    assert (photo.service_request_id, photo.addition_id, photo.state) == (1, 1, "kept")
    assert await ways(store) == ([("bike_share", "شهروند ۱ پیوست تازه فرستاد.", False)] if told else [])
    assert await tasks(store) == ([] if told else [("note", 1)])  # one, although the file came in two steps


async def test_a_photo_with_words_in_answer_to_our_message_is_one_addition(
    citizen: Citizen, files: FakeFiles, fetcher: Fetcher, store: Store, told: bool
) -> None:
    files.files["late"] = picture()
    await filed(citizen, store)
    async with store.write() as session:
        about_it = OutboxMessage.service_request_id.is_not(None)
        await session.execute(update(OutboxMessage).where(about_it).values(message_id="m7", state="sent"))
    photo = IncomingAttachment("photo", "late")
    await citizen.sends(text="این هم عکسش", attachments=(photo,), reply_to="m7")
    await fetch_all(fetcher)
    assert citizen.heard[-1].key == "files.added_to_request"
    assert await ways(store) == ([("bike_share", "این هم عکسش", False)] if told else [])
    assert await tasks(store) == ([] if told else [("note", 1), ("note", 1)])  # her words, and the file


async def test_a_photo_that_was_fetched_too_late_follows_by_itself(
    citizen: Citizen, fetcher: Fetcher, files: FakeFiles, store: Store, told: bool
) -> None:
    files.files["late"] = picture()
    await citizen.writes(BIKE)
    await citizen.sends(attachments=(IncomingAttachment("photo", "late"),))
    await citizen.presses("confirm")
    async with store.write() as session:
        await session.execute(update(Delivery).values(state="sent"))
    await fetch_all(fetcher)
    assert await ways(store) == ([("bike_share", "شهروند ۱ پیوست تازه فرستاد.", False)] if told else [])
    assert await tasks(store) == ([] if told else [("note", 1)])


async def test_before_the_request_has_gone_out_files_go_along_with_it(
    citizen: Citizen, files: FakeFiles, fetcher: Fetcher, store: Store, told: bool
) -> None:
    files.files["early"] = picture()
    await filed(citizen, store, state="waiting")
    await citizen.sends(attachments=(IncomingAttachment("photo", "early"),))
    await citizen.presses("add_media")
    await fetch_all(fetcher)
    async with store.read() as session:
        (photo,) = await session.scalars(select(Attachment))
    assert (photo.service_request_id, photo.addition_id) == (1, None)
    assert await ways(store) == [] and await tasks(store) == []
