"""What lies in the database. The way of one message down the page: update -> turn -> request -> delivery -> reply.

Times are UTC. Ids of messengers are strings (Bale's exceed 2^31). JSON columns hold what only one package reads:
`conversations.position` (actions), `inbox_updates.message` (bot), `outbox_messages.content` (actions -> bot).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.table_base import Base as Base
from casework.table_base import UtcDateTime as UtcDateTime
from casework.table_base import conversation_index, due_index
from casework.table_base import is_open as is_open
from casework.table_base import not_ended as not_ended
from casework.table_base import rows_of as rows_of
from casework.table_base import utc_now as utc_now


class Person(Base):
    """One per (bot, sender). The phone is encrypted (casework.privacy) and only there if she gave it."""

    __tablename__ = "persons"
    __table_args__ = (UniqueConstraint("channel", "sender_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    sender_id: Mapped[str]
    name: Mapped[str | None]
    phone_encrypted: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Conversation(Base):
    """A chat with its position in the dialogue; `position_version` grows with each turn that changes it."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("channel", "chat_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    chat_id: Mapped[str]
    chat_kind: Mapped[str] = mapped_column(default="private")
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    position: Mapped[dict[str, Any]] = mapped_column(default=dict)
    position_version: Mapped[int] = mapped_column(default=0)
    awaiting_answer: Mapped[bool] = mapped_column(default=False)
    held_by: Mapped[str | None]
    """The operator who holds the conversation; turns then go to her thread."""
    unreachable_since: Mapped[datetime | None]
    last_seq: Mapped[int] = mapped_column(default=0)
    """Counts what was said by either side: `inbox_updates.seq` and `outbox_messages.seq`."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)


class Turn(Base):
    """One or more updates of one conversation that are answered together."""

    __tablename__ = "turns"
    __table_args__ = (
        due_index("ix_turns_due", "due_at", "id"),
        conversation_index("ix_turns_of_conversation", "conversation_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    state: Mapped[str] = mapped_column(default="waiting")
    """waiting, working, done, failed (an operator's task)"""
    open_until: Mapped[datetime | None]
    """Until then further free texts join this turn; null where nothing may join."""
    album_id: Mapped[str | None]
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    understanding: Mapped[dict[str, Any] | None]
    told_waiting: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    done_at: Mapped[datetime | None]


class InboxUpdate(Base):
    """An update as it came, stored before it is acknowledged. Same (bot, id, content) is the same update."""

    __tablename__ = "inbox_updates"
    __table_args__ = (UniqueConstraint("channel", "update_id", "content_hash"), Index(None, "turn_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    update_id: Mapped[str]
    content_hash: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    turn_id: Mapped[int | None] = mapped_column(ForeignKey("turns.id"))
    seq: Mapped[int] = mapped_column(default=0)
    message: Mapped[dict[str, Any]]
    raw: Mapped[dict[str, Any]]
    deliveries: Mapped[int] = mapped_column(default=1)
    """How often the messenger delivered it."""
    received_at: Mapped[datetime] = mapped_column(default=utc_now)


class DeadLetter(Base):
    """An update that could not be read, kept for an operator."""

    __tablename__ = "dead_letters"
    __table_args__ = (UniqueConstraint("channel", "content_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    update_id: Mapped[str | None]
    content_hash: Mapped[str] = mapped_column(String(64))
    raw: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(default=utc_now)


class ButtonToken(Base):
    """What a button stands for. Bound to its conversation and, unless `version` is null, to a position; once."""

    __tablename__ = "button_tokens"

    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    version: Mapped[int | None]
    label: Mapped[str]
    action: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    used_at: Mapped[datetime | None]


ANSWER = "answer"
"""The kind of an attachment that a municipal system shows of its work; `file_id` is its address."""


class Attachment(Base):
    """A file a citizen sent: first only its id at the messenger, then (state `kept`) a file of ours. Or the photo by
    which a municipal system shows what it has done (`ANSWER`)."""

    __tablename__ = "attachments"
    __table_args__ = (Index(None, "state", "next_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    update_id: Mapped[int | None] = mapped_column(ForeignKey("inbox_updates.id"), index=True)
    service_request_id: Mapped[int | None] = mapped_column(ForeignKey("service_requests.id"), index=True)
    addition_id: Mapped[int | None] = mapped_column(ForeignKey("additions.id"))
    """Of a file that came when the request had gone out: with what it goes to the system."""
    kind: Mapped[str]
    file_id: Mapped[str] = mapped_column(Text)
    mime_type: Mapped[str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    """In bytes; Telegram takes files of more than 2^31."""
    file_name: Mapped[str | None]
    path: Mapped[str | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(default="remote")
    """remote, kept, refused (too large, wrong type), lost (the messenger no longer has it)"""
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(default=utc_now)
    error: Mapped[str | None] = mapped_column(Text)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    """Where a picture was taken, read from it before it was drawn anew; degrees, WGS 84."""
    transcript: Mapped[str | None] = mapped_column(Text)
    """What a recogniser heard in a voice message (`bot.speech`)."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class ServiceRequest(Base):
    """What a citizen asks of the city. Filed once by (conversation, draft, issue of the draft)."""

    __tablename__ = "service_requests"
    __table_args__ = (
        UniqueConstraint("conversation_id", "draft_id", "issue"),
        Index(None, "person_id", "created_at"),
        Index(None, "status", "updated_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tracking_number: Mapped[str] = mapped_column(String(10), unique=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    draft_id: Mapped[str] = mapped_column(String(32))
    issue: Mapped[int] = mapped_column(default=0)
    channel: Mapped[str]
    service_code: Mapped[str] = mapped_column(index=True)
    description: Mapped[str] = mapped_column(Text)
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    place: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{"text", "name", "kind", "lat", "lon"} as far as known"""
    district: Mapped[str]
    """"1"…"12", samen, unknown, outside"""
    status: Mapped[str] = mapped_column(default="registered")
    status_notes: Mapped[str | None] = mapped_column(Text)
    system: Mapped[str]
    agency: Mapped[str]
    visibility: Mapped[str] = mapped_column(default="never")
    expected_at: Mapped[datetime | None]
    status_source_at: Mapped[datetime | None]
    """The system's own time of the newest status taken over; older news never overwrites it."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)
    closed_at: Mapped[datetime | None]
    asked_again_at: Mapped[datetime | None]
    """When the clock asked once more whether it is solved; null again with every news."""


class StatusChange(Base):
    """One step in the life of a request, never changed afterwards."""

    __tablename__ = "status_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    service_request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"), index=True)
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    changed_by: Mapped[str]
    """citizen, system, operator, clock"""
    notes: Mapped[str | None] = mapped_column(Text)
    raw_status: Mapped[str | None]
    source_at: Mapped[datetime | None]
    at: Mapped[datetime] = mapped_column(default=utc_now)


class Addition(Base):
    """What was said of a request after it was filed; never changed afterwards. `key`: whoever says the same again."""

    __tablename__ = "additions"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    service_request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"), index=True)
    words: Mapped[str] = mapped_column(Text)
    reopens: Mapped[bool] = mapped_column(default=False)
    """She says that it is still not solved."""
    said_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Delivery(Base):
    """The way of one request, or of one addition to it, into one municipal system; `key` is the same at every
    attempt. An addition waits for what was to go there before it."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(None, "service_request_id", "system"),
        Index(None, "state", "next_at"),
        Index(None, "system", "external_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    service_request_id: Mapped[int] = mapped_column(ForeignKey("service_requests.id"))
    addition_id: Mapped[int | None] = mapped_column(ForeignKey("additions.id"))
    """Null: the request itself. Else `external_id` is the system's number of the addition."""
    system: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    """waiting, working, sent, token (a batch token is polled), manual (a person files it), dead (an operator's task)"""
    attempts: Mapped[int] = mapped_column(default=0)
    ambiguous: Mapped[bool] = mapped_column(default=False)
    """The last attempt may have arrived: look up before sending again."""
    next_at: Mapped[datetime] = mapped_column(default=utc_now)
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    external_id: Mapped[str | None]
    external_token: Mapped[str | None]
    raw_status: Mapped[str | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    sent_at: Mapped[datetime | None]


class MessengerState(Base):
    """How receiving from a messenger goes, told by the `bot` role for those who cannot ask it (`/readyz`, web chat)."""

    __tablename__ = "messenger_states"

    channel: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str | None]
    """The bot's name there, for links to it."""
    state: Mapped[str]
    detail: Mapped[str] = mapped_column(Text, default="")
    last_contact: Mapped[datetime | None]
    told_at: Mapped[datetime] = mapped_column(default=utc_now)


class Block(Base):
    """Somebody whose messages are not worked on: one sender of a channel, or a network of the web chat."""

    __tablename__ = "blocks"
    __table_args__ = (Index(None, "channel", "sender_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    sender_id: Mapped[str | None]
    network: Mapped[str | None]
    reason: Mapped[str] = mapped_column(Text)
    blocked_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    until: Mapped[datetime | None]
    """Null: until it is lifted."""
    lifted_at: Mapped[datetime | None]


class FollowCode(Base):
    """A code from the web chat's slip, sent to a bot: the same person follows her requests there. Once."""

    __tablename__ = "follow_codes"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiKey(Base):
    """Who may file over Open311. The key itself is shown once; here lies its SHA-256 (it is 32 random bytes)."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    services: Mapped[list[Any] | None]
    """The service codes it may file; null: all."""
    per_minute: Mapped[int] = mapped_column(default=60)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    revoked_at: Mapped[datetime | None]


class SyncMark(Base):
    """Up to where the status of a system has been read."""

    __tablename__ = "sync_marks"

    system: Mapped[str] = mapped_column(primary_key=True)
    high_water: Mapped[datetime]


class OutboxMessage(Base):
    """A message to a citizen, written with what caused it; sent in the order of `seq` per conversation."""

    __tablename__ = "outbox_messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("dedupe_key"),
        due_index("ix_outbox_messages_due", "next_at", "id"),
        conversation_index("ix_outbox_messages_of_conversation", "conversation_id", "seq"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    turn_id: Mapped[int | None] = mapped_column(ForeignKey("turns.id"))
    service_request_id: Mapped[int | None] = mapped_column(ForeignKey("service_requests.id"))
    dedupe_key: Mapped[str]
    content: Mapped[dict[str, Any]]
    """{"key", "variables", "buttons", "keyboard"}: a text of data/messages with what goes into it"""
    state: Mapped[str] = mapped_column(default="waiting")
    """waiting, working, sent, refused (an operator's task), gone (she blocked the bot: waits until she writes)"""
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(default=utc_now)
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    message_id: Mapped[str | None]
    """The messenger's id of it; of a long text the ids of all its parts, with spaces between."""
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    sent_at: Mapped[datetime | None]


class OperatorTask(Base):
    """Something a person has to look at."""

    __tablename__ = "operator_tasks"
    __table_args__ = (UniqueConstraint("dedupe_key"), Index(None, "state", "created_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """handoff, note, failed_turn, manual_delivery, dead_delivery, system_down, unknown_status, refused_message, mail,
    addition"""
    dedupe_key: Mapped[str]
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"))
    service_request_id: Mapped[int | None] = mapped_column(ForeignKey("service_requests.id"))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(default="open")
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    closed_at: Mapped[datetime | None]
    closed_note: Mapped[str | None] = mapped_column(Text)


class AuditEntry(Base):
    """Who did what to which request; no message text, no phone."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=utc_now)
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class LearningExample(Base):
    """What a citizen's choice taught: her words (personal data taken out) and what they meant."""

    __tablename__ = "learning_examples"
    __table_args__ = (UniqueConstraint("dedupe_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dedupe_key: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    service_code: Mapped[str]
    predicted: Mapped[str | None]
    how: Mapped[str]
    """confirmed, chosen, corrected"""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
