"""The durable inbox: stored once, grouped as a person writes, nothing of what is not meant for us."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.inbox import Inbox
from bot.incoming import Incoming, IncomingAttachment, IncomingContact
from casework.store import Store, open_store
from casework.tables import (
    Attachment,
    Conversation,
    DeadLetter,
    InboxUpdate,
    Person,
    Turn,
)
from tests.support.citizen import BIKE, Citizen, Hamyar
from tests.support.database import Watch


@pytest.fixture
def inbox(store: Store) -> Inbox:
    return Inbox(store, 1.5)


async def every(store: Store, table: type[Any]) -> list[Any]:
    async with store.read() as session:
        return list(await session.scalars(select(table).order_by(table.id)))


# ---------------------------------------------------------------- once


async def test_an_update_stored_twice_changes_nothing(inbox: Inbox, citizen: Citizen, store: Store) -> None:
    once = citizen.update("سلام", raw={"update_id": 7})
    assert await inbox.receive(once) is True
    before = (await every(store, Conversation))[0].last_seq
    assert await inbox.receive(once) is False
    (stored,) = await every(store, InboxUpdate)
    assert stored.deliveries == 2
    assert len(await every(store, Turn)) == 1 and (await every(store, Conversation))[0].last_seq == before


async def test_the_same_id_with_other_content_is_kept(inbox: Inbox, citizen: Citizen, store: Store) -> None:
    first = citizen.update("سلام", raw={"update_id": 7})
    assert await inbox.receive(first) and await inbox.receive(replace(first, text="سلام!"))
    assert [update.message["text"] for update in await every(store, InboxUpdate)] == ["سلام", "سلام!"]


async def test_the_same_update_received_by_many_at_once_is_stored_once(
    citizen: Citizen, migrated_url: str
) -> None:
    stores = [open_store(migrated_url) for _ in range(3)]  # as three processes would
    once = citizen.update("سلام", raw={"update_id": 7})
    try:
        news = await asyncio.gather(*(Inbox(store, 0).receive(once) for store in stores * 2))
        assert sorted(news) == [False] * 5 + [True]
        (stored,) = await every(stores[0], InboxUpdate)
        assert stored.deliveries == 6
        assert len(await every(stores[0], Turn)) == 1
    finally:
        for store in stores:
            await store.close()


async def test_many_updates_that_open_one_conversation_at_once_open_it_once(
    citizen: Citizen, migrated_url: str
) -> None:
    stores = [open_store(migrated_url) for _ in range(3)]
    try:
        updates = [citizen.update(f"/{number}") for number in range(6)]
        pairs = zip(stores * 2, updates, strict=True)
        assert all(await asyncio.gather(*(Inbox(store, 0).receive(update) for store, update in pairs)))
        assert len(await every(stores[0], Conversation)) == len(await every(stores[0], Person)) == 1
        seqs = [update.seq for update in await every(stores[0], InboxUpdate)]
        assert sorted(seqs) == [1, 2, 3, 4, 5, 6]
    finally:
        for store in stores:
            await store.close()


async def test_every_update_three_times_and_shuffled_between_conversations_ends_in_the_same_replies(
    hamyar: Hamyar,
) -> None:
    citizens = [hamyar.citizen(str(number)) for number in range(3)]
    updates = [[citizen.update(text) for text in ("سلام", BIKE, "/cancel")] for citizen in citizens]
    for round_ in range(3):
        for turn in range(3):
            for of_citizen in updates[round_:] + updates[:round_]:
                await hamyar.inbox.receive(of_citizen[turn])
    await hamyar.work()
    for citizen in citizens:
        keys = [heard.key for heard in await citizen.listens()]
        assert keys == ["smalltalk.greet", "summary.ask", "nav.cancelled"]


# ---------------------------------------------------------------- what is kept, what not


async def test_what_is_said_in_a_group_and_not_to_us_is_not_stored(
    inbox: Inbox, citizen: Citizen, store: Store
) -> None:
    assert await inbox.receive(citizen.update("چه خبر؟", chat_kind="group", addressed=False)) is False
    assert (
        await every(store, InboxUpdate)
        == await every(store, Conversation)
        == await every(store, Person)
        == []
    )


async def test_the_phone_of_a_shared_contact_is_not_kept(
    inbox: Inbox, citizen: Citizen, store: Store
) -> None:
    raw = {
        "message": {"contact": {"phone_number": "+989151234567", "vcard": "TEL:09151234567", "user_id": 1}}
    }
    await inbox.receive(citizen.update(contact=IncomingContact("+989151234567", own=True), raw=raw))
    (stored,) = await every(store, InboxUpdate)
    assert "1234567" not in f"{stored.message}{stored.raw}"
    assert Incoming.from_json(stored.message).contact == IncomingContact("", own=True)
    assert stored.raw["message"]["contact"]["user_id"] == 1


async def test_a_file_of_three_gigabytes_with_an_endless_name_does_not_stop_the_inbox(
    inbox: Inbox, citizen: Citizen, store: Store
) -> None:
    file = IncomingAttachment("video", "f" * 600, "video/" + "x" * 300, 3 * 2**30, "ن" * 400)
    assert await inbox.receive(citizen.update(attachments=(file,), sender_name="ن" * 400))
    (kept,) = await every(store, Attachment)
    assert kept.size == 3 * 2**30 and len(kept.file_name) == 255 and len(kept.file_id) == 600


async def test_a_dead_letter_is_kept_once_whether_json_or_text(inbox: Inbox, store: Store) -> None:
    for _ in range(2):
        await inbox.dead_letter("bale", "7", {"update_id": 7, "odd": ["سلام"]}, "not read")
        await inbox.dead_letter("bale", None, "<html>", "answer is not JSON")
    await asyncio.gather(*(inbox.dead_letter("bale", "8", {"update_id": 8}, "not read") for _ in range(3)))
    letters = await every(store, DeadLetter)
    assert [letter.raw for letter in letters] == [
        '{"update_id": 7, "odd": ["سلام"]}',
        "<html>",
        '{"update_id": 8}',
    ]


# ---------------------------------------------------------------- grouping


async def texts_of_turns(store: Store) -> list[list[str]]:
    turns: dict[int, list[str]] = {}
    for update in await every(store, InboxUpdate):
        turns.setdefault(update.turn_id, []).append(update.message["text"])
    return [turns[turn_id] for turn_id in sorted(turns)]


async def test_free_texts_shortly_after_each_other_are_one_turn(
    inbox: Inbox, citizen: Citizen, store: Store, watch: Watch
) -> None:
    for text in ("سلام", "چاله هست", "در هدایت"):
        await inbox.receive(citizen.update(text))
        watch.passes(seconds=1)
    watch.passes(seconds=0.6)
    await inbox.receive(citizen.update("دیگر"))
    assert await texts_of_turns(store) == [["سلام", "چاله هست", "در هدایت"], ["دیگر"]]


async def test_a_turn_waits_for_further_texts_five_seconds_at_most(
    inbox: Inbox, citizen: Citizen, store: Store, watch: Watch
) -> None:
    for number in range(8):
        await inbox.receive(citizen.update(str(number)))
        watch.passes(seconds=1)
    turns = await every(store, Turn)
    assert (turns[0].due_at - turns[0].created_at).total_seconds() == pytest.approx(5, abs=0.01)
    assert await texts_of_turns(store) == [["0", "1", "2", "3", "4"], ["5", "6", "7"]]


async def test_a_turn_that_is_being_worked_on_takes_no_further_text(
    hamyar: Hamyar, citizen: Citizen, store: Store, watch: Watch
) -> None:
    hamyar.grouping = 1.5
    await hamyar.inbox.receive(citizen.update("سلام"))
    watch.passes(seconds=1.6)
    claimed = await hamyar.worker._claim()
    assert claimed is not None
    await hamyar.inbox.receive(citizen.update("چاله"))
    assert await texts_of_turns(store) == [["سلام"], ["چاله"]]


@pytest.mark.parametrize(
    "content",
    [
        {"button_token": "x"},
        {"pin": (36.3, 59.5)},
        {"text": "/start"},
        {"text": "لغو"},
        {"text": "نه، هدایت ۱۲", "edited": True},
        {"attachments": (IncomingAttachment("photo", "f"),)},
        {"text": "سلام", "chat_kind": "group"},
    ],
    ids=lambda content: "+".join(content),
)
async def test_what_is_no_free_text_is_not_waited_for(
    store: Store, citizen: Citizen, content: dict[str, Any]
) -> None:
    inbox = Inbox(store, 1.5, is_command=lambda text: text in ("/start", "لغو"))
    await inbox.receive(citizen.update(**content))
    (turn,) = await every(store, Turn)
    assert turn.due_at == turn.created_at and turn.open_until is None


async def test_an_answer_to_an_open_question_is_not_waited_for(
    hamyar: Hamyar, citizen: Citizen, store: Store
) -> None:
    await citizen.writes(BIKE)
    await Inbox(store, 1.5).receive(citizen.update("بله"))
    turn = (await every(store, Turn))[-1]
    assert turn.due_at == turn.created_at and turn.open_until is None


async def test_what_she_writes_after_a_button_does_not_join_what_she_wrote_before_it(
    inbox: Inbox, citizen: Citizen, store: Store
) -> None:
    await inbox.receive(citizen.update("اول"))
    await inbox.receive(citizen.update(button_token="x"))
    await inbox.receive(citizen.update("آخر"))
    assert await texts_of_turns(store) == [["اول"], [""], ["آخر"]]


async def test_without_grouping_every_text_is_a_turn(citizen: Citizen, store: Store) -> None:
    for text in ("سلام", "چاله"):
        await Inbox(store, 0).receive(citizen.update(text))
    assert await texts_of_turns(store) == [["سلام"], ["چاله"]]


async def test_texts_of_two_people_are_never_one_turn(inbox: Inbox, hamyar: Hamyar, store: Store) -> None:
    for number in range(2):
        await inbox.receive(hamyar.citizen(str(number)).update("سلام"))
    assert await texts_of_turns(store) == [["سلام"], ["سلام"]]


async def test_the_photos_of_an_album_join_and_those_of_another_do_not(
    inbox: Inbox, citizen: Citizen, store: Store, watch: Watch
) -> None:
    for album, name in (("a", "1"), ("a", "2"), ("b", "3"), ("b", "4")):
        photo = IncomingAttachment("photo", name)
        await inbox.receive(citizen.update(name, attachments=(photo,), album_id=album))
        watch.passes(seconds=0.3)
    await inbox.receive(citizen.update("و این هم"))
    assert await texts_of_turns(store) == [["1", "2"], ["3", "4"], ["و این هم"]]


async def test_every_update_has_its_place_in_the_thread(inbox: Inbox, citizen: Citizen, store: Store) -> None:
    for text in ("یک", "دو", "سه"):
        await inbox.receive(citizen.update(text))
    assert [update.seq for update in await every(store, InboxUpdate)] == [1, 2, 3]
    async with store.read() as session:
        assert await session.scalar(select(func.count()).select_from(InboxUpdate)) == 3
