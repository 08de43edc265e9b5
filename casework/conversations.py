"""Conversations, persons, and what is said to them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.tables import Conversation, OutboxMessage, Person, utc_now

PULLED = frozenset({"webchat", "terminal"})
"""Channels that fetch what is said to them; to all others `bot.outbox` sends it."""


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


async def conversation_of(
    session: AsyncSession, *, channel: str, chat_id: str, chat_kind: str, sender_id: str, name: str | None
) -> Conversation:
    """The conversation in a chat, opened at the first message. Its row is locked for this transaction."""
    asked = select(Conversation).where(Conversation.channel == channel, Conversation.chat_id == chat_id)
    conversation = await session.scalar(asked.with_for_update())
    if conversation is None:
        person = await person_of(session, channel, sender_id, name)
        conversation = Conversation(
            channel=channel, chat_id=chat_id, chat_kind=chat_kind, person_id=person.id, position={}
        )
        session.add(conversation)
        await session.flush()
    elif conversation.unreachable_since is not None:
        conversation.unreachable_since = None  # she writes again: she can be reached again
    return conversation


async def locked(session: AsyncSession, conversation_id: int) -> Conversation:
    """The conversation, its row locked: turns of one conversation never overlap."""
    return (
        await session.execute(
            select(Conversation).where(Conversation.id == conversation_id).with_for_update()
        )
    ).scalar_one()


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
) -> OutboxMessage | None:
    """Put one message into the outbox, in the order of the conversation; None where it stands there already.

    `content` is {"key", "variables", "buttons", "keyboard"}: a text of data/messages, rendered when it is sent.
    """
    if await session.scalar(select(OutboxMessage.id).where(OutboxMessage.dedupe_key == dedupe_key)):
        return None
    now = utc_now()
    pulled = conversation.channel in PULLED
    message = OutboxMessage(
        conversation_id=conversation.id,
        seq=next_seq(conversation),
        turn_id=turn_id,
        service_request_id=service_request_id,
        dedupe_key=dedupe_key,
        content=content,
        state="sent" if pulled else "waiting",
        sent_at=now if pulled else None,
    )
    session.add(message)
    await session.flush()
    return message
