"""The durable inbound queue: an update is stored, and only then acknowledged by its channel.

The same update again (channel, id, content) changes nothing. Free texts of one person shortly after each other, and
the photos of an album, become one turn; the grouping is stored with the updates. Present danger is answered in the
same transaction, so that it waits for nothing: not for Rasa, not for a turn before it, not for further texts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.danger import DangerCheck
from bot.facts import DANGER
from bot.incoming import Incoming
from bot.joining import ALBUM, FLOOD_MESSAGES, FLOOD_WITHIN, ended_turn, inserted, turn_for
from casework.blocks import blocked_sender
from casework.conversations import (
    conversation_in,
    conversation_of,
    next_seq,
    reachable_again,
    say,
    unreachable,
)
from casework.store import Store
from casework.tables import (
    Attachment,
    Conversation,
    DeadLetter,
    InboxUpdate,
    rows_of,
    utc_now,
)

LONGEST_NAME = 255
_PHONES = ("phone_number", "vcard")
"""Where a phone stands in a raw contact."""

# Built once: that takes as long as running them.
_STORED = rows_of(InboxUpdate)
_NEW = insert(_STORED)
_AGAIN = update(_STORED).where(_STORED.c.id == bindparam("row")).values(deliveries=_STORED.c.deliveries + 1)
_LOOK = select(
    select(InboxUpdate.id)
    .where(
        InboxUpdate.channel == bindparam("channel"),
        InboxUpdate.update_id == bindparam("update"),
        InboxUpdate.content_hash == bindparam("hash"),
    )
    .scalar_subquery()
    .label("known"),
    blocked_sender("channel", "sender", "now").label("blocked"),
    select(InboxUpdate.received_at)
    .where(
        InboxUpdate.conversation_id
        == select(Conversation.id)
        .where(Conversation.channel == bindparam("channel"), Conversation.chat_id == bindparam("chat"))
        .scalar_subquery()
    )
    .order_by(InboxUpdate.id.desc())
    .offset(FLOOD_MESSAGES - 1)
    .limit(1)
    .scalar_subquery()
    .label("earlier"),
)
"""Whether this update is there already, its sender is blocked, and when the last message but so many came."""


@dataclass(frozen=True)
class Inbox:
    """`grouping`: how long a free text waits for another one of the same person, in seconds; 0 for measurements.

    `is_command` knows the words of the lasting keys, which are buttons and not waited for.
    """

    store: Store
    grouping: float = 1.5
    danger: DangerCheck | None = None
    is_command: Callable[[str], bool] = lambda text: text.startswith("/")

    async def receive(self, incoming: Incoming) -> bool:
        """Store an update. True where it is new, False where it was there already. Raises only database errors."""
        kind = self._danger_in(incoming)
        return await self._once_more(lambda session: self._take(session, incoming, kind))

    async def receive_all(self, incoming: Sequence[Incoming]) -> None:
        """Store several in their order, in one transaction: all of them or, where it raises, none."""
        kinds = [self._danger_in(one) for one in incoming]

        async def take(session: AsyncSession) -> bool:
            for one, kind in zip(incoming, kinds, strict=True):
                await self._take(session, one, kind)
            return True

        await self._once_more(take)

    def _danger_in(self, incoming: Incoming) -> str | None:
        is_hers = incoming.addressed and not incoming.other
        return danger_in(self.danger, incoming.carried().text) if self.danger and is_hers else None

    async def _take(self, session: AsyncSession, incoming: Incoming, danger: str | None) -> bool:
        if incoming.membership:
            await self._membership(session, incoming)
        if incoming.other:
            reason = f"{incoming.other}: no message of a citizen"
            return await self._bury(session, incoming.channel, incoming.update_id, incoming.raw, reason)
        if not incoming.addressed:
            return False  # what people say to each other in a group is none of our business, and not kept
        return await self._receive(session, incoming.carried(), danger)

    async def _membership(self, session: AsyncSession, incoming: Incoming) -> None:
        """She has blocked the bot: what waits for her is not tried. Let in again, it is sent."""
        conversation = await conversation_in(session, incoming.channel, incoming.chat_id)
        if conversation is None:
            return
        if incoming.membership == "gone":
            await unreachable(session, conversation)
        elif conversation.unreachable_since is not None:
            await reachable_again(session, conversation)

    async def dead_letter(self, channel: str, update_id: str | None, raw: Any, reason: str) -> bool:
        """Keep an update that cannot be read, JSON or text; the same one once. True where it is new."""
        return await self._once_more(lambda session: self._bury(session, channel, update_id, raw, reason))

    async def _bury(
        self, session: AsyncSession, channel: str, update_id: str | None, raw: Any, reason: str
    ) -> bool:
        kept = (
            raw if isinstance(raw, str) else json.dumps(without_phone(raw), ensure_ascii=False, default=str)
        )
        digest = hashlib.sha256(kept.encode()).hexdigest()
        known = select(DeadLetter.id).where(DeadLetter.channel == channel, DeadLetter.content_hash == digest)
        if await session.scalar(known) is not None:
            return False
        session.add(
            DeadLetter(channel=channel, update_id=update_id, content_hash=digest, raw=kept, reason=reason)
        )
        return True

    async def _once_more(self, keep: Callable[[AsyncSession], Awaitable[bool]]) -> bool:
        """A transaction, done again where two processes stored the same at the same moment."""
        for attempt in range(3):
            try:
                async with self.store.write() as session:
                    return await keep(session)
            except IntegrityError:
                if attempt == 2:
                    raise
        raise AssertionError

    async def _receive(self, session: AsyncSession, incoming: Incoming, danger: str | None) -> bool:
        look = {
            "channel": incoming.channel,
            "update": incoming.update_id,
            "hash": incoming.content_hash,
            "chat": incoming.chat_id,
            "sender": incoming.sender_id,
            "now": utc_now(),
        }
        seen = (await session.execute(_LOOK, look)).one()
        if seen.known is not None:
            await session.execute(_AGAIN, {"row": seen.known})
            return False
        conversation = await conversation_of(
            session,
            channel=incoming.channel,
            chat_id=incoming.chat_id,
            chat_kind=incoming.chat_kind,
            sender_id=incoming.sender_id,
            name=_short(incoming.sender_name),
        )
        is_blocked = seen.blocked is not None
        if is_blocked:
            turn_id = await self._blocked(session, conversation, incoming)
        else:
            floods = seen.earlier is not None and look["now"] - seen.earlier < FLOOD_WITHIN
            wait = self._waits(conversation, incoming)
            turn_id = await turn_for(session, conversation, incoming, wait, floods)
        row = {
            "channel": incoming.channel,
            "update_id": incoming.update_id,
            "content_hash": incoming.content_hash,
            "conversation_id": conversation.id,
            "turn_id": turn_id,
            "seq": next_seq(conversation),
            "message": _kept(incoming).to_json(),
            "raw": without_phone(incoming.raw),
        }
        update_id = await inserted(session, _NEW, row)
        for file in () if is_blocked else incoming.attachments:
            session.add(
                Attachment(
                    conversation_id=conversation.id,
                    update_id=update_id,
                    kind=file.kind,
                    file_id=file.file_id,
                    mime_type=_short(file.mime_type),
                    size=file.size,
                    file_name=_short(file.file_name),
                )
            )
        if danger is not None:
            await say_danger(session, conversation, turn_id, danger)
        return True

    async def _blocked(self, session: AsyncSession, conversation: Conversation, incoming: Incoming) -> int:
        """Somebody whom an administrator has blocked: what she writes is kept, and danger is answered all the same;
        nothing else is done. She is told once a day. Her turn is ended as it begins."""
        now = utc_now()
        if incoming.chat_kind == "private":
            key = f"blocked:{conversation.id}:{now:%Y%m%d}"
            await say(session, conversation, {"key": "blocked.told"}, dedupe_key=key)
        return await ended_turn(session, conversation, "blocked")

    def _waits(self, conversation: Conversation, incoming: Incoming) -> timedelta | None:
        """How long others may join: an album always, a free text unless a question is open; else nothing waits."""
        if incoming.chat_kind == "group":
            return None
        if incoming.album_id:
            return ALBUM
        free_text = bool(incoming.text) and not (incoming.button_token or incoming.pin or incoming.edited)
        if (
            not free_text
            or conversation.awaiting_answer
            or self.grouping <= 0
            or self.is_command(incoming.text)
        ):
            return None
        return timedelta(seconds=self.grouping)


def danger_in(check: DangerCheck, text: str) -> str | None:
    """The kind of present danger that a text speaks of; a command speaks of none."""
    danger = None if not text or text.startswith("/") else check.look(text)
    return danger.kind if danger else None


async def say_danger(session: AsyncSession, conversation: Conversation, turn_id: int, kind: str) -> None:
    """The right number for a present danger, once for each turn and kind."""
    await say(
        session,
        conversation,
        {"key": f"danger.{kind}"},
        dedupe_key=f"{DANGER}{turn_id}:{kind}",
        turn_id=turn_id,
    )


def _short(text: str | None) -> str | None:
    return text[:LONGEST_NAME] if text else text


def _kept(incoming: Incoming) -> Incoming:
    """The update without the phone of a shared contact: nobody asked for it, so it is not kept."""
    if incoming.contact is None:
        return incoming
    return replace(incoming, contact=replace(incoming.contact, phone=""))


def without_phone(raw: Any) -> Any:
    """The same JSON with the phones of contacts taken out."""
    if isinstance(raw, dict):
        return {name: "" if name in _PHONES else without_phone(value) for name, value in raw.items()}
    if isinstance(raw, list):
        return [without_phone(value) for value in raw]
    return raw
