"""What the step is told: the message behind a turn's updates, and the facts it may look at."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.dialogue import Facts, Media, Message, Press, RequestView, Understanding
from bot.danger_text import KINDS
from bot.incoming import Incoming
from casework.addresses import shown_to_her
from casework.buttons import redeem
from casework.following import requests_behind
from casework.requests import by_tracking_number, is_own, note_of, own_requests
from casework.tables import (
    Attachment,
    Conversation,
    InboxUpdate,
    OutboxMessage,
    ServiceRequest,
    utc_now,
)
from persian import tracking

DANGER = "danger:"
"""How the keys begin under which the emergency check speaks."""
ALARM_STANDS = timedelta(minutes=10)
"""So long its words are still in sight."""
AFTERWARDS = ("affirm", "thanks", "goodbye", "greet")
"""With these intents she may say that help has come."""
LONGEST_TURN = 8000
"""Characters of one turn: two of the longest messages."""


async def message_of(
    session: AsyncSession,
    conversation: Conversation,
    turn_id: int,
    updates: tuple[Incoming, ...],
    heard: str = "",
) -> Message | None:
    """The turn's updates as one message; None for a second tap of the same button."""
    press = None
    token = next((update.button_token for update in updates if update.button_token), None)
    if token is not None:
        redeemed = await redeem(session, conversation, token)
        if redeemed.again:
            return None
        press = Press(redeemed.action, redeemed.label, redeemed.stale)
    files = await files_of(session, turn_id, updates)
    return Message(
        text=words_of(updates, heard),
        press=press,
        pin=next((update.pin for update in updates if update.pin), None),
        media=tuple(Media(file.id, file.kind) for file in files),
        heard=heard,
        shared_contact=any(update.contact for update in updates),
        own_contact=any(update.contact and update.contact.own for update in updates),
        edited=any(update.edited for update in updates),
        forwarded=any(update.forwarded for update in updates),
        in_group=conversation.chat_kind == "group",
        reply_to=next((update.reply_to for update in updates if update.reply_to), None),
    )


async def files_of(session: AsyncSession, turn_id: int, updates: Sequence[Incoming]) -> Sequence[Attachment]:
    """The files that came with a turn's updates, in their order."""
    if not any(update.attachments for update in updates):
        return ()
    rows = await session.scalars(
        select(Attachment)
        .join(InboxUpdate, Attachment.update_id == InboxUpdate.id)
        .where(InboxUpdate.turn_id == turn_id)
        .order_by(Attachment.id)
    )
    return rows.all()


def words_of(updates: tuple[Incoming, ...], heard: str = "") -> str:
    """What she wrote and what was heard, one below the other; of a flood no more than anybody reads."""
    parts = [update.text for update in updates if update.text]
    return "\n".join([*parts, heard] if heard else parts)[:LONGEST_TURN]


async def facts_for(
    session: AsyncSession,
    conversation: Conversation,
    message: Message,
    understood: Understanding | None,
    *,
    demo: bool,
    turn_id: int | None = None,
) -> Facts:
    """Her own requests, what lies under the numbers she wrote, and what a new request would be called."""
    numbers = list(understood.tracking_numbers) if understood else []
    numbers += [number for number, _, _ in tracking.read(message.text) if number not in numbers]
    found: dict[str, RequestView | None] = {}
    for number in numbers[:5]:
        row = await by_tracking_number(session, number)
        found[number] = view_of(row, conversation) if row else None
    own = await own_requests(session, conversation)
    code = _follow_code(conversation, message)
    return Facts(
        now=utc_now(),
        fresh_draft_id=uuid.uuid4().hex,
        fresh_number=await _fresh_number(session),
        own=tuple(view_of(row, conversation) for row in own),
        found=found,
        replied=await _replied(session, conversation, message.reply_to),
        photo_place=await _photo_place(session, conversation, message),
        follow_code=code,
        to_follow=tuple(view_of(row, conversation) for row in await requests_behind(session, code))
        if code
        else (),
        alarm=await _alarm(session, conversation, message, understood),
        alarmed=await _alarmed(session, turn_id) if understood else "",
        # Nobody can be on duty before the operators' console exists (ROADMAP): the bot promises nothing.
        on_duty=False,
        demo=demo,
    )


async def _replied(
    session: AsyncSession, conversation: Conversation, message_id: str | None
) -> RequestView | None:
    """Her own request that a message of ours spoke of."""
    if message_id is None:
        return None
    row = await session.scalar(
        select(ServiceRequest)
        .join(OutboxMessage, OutboxMessage.service_request_id == ServiceRequest.id)
        .where(OutboxMessage.conversation_id == conversation.id)
        .where((" " + OutboxMessage.message_id + " ").contains(f" {message_id} ", autoescape=True))
        .limit(1)
    )
    return view_of(row, conversation) if row and is_own(row, conversation) else None


async def _photo_place(
    session: AsyncSession, conversation: Conversation, message: Message
) -> tuple[float, float] | None:
    """Where the first picture of the draft that knows it was taken."""
    draft = (conversation.position or {}).get("draft") or {}
    ids = [*(draft.get("media") or ()), *(media.id for media in message.media)]
    if not ids:
        return None
    found = await session.execute(
        select(Attachment.latitude, Attachment.longitude)
        .where(Attachment.id.in_(ids), Attachment.conversation_id == conversation.id)
        .where(Attachment.latitude.is_not(None))
        .order_by(Attachment.id)
        .limit(1)
    )
    row = found.first()
    return (row[0], row[1]) if row and row[0] is not None and row[1] is not None else None


async def _alarm(
    session: AsyncSession, conversation: Conversation, message: Message, understood: Understanding | None
) -> str:
    """What the emergency check said to her a moment ago; looked up only where another body's number may come next."""
    codes = [code for code, _ in understood.ranking[:3]] if understood else []
    codes.append(str(message.press.action.get("service") or "") if message.press else "")
    codes.append(str(((conversation.position or {}).get("draft") or {}).get("service") or ""))
    is_reply = understood is not None and understood.intent in AFTERWARDS
    if not is_reply and not any(code.startswith("not_ours_") for code in codes):
        return ""
    said = await session.scalar(
        select(OutboxMessage.content)
        .where(
            OutboxMessage.conversation_id == conversation.id,
            OutboxMessage.dedupe_key.startswith(DANGER, autoescape=True),
            OutboxMessage.created_at > utc_now() - ALARM_STANDS,
        )
        .order_by(OutboxMessage.seq.desc())
        .limit(1)
    )
    return str(said["key"]) if said else ""


async def _alarmed(session: AsyncSession, turn_id: int | None) -> str:
    """What the emergency check said to this very turn."""
    keys = [f"{DANGER}{turn_id}:{kind}" for kind in KINDS]
    said = await session.scalar(
        select(OutboxMessage.content).where(OutboxMessage.dedupe_key.in_(keys)).limit(1)
    )
    return str(said["key"]) if said else ""


def _follow_code(conversation: Conversation, message: Message) -> str:
    """CODE of «/start CODE»; in a group nothing personal is joined."""
    words = message.text.split()
    is_code = len(words) == 2 and words[0].partition("@")[0] == "/start"
    return words[1] if is_code and conversation.chat_kind == "private" else ""


def view_of(row: ServiceRequest, conversation: Conversation | None = None) -> RequestView:
    """A request as the dialogue may see it; without a conversation as its own citizen sees it."""
    return RequestView(
        id=row.id,
        tracking_number=row.tracking_number,
        service_code=row.service_code,
        status=row.status,
        agency=row.agency,
        created_at=row.created_at,
        updated_at=row.updated_at,
        own=conversation is None or is_own(row, conversation),
        expected_at=row.expected_at,
        notes=note_of(row),
        place=shown_to_her(row.place) or None,
        where={**(row.place or {}), "district": row.district},
    )


async def _fresh_number(session: AsyncSession) -> str:
    """A tracking number that is not taken; the unique key has the last word."""
    while True:
        number = tracking.new()
        if await by_tracking_number(session, number) is None:
            return number
