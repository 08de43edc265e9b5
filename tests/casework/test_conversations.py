"""Persons and conversations: one each, in whatever order the world comes in."""

from __future__ import annotations

from sqlalchemy import func, select

from casework.conversations import conversation_of, say, unreachable
from casework.store import Store
from casework.tables import Conversation, OutboxMessage, Person
from tests.support.citizen import Hamyar


async def opened(store: Store, channel: str, chat_id: str, sender_id: str, kind: str = "private") -> int:
    async with store.write() as session:
        conversation = await conversation_of(
            session, channel=channel, chat_id=chat_id, chat_kind=kind, sender_id=sender_id, name="مریم"
        )
        return conversation.id


async def test_a_chat_is_one_conversation_and_a_sender_one_person_on_each_messenger(store: Store) -> None:
    first = await opened(store, "telegram", "1", "1")
    assert await opened(store, "telegram", "1", "1") == first
    assert await opened(store, "bale", "1", "1") != first
    group = await opened(store, "telegram", "-100", "1", "group")
    assert group != first
    async with store.read() as session:
        assert await session.scalar(select(func.count()).select_from(Person)) == 2
        assert await session.scalar(select(func.count()).select_from(Conversation)) == 3


async def test_ids_beyond_thirty_two_bits_and_negative_ones_are_kept(store: Store) -> None:
    for chat_id in ("-1001234567890123", "9007199254740993"):
        await opened(store, "bale", chat_id, chat_id)
    async with store.read() as session:
        chats = set(await session.scalars(select(Conversation.chat_id)))
    assert chats == {"-1001234567890123", "9007199254740993"}


async def test_what_is_said_by_both_sides_counts_in_one_order(hamyar: Hamyar, store: Store) -> None:
    citizen = hamyar.citizen()
    await citizen.writes("سلام")
    await citizen.writes("سلام")
    async with store.read() as session:
        conversation = (await session.scalars(select(Conversation))).one()
        seqs = list(await session.scalars(select(OutboxMessage.seq).order_by(OutboxMessage.id)))
    assert conversation.last_seq == 4 and seqs == [2, 4]


async def test_the_position_and_its_version_are_saved_with_each_turn(hamyar: Hamyar, store: Store) -> None:
    citizen = hamyar.citizen()
    await citizen.writes("لطفا به بولوار هدایت ایستگاه دوچرخه اضافه کنید")
    async with store.read() as session:
        conversation = (await session.scalars(select(Conversation))).one()
    assert conversation.position["draft"]["service"] == "bike_share"
    assert conversation.position["question"]["kind"] == "confirm"
    assert (conversation.position_version, conversation.awaiting_answer) == (1, True)
    await citizen.writes("/cancel")
    async with store.read() as session:
        conversation = (await session.scalars(select(Conversation))).one()
    assert conversation.position["draft"] is None
    assert (conversation.position_version, conversation.awaiting_answer) == (2, False)


async def test_what_is_said_to_the_unreachable_waits_and_she_is_reachable_when_she_writes(
    store: Store,
) -> None:
    number = await opened(store, "telegram", "1", "1")
    async with store.write() as session:
        conversation = await session.get_one(Conversation, number)
        await say(session, conversation, {"key": "a"}, dedupe_key="a")
        await unreachable(session, conversation)
        await say(session, conversation, {"key": "b"}, dedupe_key="b")
    async with store.read() as session:
        assert list(await session.scalars(select(OutboxMessage.state))) == ["gone", "gone"]
    await opened(store, "telegram", "1", "1")
    async with store.read() as session:
        assert list(await session.scalars(select(OutboxMessage.state))) == ["waiting", "waiting"]
        assert (await session.scalars(select(Conversation.unreachable_since))).one() is None
