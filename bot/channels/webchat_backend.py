"""The web chat on the database: what is sent goes to the inbox, the thread is read from both queues."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.dialogue import Knowledge
from actions.texts import TextError
from bot.channels.webchat_messages import file_type
from bot.channels.webchat_thread import Card, ThreadAttachment, ThreadItem
from bot.inbox import Inbox
from bot.incoming import Incoming, IncomingAttachment
from bot.outbox import render_row
from bot.outgoing import InlineButton
from casework.addresses import shown_to_her
from casework.following import valid_code
from casework.store import Store
from casework.tables import (
    ButtonToken,
    Conversation,
    InboxUpdate,
    MessengerState,
    OutboxMessage,
    ServiceRequest,
)
from persian.digits import to_latin

log = structlog.get_logger()

DEEP_LINKS = {
    "bale": "https://ble.ir/{username}?start={code}",
    "telegram": "https://t.me/{username}?start={code}",
}
"""https://core.telegram.org/bots/features#deep-linking; Bale has the same under its own host."""
UPLOADS = "webchat"
"""Below the attachments folder; `bot.attachments` takes files over from here."""


@dataclass(frozen=True)
class DatabaseWebChat:
    """`WebChatBackend` on the store. `attachments` is HAMYAR_ATTACHMENTS."""

    store: Store
    inbox: Inbox
    knowledge: Knowledge
    attachments: Path

    async def receive(self, incoming: Incoming) -> None:
        await self.inbox.receive(incoming)

    async def thread(self, chat_id: str, after_seq: int) -> list[ThreadItem]:
        """Both sides in the order in which it was said."""
        async with self.store.read() as session:
            conversation = await session.scalar(
                select(Conversation).where(Conversation.channel == "webchat", Conversation.chat_id == chat_id)
            )
            if conversation is None or conversation.last_seq <= after_seq:
                return []
            said = await session.scalars(
                select(InboxUpdate).where(
                    InboxUpdate.conversation_id == conversation.id, InboxUpdate.seq > after_seq
                )
            )
            items = [_citizens(update) for update in said]
            rows = await session.scalars(
                select(OutboxMessage).where(
                    OutboxMessage.conversation_id == conversation.id, OutboxMessage.seq > after_seq
                )
            )
            for row in rows.all():
                try:
                    items.append(await self._citys(session, conversation, row))
                except (TextError, KeyError) as error:
                    # Its text is gone from data/messages since: one old message less, not the whole thread.
                    log.error("not_rendered", outbox=row.id, error=type(error).__name__)
        return sorted(items, key=lambda item: item.seq)

    async def store_upload(self, chat_id: str, filename: str, content: bytes) -> IncomingAttachment:
        """Keep the file under a name of ours; its type is read from its bytes. Raises BadMessage."""
        kind = file_type(content)
        name = secrets.token_hex(16)
        await asyncio.to_thread(_write, self.attachments / UPLOADS / name, content)
        return IncomingAttachment(
            kind=kind.kind, file_id=name, mime_type=kind.mime_type, size=len(content), file_name=filename
        )

    async def _citys(
        self, session: AsyncSession, conversation: Conversation, row: OutboxMessage
    ) -> ThreadItem:
        message = await render_row(session, row.content, self.knowledge)
        card = await self._card(session, row)
        if card is not None:  # the slip says the rest
            message = replace(
                message, text=self.knowledge.texts.say("filed.beside_card", row.content["variables"])
            )
        return ThreadItem(
            seq=row.seq,
            author="city",
            text=message.text,
            at=row.created_at,
            inline=message.inline,
            keyboard=message.keyboard,
            card=card,
            buttons_open=await _open(session, conversation, row.content),
        )

    async def _card(self, session: AsyncSession, row: OutboxMessage) -> Card | None:
        """The slip to keep, for the message that says that a request is filed."""
        if row.content["key"] != "filed.text":
            return None
        known: dict[str, Any] = row.content["variables"]
        request = await session.scalar(
            select(ServiceRequest).where(ServiceRequest.tracking_number == _digits(known["number"]))
        )
        place = (request.place or {}) if request else {}
        is_here = request is not None and request.conversation_id == row.conversation_id
        return Card(
            tracking_number_shown=known["number"],
            service=known["service"],
            place=shown_to_her(place) or None,
            agency=known["agency"],
            usual_time=known["expected"] or None,
            links=await self._links(session, row.conversation_id) if is_here else (),
        )

    async def _links(self, session: AsyncSession, conversation_id: int) -> tuple[InlineButton, ...]:
        """Ways to follow it on the messengers that this city has: each with the same code, which works once."""
        code = await valid_code(session, conversation_id)
        if code is None:
            return ()
        bots = await session.scalars(select(MessengerState).where(MessengerState.username.is_not(None)))
        return tuple(
            InlineButton(
                self.knowledge.texts.say(f"follow.{bot.channel}"),
                url=DEEP_LINKS[bot.channel].format(username=bot.username, code=code),
            )
            for bot in sorted(bots, key=lambda bot: bot.channel)
            if bot.channel in DEEP_LINKS
        )


def _citizens(update: InboxUpdate) -> ThreadItem:
    incoming = Incoming.from_json(update.message)
    return ThreadItem(
        seq=update.seq,
        author="citizen",
        text=incoming.text,
        at=update.received_at,
        attachments=tuple(ThreadAttachment(file.kind, file.file_name) for file in incoming.attachments),
        update_id=incoming.update_id,
        pressed=incoming.button_token,
        pin=incoming.pin,
    )


def _digits(shown: str) -> str:
    return "".join(filter(str.isdigit, to_latin(shown)))


async def _open(session: AsyncSession, conversation: Conversation, content: dict[str, Any]) -> bool:
    """False where the message's buttons have been used or belong to an earlier question."""
    tokens = [
        button["token"] for row in content.get("buttons") or () for button in row if button.get("token")
    ]
    if not tokens:
        return True
    buttons = (await session.scalars(select(ButtonToken).where(ButtonToken.token.in_(tokens)))).all()
    return any(
        button.used_at is None and button.version in (None, conversation.position_version)
        for button in buttons
    ) and not any(button.used_at and button.version is not None for button in buttons)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(content)
