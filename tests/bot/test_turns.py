"""The worker on turns: once, in order, never two at a conversation, and never silence."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import func, select, update

from actions.dialogue import Understanding
from app.logs import set_up_logging
from bot.incoming import IncomingAttachment
from bot.turn_queue import ATTEMPTS, LEASE
from bot.turns import TurnWorker
from bot.understanding import UnderstandingFailed
from casework.store import Store
from casework.tables import (
    AuditEntry,
    Conversation,
    OperatorTask,
    OutboxMessage,
    ServiceRequest,
    Turn,
    utc_now,
)
from tests.support.citizen import BIKE, Citizen, Hamyar
from tests.support.database import Watch


async def count(store: Store, table: type, *where: object) -> int:
    async with store.read() as session:
        return int(await session.scalar(select(func.count()).select_from(table).where(*where)) or 0)


async def turns(store: Store) -> list[Turn]:
    async with store.read() as session:
        return list(await session.scalars(select(Turn).order_by(Turn.id)))


# ---------------------------------------------------------------- the way


async def test_the_same_street_said_right_after_filing_is_the_place_of_that_request(
    citizen: Citizen, hamyar: Hamyar, store: Store
) -> None:
    more = "چراغ تو همون خیابون هم خاموشه"
    known = {"service_code": "street_light", "ranking": (("street_light", 0.95),), "decision": "accept"}
    hamyar.understanding.prepared[more] = Understanding(intent="request", confidence=0.95, **known)  # type: ignore[arg-type]
    await citizen.writes(BIKE)
    await citizen.presses("confirm")
    (card,) = await citizen.writes(more)
    assert card.key == "summary.ask" and "بولوار هدایت (منطقهٔ ۲)" in card.message.text
    await citizen.presses("confirm")
    async with store.read() as session:
        both = list(await session.scalars(select(ServiceRequest).order_by(ServiceRequest.id)))
    assert [one.district for one in both] == ["2", "2"]
    assert {one.place["address"] for one in both} == {"بولوار هدایت"}


async def test_a_message_and_one_confirmation_end_in_one_filed_request(
    citizen: Citizen, store: Store
) -> None:
    await citizen.writes(BIKE)
    assert [heard.key for heard in citizen.heard] == ["summary.ask"]
    (filed,) = await citizen.presses("confirm")
    assert filed.key == "filed.text"
    async with store.read() as session:
        request = (await session.scalars(select(ServiceRequest))).one()
    assert (request.service_code, request.district, request.status) == ("bike_share", "2", "registered")
    assert [turn.state for turn in await turns(store)] == ["done", "done"]


async def test_turns_of_one_conversation_are_done_in_their_order(hamyar: Hamyar, store: Store) -> None:
    citizen = hamyar.citizen()
    for text in ("سلام", "/help", BIKE, "/cancel"):
        await hamyar.inbox.receive(citizen.update(text))
    async with store.write() as session:  # the first one has to be tried again later
        await session.execute(update(Turn).where(Turn.id == 1).values(due_at=Turn.due_at))
    await asyncio.gather(*(hamyar.work() for _ in range(4)))
    await citizen.listens()
    keys = [heard.key for heard in citizen.heard]
    assert keys == ["smalltalk.greet", "help.text", "summary.ask", "nav.cancelled"]


async def test_a_turn_behind_one_that_waits_is_not_taken_first(hamyar: Hamyar, store: Store) -> None:
    citizen = hamyar.citizen()
    hamyar.understanding.away = True
    await citizen.writes("سلام")
    assert await citizen.writes("/help") == []
    hamyar.understanding.away = False
    async with store.write() as session:
        await session.execute(update(Turn).values(due_at=Turn.created_at))
    await hamyar.work()
    assert [heard.key for heard in await citizen.listens()] == ["smalltalk.greet", "help.text"]


async def test_two_workers_never_work_on_one_conversation_at_once(hamyar: Hamyar, store: Store) -> None:
    at_work: dict[str, int] = {}
    most = 0

    async def take_a_while() -> None:
        nonlocal most
        name = hamyar.understanding.asked[-1].split()[0]
        at_work[name] = at_work.get(name, 0) + 1
        most = max(most, at_work[name])
        await asyncio.sleep(0.01)
        at_work[name] -= 1

    hamyar.understanding.first = take_a_while
    citizens = [hamyar.citizen(str(number)) for number in range(3)]
    for message in range(4):
        for citizen in citizens:
            await hamyar.inbox.receive(citizen.update(f"{citizen.chat_id} {message}"))
    await asyncio.gather(*(hamyar.work() for _ in range(6)))
    assert most == 1
    assert sorted(hamyar.understanding.asked) == sorted(set(hamyar.understanding.asked))
    assert await count(store, Turn, Turn.state == "done") == 12
    for citizen in citizens:
        said = [text for text in hamyar.understanding.asked if text.startswith(citizen.chat_id)]
        assert said == [f"{citizen.chat_id} {message}" for message in range(4)]


async def test_an_album_is_one_turn_with_one_reply_and_all_its_photos(
    hamyar: Hamyar, watch: Watch, store: Store
) -> None:
    citizen = hamyar.citizen()
    for number in range(3):
        photo = IncomingAttachment("photo", f"file-{number}")
        await hamyar.inbox.receive(
            citizen.update(BIKE if number == 0 else "", attachments=(photo,), album_id="a1")
        )
    watch.passes(seconds=1.1)
    assert await hamyar.work() == 1
    (asked,) = await citizen.listens()
    assert asked.key == "summary.ask" and "۳ پیوست" in asked.message.text


async def test_a_held_conversation_goes_to_the_operator_and_is_not_answered(
    hamyar: Hamyar, store: Store
) -> None:
    citizen = hamyar.citizen()
    await citizen.writes("سلام")
    async with store.write() as session:
        await session.execute(update(Conversation).values(held_by="operator:1"))
    assert await citizen.writes(BIKE) == []
    assert hamyar.understanding.asked == ["سلام"]
    assert [turn.state for turn in await turns(store)] == ["done", "done"]


async def test_an_operator_who_takes_over_in_the_middle_is_not_talked_over(
    hamyar: Hamyar, store: Store
) -> None:
    async def take_over() -> None:
        async with store.write() as session:
            await session.execute(update(Conversation).values(held_by="operator:1"))

    hamyar.understanding.first = take_over
    citizen = hamyar.citizen()
    assert await citizen.writes(BIKE) == []
    assert [turn.state for turn in await turns(store)] == ["done"]


async def test_a_group_is_told_to_write_in_private_without_asking_rasa(hamyar: Hamyar) -> None:
    citizen = hamyar.citizen("-100")
    (told,) = await citizen.writes(BIKE, chat_kind="group")
    assert told.key == "group.private_only" and hamyar.understanding.asked == []


# ---------------------------------------------------------------- leases and crashes


async def test_a_crash_before_the_commit_leaves_nothing_and_the_turn_is_done_once(
    hamyar: Hamyar, watch: Watch, store: Store
) -> None:
    class Killed(BaseException):
        pass

    async def die() -> None:
        raise Killed

    citizen = hamyar.citizen()
    hamyar.understanding.first = die
    await hamyar.inbox.receive(citizen.update(BIKE))
    with pytest.raises(Killed):
        await hamyar.worker.work_once()
    assert await count(store, OutboxMessage) == 0
    hamyar.understanding.first = None
    assert await hamyar.work() == 0  # it is still somebody's
    watch.passes(seconds=LEASE.total_seconds() + 1)
    assert await hamyar.work() == 1
    assert [heard.key for heard in await citizen.listens()] == ["summary.ask"]


async def test_the_first_owners_late_commit_changes_nothing(
    hamyar: Hamyar, watch: Watch, store: Store
) -> None:
    gate, inside = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        inside.set()
        await gate.wait()

    citizen = hamyar.citizen()
    await citizen.writes(BIKE)
    hamyar.understanding.prepared["بله"] = replace(hamyar.understanding.prepared["سلام"], intent="affirm")
    hamyar.understanding.first = hang
    await hamyar.inbox.receive(citizen.update("بله"))
    slow = asyncio.create_task(hamyar.worker.work_once())
    await inside.wait()
    hamyar.understanding.first = None
    watch.passes(seconds=LEASE.total_seconds() + 1)
    assert await hamyar.work() == 1
    heard = [one.key for one in await citizen.listens()]
    gate.set()
    await slow
    assert heard == ["filed.text"] and await citizen.listens() == []
    assert await count(store, ServiceRequest) == 1
    async with store.read() as session:
        conversation = (await session.scalars(select(Conversation))).one()
    assert conversation.position_version == 2


async def test_a_commit_whose_acknowledgement_is_lost_is_not_done_again(
    hamyar: Hamyar, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = TurnWorker._act

    async def lost(self: TurnWorker, *given: object) -> None:
        await act(self, *given)  # type: ignore[arg-type]
        raise ConnectionResetError

    monkeypatch.setattr(TurnWorker, "_act", lost)
    citizen = hamyar.citizen()
    await citizen.writes(BIKE)
    (turn,) = await turns(store)
    assert turn.state == "done" and len(citizen.heard) == 1


async def test_a_turn_that_kills_its_workers_ends_as_an_operators_task(
    hamyar: Hamyar, watch: Watch, store: Store
) -> None:
    class Killed(BaseException):
        pass

    async def die() -> None:
        raise Killed

    citizen = hamyar.citizen()
    hamyar.understanding.first = die
    await hamyar.inbox.receive(citizen.update(BIKE))
    for _ in range(ATTEMPTS):
        with pytest.raises(Killed):
            await hamyar.worker.work_once()
        watch.passes(seconds=LEASE.total_seconds() + 1)
    await hamyar.work()
    assert [turn.state for turn in await turns(store)] == ["failed"]
    assert [heard.key for heard in await citizen.listens()] == ["turn.failed"]
    assert await count(store, OperatorTask, OperatorTask.kind == "failed_turn") == 1


# ---------------------------------------------------------------- Rasa away, failures


async def test_while_rasa_is_away_she_is_told_once_and_answered_when_it_is_back(
    hamyar: Hamyar, watch: Watch, store: Store
) -> None:
    citizen = hamyar.citizen()
    hamyar.understanding.away = True
    assert await citizen.writes(BIKE) == []  # it may be back in a moment
    for _ in range(10):
        watch.passes(seconds=3)
        await hamyar.work()
    assert [heard.key for heard in await citizen.listens()] == ["turn.waiting"]
    hamyar.understanding.away = False
    watch.passes(seconds=3)
    await hamyar.work()
    assert [heard.key for heard in await citizen.listens()] == ["summary.ask"]
    assert await count(store, OperatorTask) == 0


async def test_buttons_work_while_rasa_is_away(hamyar: Hamyar) -> None:
    citizen = hamyar.citizen()
    await citizen.writes(BIKE)
    hamyar.understanding.away = True
    (filed,) = await citizen.presses("confirm")
    assert filed.key == "filed.text"


@pytest.mark.parametrize("trouble", [RuntimeError("x"), UnderstandingFailed("HTTP 500")])
async def test_three_failures_are_an_operators_task_and_an_honest_sentence(
    hamyar: Hamyar, watch: Watch, store: Store, trouble: Exception
) -> None:
    citizen = hamyar.citizen()
    hamyar.understanding.breaks = trouble
    await citizen.writes(BIKE)
    for _ in range(5):
        watch.passes(seconds=10)
        await hamyar.work()
    assert [heard.key for heard in await citizen.listens()] == ["turn.failed"]
    assert len(hamyar.understanding.asked) == ATTEMPTS
    async with store.read() as session:
        task = (await session.scalars(select(OperatorTask))).one()
    assert task.kind == "failed_turn" and task.conversation_id is not None
    hamyar.understanding.breaks = None
    assert [heard.key for heard in await citizen.writes("سلام")] == ["smalltalk.greet"]


async def test_the_databases_own_trouble_is_not_held_against_a_turn(
    hamyar: Hamyar, watch: Watch, store: Store
) -> None:
    citizen = hamyar.citizen()
    hamyar.understanding.breaks = ConnectionResetError()
    await citizen.writes(BIKE)
    for _ in range(5):
        watch.passes(seconds=10)
        await hamyar.work()
    hamyar.understanding.breaks = None
    watch.passes(seconds=10)
    await hamyar.work()
    assert [heard.key for heard in await citizen.listens()] == ["summary.ask"]


async def test_a_failed_step_leaves_nothing_of_itself(
    hamyar: Hamyar, watch: Watch, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen = hamyar.citizen()
    await citizen.writes(BIKE)
    import bot.turns

    def too_late(*given: object) -> dict[str, object]:
        raise RuntimeError("after the request was filed")

    monkeypatch.setattr(bot.turns, "content_of", too_late)
    token = citizen.token("confirm")
    await citizen.sends(button_token=token)
    assert await count(store, ServiceRequest) == 0
    assert await count(store, AuditEntry) == 0
    monkeypatch.undo()
    async with store.write() as session:
        await session.execute(update(Turn).values(due_at=Turn.created_at))
    await hamyar.work()
    assert [heard.key for heard in await citizen.listens()] == ["filed.text"]  # the button was not used up
    assert await count(store, ServiceRequest) == 1


# ---------------------------------------------------------------- danger


FIRE = "کمک کنید خانه همسایه آتش گرفته"


async def test_danger_gets_its_number_before_anything_is_understood(hamyar: Hamyar) -> None:
    citizen = hamyar.citizen()
    await hamyar.inbox.receive(citizen.update(FIRE))
    (told,) = await citizen.listens()  # no worker has looked yet
    assert told.key == "danger.fire" and "۱۲۵" in told.message.text
    await hamyar.work()
    await citizen.listens()
    assert [heard.key for heard in citizen.heard].count("danger.fire") == 1


async def test_danger_is_told_while_rasa_is_down_and_an_earlier_message_waits_for_it(hamyar: Hamyar) -> None:
    citizen = hamyar.citizen()
    hamyar.understanding.away = True
    await citizen.writes("سلام")
    assert [heard.key for heard in await citizen.writes(FIRE)] == ["danger.fire"]


async def test_danger_is_told_when_an_operator_holds_the_conversation(hamyar: Hamyar, store: Store) -> None:
    citizen = hamyar.citizen()
    await citizen.writes("سلام")
    async with store.write() as session:
        await session.execute(update(Conversation).values(held_by="operator:1"))
    assert [heard.key for heard in await citizen.writes(FIRE)] == ["danger.fire"]


async def test_danger_that_only_two_texts_together_tell_is_found_by_the_worker(
    hamyar: Hamyar, watch: Watch
) -> None:
    citizen = hamyar.citizen()
    hamyar.grouping = 1.5
    first, second = "کمک کنید خانه همسایه", "آتش گرفته"
    for text in (first, second):
        await hamyar.inbox.receive(citizen.update(text))
    watch.passes(seconds=2)
    await hamyar.work()
    await citizen.listens()
    assert [heard.key for heard in citizen.heard].count("danger.fire") == 1


# ---------------------------------------------------------------- logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    set_up_logging("worker", form="json", stream=stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()


async def test_a_failing_turn_logs_its_place_and_not_one_word_of_hers(
    hamyar: Hamyar, written: io.StringIO
) -> None:
    words = "chale bozorg dar Hedayat 12, 0915 123 4567, چاله"
    hamyar.understanding.breaks = RuntimeError(f"cannot read {words!r}")
    await hamyar.citizen().writes(words)
    (event,) = [json.loads(line) for line in written.getvalue().splitlines()]
    assert event["event"] == "turn_failed" and event["error"] == "RuntimeError"
    assert "citizen.py" in event["at"] and "understand" in event["at"]
    for word in ("chale", "Hedayat", "4567", "چاله", "Traceback"):
        assert word not in written.getvalue()


# ---------------------------------------------------------------- the loops


async def test_the_loops_work_side_by_side_and_end_what_they_began(hamyar: Hamyar, store: Store) -> None:
    begun, gate = [], asyncio.Event()

    async def wait() -> None:
        begun.append(hamyar.understanding.asked[-1])
        await gate.wait()

    hamyar.understanding.first = wait
    stop = asyncio.Event()
    running = asyncio.create_task(hamyar.worker.run(stop, parallel=3))
    citizens = [hamyar.citizen(str(number)) for number in range(3)]
    for citizen in citizens:
        await hamyar.inbox.receive(citizen.update(f"{citizen.chat_id}"))
    async with asyncio.timeout(10):
        while len(begun) < 3:
            await asyncio.sleep(0.02)
        stop.set()
        gate.set()
        await running
    assert [turn.state for turn in await turns(store)] == ["done"] * 3


async def test_the_loops_outlast_a_database_that_is_away(
    hamyar: Hamyar, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_store: Store) -> None:
        raise ConnectionRefusedError

    stop, worker = asyncio.Event(), hamyar.worker
    await hamyar.inbox.receive(hamyar.citizen().update("سلام"))
    with monkeypatch.context() as patched:
        patched.setattr(Store, "read", away)
        patched.setattr(Store, "write", away)
        running = asyncio.create_task(worker.run(stop, parallel=2))
        await asyncio.sleep(0.2)
    async with asyncio.timeout(10):
        while not [turn for turn in await turns(store) if turn.state == "done"]:
            await asyncio.sleep(0.05)
        stop.set()
        await running


async def test_a_command_is_no_cry_for_help(hamyar: Hamyar) -> None:
    assert [heard.key for heard in await hamyar.citizen().writes("/help")] == ["help.text"]


async def _answer_to_the_number(citizen: Citizen, store: Store) -> str:
    """A filed request; the messenger's id of the message that gave its number."""
    await citizen.writes(BIKE)
    await citizen.presses("confirm")
    async with store.write() as session:
        await session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.service_request_id.is_not(None))
            .values(message_id="m7", state="sent")
        )
        # Long ago: only the answered message tells which request is meant.
        await session.execute(update(ServiceRequest).values(created_at=utc_now() - timedelta(days=3)))
    return "m7"


async def test_an_answer_to_an_earlier_message_of_ours_means_its_request(
    citizen: Citizen, hamyar: Hamyar, store: Store
) -> None:
    message_id = await _answer_to_the_number(citizen, store)
    hamyar.understanding.prepared["چی شد؟"] = Understanding(intent="status", confidence=0.9)
    (heard,) = await citizen.writes("چی شد؟", reply_to=message_id)
    assert heard.key == "status.one"
    (heard,) = await citizen.writes("نزدیک دانشکده هم یکی بگذارید", reply_to=message_id)
    assert heard.key == "afterwards.offer"
    (heard,) = await citizen.presses("add_note")
    assert heard.key == "afterwards.added"


async def test_an_answer_to_somebody_elses_message_or_an_unknown_one_means_nothing(
    citizen: Citizen, hamyar: Hamyar, store: Store
) -> None:
    message_id = await _answer_to_the_number(citizen, store)
    hamyar.understanding.prepared["چی شد؟"] = Understanding(intent="status", confidence=0.9)
    other = hamyar.citizen("2")
    (heard,) = await other.writes("چی شد؟", reply_to=message_id)
    assert heard.key != "status.one"
    heard = (await citizen.writes("خیلی دیر شد", reply_to="m999"))[0]
    assert heard.key != "afterwards.offer"
