"""Filing once, status in order, and only the citizen says solved."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import func, select

from casework.clock import Clock
from casework.conversations import locked
from casework.lifecycle import TransitionRefused
from casework.requests import (
    NewRequest,
    by_tracking_number,
    change_status,
    file_request,
    note_of,
    own_requests,
)
from casework.routing import Route
from casework.store import Store, open_store
from casework.tables import (
    Attachment,
    AuditEntry,
    Conversation,
    Delivery,
    OutboxMessage,
    ServiceRequest,
    StatusChange,
    utc_now,
)
from tests.support.citizen import BIKE, Citizen, Hamyar
from tests.support.database import Watch


@pytest.fixture
async def new(hamyar: Hamyar) -> NewRequest:
    """A confirmed draft; the conversation is there."""
    await hamyar.citizen().writes("سلام")
    return NewRequest(
        tracking_number="123456789",
        draft_id="draft",
        service=hamyar.knowledge.catalogue.service("taxi"),
        route=Route("taxi", "سازمان تاکسیرانی"),
        description="کرایهٔ زیاد",
        district="2",
    )


async def file(store: Store, new: NewRequest) -> ServiceRequest:
    async with store.write() as session:
        conversation = await locked(session, 1)
        return await file_request(session, conversation, new)


async def count(store: Store, table: type[Any]) -> int:
    async with store.read() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def change(hamyar: Hamyar, to_status: str, by: str, **more: Any) -> bool:
    async with hamyar.store.write() as session:
        request = (await session.scalars(select(ServiceRequest))).one()
        return await change_status(session, hamyar.knowledge.lifecycle, request, to_status, by, **more)


async def request(store: Store) -> ServiceRequest:
    async with store.read() as session:
        return (await session.scalars(select(ServiceRequest))).one()


async def pushed(store: Store) -> list[dict[str, Any]]:
    async with store.read() as session:
        rows = await session.scalars(select(OutboxMessage.content).order_by(OutboxMessage.id))
        return [content for content in rows if content["key"].startswith("push.")]


# ---------------------------------------------------------------- filing


async def test_a_draft_is_filed_once_however_often_it_is_asked_for(new: NewRequest, store: Store) -> None:
    first = await file(store, new)
    again = await file(store, replace(new, tracking_number="987654321"))
    assert again.id == first.id and again.tracking_number == "123456789"
    for table in (ServiceRequest, Delivery, StatusChange, AuditEntry):
        assert await count(store, table) == 1


async def test_a_draft_filed_by_two_processes_at_once_is_filed_once(
    new: NewRequest, migrated_url: str, hamyar: Hamyar
) -> None:
    stores = [open_store(migrated_url) for _ in range(3)]
    try:
        both = await asyncio.gather(
            *(file(one, replace(new, tracking_number=f"12345678{n}")) for n, one in enumerate(stores))
        )
        assert len({row.id for row in both}) == 1 and await count(hamyar.store, Delivery) == 1
    finally:
        for one in stores:
            await one.close()


async def test_further_issues_of_a_draft_are_requests_of_their_own(new: NewRequest, store: Store) -> None:
    await file(store, new)
    await file(store, replace(new, issue=1, tracking_number="987654321"))
    assert await count(store, ServiceRequest) == await count(store, Delivery) == 2


async def test_a_filed_request_takes_its_files_along_and_nobody_elses(
    new: NewRequest, hamyar: Hamyar, store: Store
) -> None:
    stranger = hamyar.citizen("2")
    await stranger.writes("سلام")
    async with store.write() as session:
        for conversation_id in (1, 2):
            session.add(Attachment(conversation_id=conversation_id, kind="photo", file_id="f"))
    filed = await file(store, replace(new, attachment_ids=(1, 2)))
    async with store.read() as session:
        owners = await session.execute(select(Attachment.conversation_id, Attachment.service_request_id))
        assert sorted(owners.all(), key=str) == [(1, filed.id), (2, None)]


async def test_the_audit_names_states_and_no_words(new: NewRequest, hamyar: Hamyar, store: Store) -> None:
    await file(store, new)
    await change(hamyar, "submitted", "system", notes="یادداشت")
    async with store.read() as session:
        entries = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [entry.action for entry in entries] == ["filed", "status"]
    assert entries[1].details == {"before": "registered", "after": "submitted"}


async def test_her_requests_are_hers_and_the_newest_comes_first(new: NewRequest, store: Store) -> None:
    for issue in range(12):
        await file(store, replace(new, issue=issue, tracking_number=f"10000{issue:04}"))
    async with store.read() as session:
        hers = await session.get_one(Conversation, 1)
        own = await own_requests(session, hers)
        assert [row.issue for row in own] == list(range(11, 1, -1))
        assert await own_requests(session, Conversation(id=99, person_id=99)) == []
        found = await by_tracking_number(session, "100000003")
        assert found is not None and found.issue == 3
        assert await by_tracking_number(session, "200000000") is None


# ---------------------------------------------------------------- status


async def test_older_news_never_overwrites_newer(new: NewRequest, hamyar: Hamyar, store: Store) -> None:
    await file(store, new)
    now = utc_now()
    await change(hamyar, "submitted", "system")
    assert await change(hamyar, "in_progress", "system", source_at=now)
    assert not await change(hamyar, "accepted", "system", source_at=now - timedelta(minutes=1))
    assert (await request(store)).status == "in_progress"
    assert await change(hamyar, "answered", "system", source_at=now + timedelta(minutes=1))


async def test_a_systems_news_from_before_her_word_comes_too_late(
    new: NewRequest, hamyar: Hamyar, store: Store
) -> None:
    await file(store, new)
    before = utc_now() - timedelta(hours=1)
    await change(hamyar, "submitted", "system")
    await change(hamyar, "answered", "system", source_at=before)
    await change(hamyar, "reopened", "citizen")
    assert not await change(hamyar, "closed", "system", source_at=before + timedelta(minutes=1))
    assert (await request(store)).status == "reopened"
    assert await change(hamyar, "accepted", "system", source_at=utc_now() + timedelta(seconds=1))


async def test_the_same_news_again_changes_nothing_and_is_not_told(
    new: NewRequest, hamyar: Hamyar, store: Store
) -> None:
    await file(store, new)
    assert await change(hamyar, "accepted", "operator")
    assert not await change(hamyar, "accepted", "operator")
    assert await change(hamyar, "accepted", "operator", notes="فردا")
    assert not await change(hamyar, "accepted", "operator", notes="فردا")
    assert [content["notes"] for content in await pushed(store)] == ["", "فردا"]


@pytest.mark.parametrize(
    ("to_status", "by"),
    [
        ("solved", "system"),
        ("solved", "operator"),
        ("solved", "clock"),
        ("closed", "clock"),
        ("draft", "citizen"),
    ],
)
async def test_a_step_that_is_not_in_the_table_is_refused_and_leaves_nothing(
    new: NewRequest, hamyar: Hamyar, store: Store, to_status: str, by: str
) -> None:
    await file(store, new)
    with pytest.raises(TransitionRefused):
        await change(hamyar, to_status, by)
    assert (await request(store)).status == "registered" and await count(store, StatusChange) == 1


@pytest.mark.parametrize("status", ["answered", "closed"])
async def test_an_answer_asks_whether_it_is_solved_with_two_buttons(
    new: NewRequest, hamyar: Hamyar, store: Store, status: str
) -> None:
    await file(store, new)
    await change(hamyar, "submitted", "system", tell=False)
    await change(hamyar, status, "system", notes="انجام شد")
    (content,) = await pushed(store)
    assert (content["status"], content["notes"], content["request"]) == (status, "انجام شد", 1)
    citizen = hamyar.citizen()
    await citizen.listens()
    assert set(citizen.heard[-1].labels) == {"solved", "not_solved"}
    assert "مشکل حل شد؟" in citizen.heard[-1].message.text
    await citizen.writes("/help")  # the buttons outlive other turns
    assert [heard.key for heard in await citizen.presses("solved")] == ["reopening.thanks"]
    assert (await request(store)).status == "solved"


async def test_news_of_a_rejection_has_the_button_that_it_speaks_of(
    citizen: Citizen, store: Store, hamyar: Hamyar
) -> None:
    await citizen.writes(BIKE)
    await citizen.presses("confirm")
    await change(hamyar, "submitted", "system", tell=False)
    await change(hamyar, "rejected", "system", notes="در برنامه نیست")
    await citizen.listens()
    message = citizen.heard[-1].message
    assert [button.label for row in message.inline for button in row] == ["دوباره بررسی شود"]
    assert "بگویید تا دوباره بررسی شود" in message.text and "مشکل حل شد؟" not in message.text
    assert [heard.key for heard in await citizen.presses("not_solved")] == ["question.review_reason"]
    assert (await request(store)).status == "reopened"


async def test_a_note_belongs_to_its_state(new: NewRequest, hamyar: Hamyar, store: Store) -> None:
    await file(store, new)
    await change(hamyar, "submitted", "system", tell=False)
    await change(hamyar, "in_progress", "system", notes="اکیپ رفت")
    assert note_of(await request(store)) == "اکیپ رفت"
    await change(hamyar, "closed", "system")
    assert note_of(await request(store)) is None
    await change(hamyar, "closed", "system", notes="سنگ‌فرش ترمیم شد")
    await change(hamyar, "reopened", "citizen")
    row = await request(store)
    # Kept all the same: a system that goes on saying «closed» with it is known by it.
    assert (note_of(row), row.status_notes) == (None, "سنگ‌فرش ترمیم شد")


async def test_not_solved_opens_it_again_and_a_later_yes_still_counts(citizen: Citizen, store: Store) -> None:
    await citizen.writes(BIKE)
    await citizen.presses("confirm")
    await change(citizen.hamyar, "submitted", "system", tell=False)
    await change(citizen.hamyar, "closed", "system")
    await citizen.listens()
    await citizen.presses("not_solved")
    row = await request(store)
    assert row.status == "reopened" and row.closed_at is None
    await change(citizen.hamyar, "answered", "system", source_at=utc_now() + timedelta(seconds=1))
    await citizen.listens()
    await citizen.presses("solved")
    assert (await request(store)).status == "solved"


async def test_news_of_other_states_has_no_buttons_and_submitted_may_be_quiet(
    new: NewRequest, hamyar: Hamyar, store: Store
) -> None:
    await file(store, new)
    await change(hamyar, "submitted", "system", tell=False)
    await change(hamyar, "accepted", "system")
    (content,) = await pushed(store)
    assert content["status"] == "accepted" and "buttons" not in content


async def test_the_time_of_closing_stays_when_she_says_solved_and_goes_when_it_is_opened_again(
    new: NewRequest, hamyar: Hamyar, store: Store, watch: Watch
) -> None:
    await file(store, new)
    await change(hamyar, "submitted", "system")
    await change(hamyar, "closed", "system")
    closed_at = (await request(store)).closed_at
    watch.passes(hours=1)
    await change(hamyar, "solved", "citizen")
    assert closed_at is not None and (await request(store)).closed_at == closed_at
    await change(hamyar, "reopened", "citizen")
    assert (await request(store)).closed_at is None
    await change(hamyar, "rejected", "system")
    assert (await request(store)).closed_at is not None
    await change(hamyar, "reopened", "operator")
    assert (await request(store)).closed_at is None


async def test_her_word_and_the_systems_at_the_same_moment_leave_one_of_the_two(
    new: NewRequest, hamyar: Hamyar, store: Store
) -> None:
    await file(store, new)
    await change(hamyar, "submitted", "system")
    await change(hamyar, "answered", "system")

    async def say_it(to_status: str, by: str) -> str:
        try:
            async with store.write() as session:
                row = (
                    await session.scalars(select(ServiceRequest))
                ).one()  # read before the lock, as callers do
                await asyncio.sleep(0.02)
                await change_status(session, hamyar.knowledge.lifecycle, row, to_status, by)
        except TransitionRefused:
            return "refused"
        return to_status

    done = await asyncio.gather(say_it("solved", "citizen"), say_it("in_progress", "system"))
    async with store.read() as session:
        steps = (
            await session.execute(
                select(StatusChange.from_status, StatusChange.to_status).order_by(StatusChange.id)
            )
        ).all()
    assert "refused" in done  # the slower one saw what the faster one had done
    for (_, before), (start, _) in pairwise(steps):
        assert before == start


# ---------------------------------------------------------------- the clock


@pytest.fixture
async def answered(new: NewRequest, hamyar: Hamyar) -> datetime:
    """A request that is answered; the time of it."""
    await file(hamyar.store, new)
    await change(hamyar, "submitted", "system", tell=False)
    await change(hamyar, "answered", "system", tell=False)
    return (await request(hamyar.store)).updated_at


def clock(hamyar: Hamyar, now: datetime) -> Clock:
    return Clock(hamyar.store, hamyar.knowledge.lifecycle, now=lambda: now)


async def test_an_answer_without_a_word_is_asked_after_once_and_then_closed(
    answered: datetime, hamyar: Hamyar, store: Store
) -> None:
    told = []
    for hours in range(0, 24 * 12, 6):
        await clock(hamyar, answered + timedelta(hours=hours)).tick()
        told.append((await request(store)).status)
    assert [content["key"] for content in await pushed(store)] == ["push.ask_again", "push.news"]
    assert told.index("closed") * 6 in (24 * 7, 24 * 7 + 6)
    row = await request(store)
    assert row.status == "closed" and row.closed_at is not None
    async with store.read() as session:
        last = (await session.scalars(select(StatusChange).order_by(StatusChange.id.desc()))).first()
    assert last is not None and last.changed_by == "clock"


async def test_before_three_days_nothing_happens(answered: datetime, hamyar: Hamyar, store: Store) -> None:
    assert await clock(hamyar, answered + timedelta(days=2, hours=23)).tick() == 0
    assert await pushed(store) == []


async def test_her_word_after_the_question_is_the_end_of_it(
    answered: datetime, hamyar: Hamyar, store: Store
) -> None:
    await clock(hamyar, answered + timedelta(days=3)).tick()
    citizen = hamyar.citizen()
    await citizen.listens()
    await citizen.presses("solved")
    assert await clock(hamyar, answered + timedelta(days=30)).tick() == 0
    assert (await request(store)).status == "solved"


async def test_a_clock_that_stood_still_asks_first_and_gives_her_time(
    answered: datetime, hamyar: Hamyar, store: Store
) -> None:
    late = answered + timedelta(days=20)
    assert await clock(hamyar, late).tick() == 1
    assert await clock(hamyar, late + timedelta(days=3)).tick() == 0
    assert (await request(store)).status == "answered"
    assert await clock(hamyar, late + timedelta(days=4, hours=1)).tick() == 1
    assert (await request(store)).status == "closed"


async def test_a_new_answer_begins_anew(
    answered: datetime, hamyar: Hamyar, store: Store, watch: Watch
) -> None:
    await clock(hamyar, answered + timedelta(days=3)).tick()
    watch.passes(days=5)
    await change(hamyar, "answered", "system", notes="یک‌بار دیگر آمدیم")
    assert await clock(hamyar, answered + timedelta(days=7)).tick() == 0
    assert await clock(hamyar, answered + timedelta(days=8, hours=1)).tick() == 1
    assert [content["key"] for content in await pushed(store)] == [
        "push.ask_again",
        "push.news",
        "push.ask_again",
    ]


async def test_many_clocks_at_once_ask_once(answered: datetime, migrated_url: str, hamyar: Hamyar) -> None:
    stores = [open_store(migrated_url) for _ in range(3)]
    now = answered + timedelta(days=3)
    lifecycle = hamyar.knowledge.lifecycle
    try:
        ticks = await asyncio.gather(*(Clock(one, lifecycle, now=lambda: now).tick() for one in stores * 2))
    finally:
        for one in stores:
            await one.close()
    assert sum(ticks) == 1 and len(await pushed(hamyar.store)) == 1
