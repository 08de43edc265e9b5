"""What the inbox does with updates that are no plain message: other kinds, memberships, blocked senders, floods."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from actions.dialogue import Understanding
from bot.incoming import Incoming, IncomingAttachment
from bot.joining import FLOOD_MESSAGES
from casework import blocks
from casework.store import Store
from casework.tables import Attachment, Conversation, DeadLetter, InboxUpdate, OutboxMessage, Turn
from tests.support.citizen import BIKE, Citizen, Hamyar


async def all_of(store: Store, table: type[Any]) -> list[Any]:
    async with store.read() as session:
        return list(await session.scalars(select(table)))


def other(kind: str | None = None, **more: Any) -> Incoming:
    known: dict[str, Any] = {"channel": "telegram", "update_id": "9", "chat_id": "1", "sender_id": "1"}
    return Incoming(**known, addressed=False, other=kind, raw={"update_id": 9, **more})


async def test_what_is_no_message_is_kept_once_and_nobody_is_spoken_to(hamyar: Hamyar) -> None:
    assert await hamyar.inbox.receive(other("channel_post"))
    assert not await hamyar.inbox.receive(other("channel_post"))
    (kept,) = await all_of(hamyar.store, DeadLetter)
    assert "channel_post" in kept.reason and kept.update_id == "9"
    assert not await all_of(hamyar.store, Turn)


async def test_talk_of_a_group_among_itself_is_not_kept(hamyar: Hamyar) -> None:
    assert not await hamyar.inbox.receive(other(text="a secret"))
    assert not await all_of(hamyar.store, DeadLetter) and not await all_of(hamyar.store, InboxUpdate)


async def test_who_blocks_the_bot_is_not_written_to_until_she_lets_it_in(
    hamyar: Hamyar, citizen: Citizen
) -> None:
    await citizen.writes(BIKE)
    await hamyar.inbox.receive(Incoming("telegram", "7", "1", "1", addressed=False, membership="gone"))
    (conversation,) = await all_of(hamyar.store, Conversation)
    assert conversation.unreachable_since is not None
    assert {row.state for row in await all_of(hamyar.store, OutboxMessage)} == {"gone"}
    await hamyar.inbox.receive(Incoming("telegram", "8", "1", "1", addressed=False, membership="back"))
    assert {row.state for row in await all_of(hamyar.store, OutboxMessage)} == {"waiting"}


async def test_a_membership_of_somebody_unknown_is_nothing(hamyar: Hamyar) -> None:
    await hamyar.inbox.receive(Incoming("telegram", "7", "5", "5", addressed=False, membership="gone"))
    assert not await all_of(hamyar.store, Conversation)


async def test_a_blocked_sender_is_kept_told_once_and_not_worked_on(hamyar: Hamyar, citizen: Citizen) -> None:
    async with hamyar.store.write() as session:
        await blocks.block(session, channel="telegram", sender_id="1", reason="spam", by="admin")
    heard = await citizen.writes(BIKE)
    assert [one.key for one in heard] == ["blocked.told"]
    heard = await citizen.writes(BIKE, attachments=(IncomingAttachment("photo", "f"),))
    assert heard == [] and hamyar.understanding.asked == []
    assert len(await all_of(hamyar.store, InboxUpdate)) == 2
    assert not await all_of(hamyar.store, Attachment), "a blocked sender's files are not fetched"
    heard = await citizen.writes("کمک! خونه همسایه آتیش گرفته")
    assert [one.key for one in heard] == ["danger.fire"]


async def test_a_lifted_block_is_over(hamyar: Hamyar, citizen: Citizen) -> None:
    async with hamyar.store.write() as session:
        row = await blocks.block(session, channel="telegram", sender_id="1", reason="spam", by="admin")
    async with hamyar.store.write() as session:
        assert await blocks.lift(session, row.id, "admin")
        assert not await blocks.lift(session, row.id, "admin")
    assert [one.key for one in await citizen.writes(BIKE)] == ["summary.ask"]


async def test_a_flood_is_one_turn_with_every_word_in_it(hamyar: Hamyar, citizen: Citizen) -> None:
    for _ in range(FLOOD_MESSAGES):
        await hamyar.inbox.receive(citizen.update("الو"))
    before = len(await all_of(hamyar.store, Turn))
    for number in range(5):
        await hamyar.inbox.receive(citizen.update(f"word{number}"))
    turns = await all_of(hamyar.store, Turn)
    assert len(turns) == before + 1 and len(await all_of(hamyar.store, InboxUpdate)) == FLOOD_MESSAGES + 5


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ({"text": "😂"}, "smalltalk.emoji"),
        ({"text": "👍🏼"}, "nav.nothing_open"),
        ({"text": "🙏"}, "smalltalk.thanks"),
    ],
)
async def test_a_picture_alone_is_answered(citizen: Citizen, content: dict[str, Any], key: str) -> None:
    heard = await citizen.sends(**content)
    assert heard and (heard[0].key == key or key == "nav.nothing_open")


async def test_a_thumb_confirms_what_was_asked(citizen: Citizen) -> None:
    await citizen.writes(BIKE)
    assert [one.key for one in await citizen.writes("👍")] == ["filed.text"]


async def test_a_reply_to_the_message_about_a_request_means_that_request(
    hamyar: Hamyar, citizen: Citizen
) -> None:
    for words in (BIKE, "چراغ هدایت"):
        hamyar.understanding.prepared[words] = hamyar.understanding.prepared.get(
            words, Understanding("request", 0.95, "street_light", (("street_light", 0.95),), "accept")
        )
    await citizen.writes(BIKE)
    await citizen.presses("confirm")
    async with hamyar.store.write() as session:
        for number, row in enumerate(await session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))):
            row.state, row.message_id = "sent", f"{number * 10} {number * 10 + 1}"
    heard = await citizen.sends(attachments=(IncomingAttachment("photo", "f"),), reply_to="11")
    assert [one.key for one in heard] == ["files.added_to_request"]
    (file,) = await all_of(hamyar.store, Attachment)
    assert file.service_request_id is not None
    heard = await citizen.sends(attachments=(IncomingAttachment("photo", "g"),), reply_to="1")
    assert [one.key for one in heard] != ["files.added_to_request"], "1 is not 11"
