"""Conversations, persons, and what is said to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from casework.tables import Conversation, OutboxMessage, Person, not_ended, rows_of, utc_now

PULLED = frozenset({"webchat", "terminal", "open311"})
"""Channels that fetch what is said to them; to all others `bot.outbox` sends it."""

WORTH_SENDING = timedelta(days=7)
"""What waited longer for a citizen who had blocked the bot is of yesterday, and stays unsent."""

# Built once: that takes as long as running them.
_IN_CHAT = (
    select(Conversation)
    .where(Conversation.channel == bindparam("channel"), Conversation.chat_id == bindparam("chat_id"))
    .with_for_update()
)
_LOCKED = select(Conversation).where(Conversation.id == bindparam("id")).with_for_update()
_SAID = rows_of(OutboxMessage)
_SAY = {
    "sqlite": sqlite.insert(_SAID).on_conflict_do_nothing(index_elements=["dedupe_key"]),
    "postgresql": postgresql.insert(_SAID).on_conflict_do_nothing(index_elements=["dedupe_key"]),
}


async def person_of(session: AsyncSession, channel: str, sender_id: str, name: str | None) -> Person:
    """One person per (channel, sender), made at the first message."""
    person = await session.scalar(
        select(Person).where(Person.channel == channel, Person.sender_id == sender_id)
    )
    if person is None:
        person = Person(channel=channel, sender_id=sender_id, name=name)
        session.add(person)
        await session.flush()
    elif name and person.name != name:
        person.name = name
    return person


async def conversation_in(session: AsyncSession, channel: str, chat_id: str) -> Conversation | None:
    """The conversation in a chat, its row locked for this transaction; None before the first message."""
    return await session.scalar(_IN_CHAT, {"channel": channel, "chat_id": chat_id})


async def conversation_of(
    session: AsyncSession, *, channel: str, chat_id: str, chat_kind: str, sender_id: str, name: str | None
) -> Conversation:
    """The conversation in a chat, opened at the first message. Its row is locked for this transaction."""
    conversation = await conversation_in(session, channel, chat_id)
    if conversation is None:
        person = await person_of(session, channel, sender_id, name)
        conversation = Conversation(
            channel=channel, chat_id=chat_id, chat_kind=chat_kind, person_id=person.id, position={}
        )
        session.add(conversation)
        await session.flush()
    elif conversation.unreachable_since is not None:
        await reachable_again(session, conversation)
    return conversation


async def reachable_again(session: AsyncSession, conversation: Conversation) -> None:
    """She writes again: what waited for her is sent now, in its old order."""
    now = utc_now()
    conversation.unreachable_since = None
    await session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.conversation_id == conversation.id,
            OutboxMessage.state == "gone",
            OutboxMessage.created_at > now - WORTH_SENDING,
        )
        .values(state="waiting", next_at=now)
    )


async def unreachable(session: AsyncSession, conversation: Conversation) -> None:
    """She has blocked the bot: nothing more is tried until she writes again. Her row is locked by the caller."""
    conversation.unreachable_since = utc_now()
    await session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.conversation_id == conversation.id, not_ended(OutboxMessage.state))
        .values(state="gone", lease_until=None, lease_owner=None)
    )


async def locked(session: AsyncSession, conversation_id: int) -> Conversation:
    """The conversation, its row locked: turns of one conversation never overlap."""
    return (await session.execute(_LOCKED, {"id": conversation_id})).scalar_one()


def next_seq(conversation: Conversation) -> int:
    """The next place in the thread; the conversation's row is locked by the caller."""
    conversation.last_seq += 1
    return conversation.last_seq


async def say(
    session: AsyncSession,
    conversation: Conversation,
    content: dict[str, Any],
    *,
    dedupe_key: str,
    turn_id: int | None = None,
    service_request_id: int | None = None,
) -> bool:
    """Put one message into the outbox, in the order of the conversation; False where it stands there already.

    `content` is {"key", "variables", "buttons", "keyboard"}: a text of data/messages, rendered when it is sent. What
    it refers to (turn, request) is in the database already.
    """
    now = utc_now()
    pulled = conversation.channel in PULLED
    to_be_sent = "waiting" if conversation.unreachable_since is None else "gone"
    inserted = await session.execute(
        _SAY[session.get_bind().dialect.name],
        {
            "conversation_id": conversation.id,
            "seq": next_seq(conversation),
            "turn_id": turn_id,
            "service_request_id": service_request_id,
            "dedupe_key": dedupe_key,
            "content": content,
            "state": "sent" if pulled else to_be_sent,
            "sent_at": now if pulled else None,
        },
    )
    is_new = cast(CursorResult[Any], inserted).rowcount > 0
    if not is_new:
        conversation.last_seq -= 1
    return is_new
