"""The durable inbound queue: an update is stored, and only then acknowledged by its channel.

The same update again (channel, id, content) changes nothing. Free texts of one person shortly after each other, and
the photos of an album, become one turn; the grouping is stored with the updates.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.incoming import Incoming
from casework.conversations import conversation_of, next_seq
from casework.store import Store
from casework.tables import Attachment, Conversation, DeadLetter, InboxUpdate, Turn, utc_now

GROUP_AT_MOST = timedelta(seconds=5)
ALBUM = timedelta(seconds=1)


@dataclass(frozen=True)
class Inbox:
    """`grouping`: how long a free text waits for another one of the same person, in seconds; 0 for measurements."""

    store: Store
    grouping: float = 1.5

    async def receive(self, incoming: Incoming) -> bool:
        """Store an update. True where it is new, False where it was there already. Raises only database errors."""
        if not incoming.addressed:
            return False  # what people say to each other in a group is none of our business, and not kept
        for attempt in range(3):
            try:
                async with self.store.write() as session:
                    return await self._receive(session, incoming)
            except IntegrityError:
                # Two processes stored the same update, or opened the same conversation, at the same moment.
                if attempt == 2:
                    raise
        raise AssertionError

    async def dead_letter(self, channel: str, update_id: str | None, raw: str, reason: str) -> None:
        """Keep an update that cannot be read; the same one once."""
        digest = hashlib.sha256(raw.encode()).hexdigest()
        async with self.store.write() as session:
            known = select(DeadLetter.id).where(DeadLetter.channel == channel, DeadLetter.content_hash == digest)
            if await session.scalar(known) is None:
                session.add(
                    DeadLetter(channel=channel, update_id=update_id, content_hash=digest, raw=raw, reason=reason)
                )

    async def _receive(self, session: AsyncSession, incoming: Incoming) -> bool:
        known = await session.scalar(
            select(InboxUpdate).where(
                InboxUpdate.channel == incoming.channel,
                InboxUpdate.update_id == incoming.update_id,
                InboxUpdate.content_hash == incoming.content_hash,
            )
        )
        if known is not None:
            known.deliveries += 1
            return False
        conversation = await conversation_of(
            session,
            channel=incoming.channel,
            chat_id=incoming.chat_id,
            chat_kind=incoming.chat_kind,
            sender_id=incoming.sender_id,
            name=incoming.sender_name,
        )
        turn = await self._turn_for(session, conversation, incoming)
        update = InboxUpdate(
            channel=incoming.channel,
            update_id=incoming.update_id,
            content_hash=incoming.content_hash,
            conversation_id=conversation.id,
            turn_id=turn.id,
            seq=next_seq(conversation),
            message=incoming.to_json(),
            raw=incoming.raw,
        )
        session.add(update)
        await session.flush()
        for file in incoming.attachments:
            session.add(
                Attachment(
                    conversation_id=conversation.id,
                    update_id=update.id,
                    kind=file.kind,
                    file_id=file.file_id,
                    mime_type=file.mime_type,
                    size=file.size,
                    file_name=file.file_name,
                )
            )
        return True

    async def _turn_for(self, session: AsyncSession, conversation: Conversation, incoming: Incoming) -> Turn:
        """The turn that this update joins, or a new one."""
        now = utc_now()
        wait = self._waits(conversation, incoming)
        if wait is not None:
            joined = await session.scalar(
                select(Turn)
                .where(Turn.conversation_id == conversation.id, Turn.state == "waiting", Turn.open_until >= now)
                .order_by(Turn.id.desc())
                .limit(1)
                .with_for_update()
            )
            if joined is not None and joined.album_id == incoming.album_id:
                joined.due_at = joined.open_until = min(now + wait, joined.created_at + GROUP_AT_MOST)
                return joined
        due = now + wait if wait is not None else now
        turn = Turn(
            conversation_id=conversation.id,
            due_at=due,
            open_until=due if wait is not None else None,
            album_id=incoming.album_id,
            created_at=now,
        )
        session.add(turn)
        await session.flush()
        return turn

    def _waits(self, conversation: Conversation, incoming: Incoming) -> timedelta | None:
        """How long others may join: an album always, a free text unless a question is open; else nothing waits."""
        if incoming.album_id:
            return ALBUM
        free_text = bool(incoming.text) and not (incoming.button_token or incoming.pin or incoming.edited)
        if free_text and not conversation.awaiting_answer and not incoming.text.startswith("/") and self.grouping > 0:
            return timedelta(seconds=self.grouping)
        return None


