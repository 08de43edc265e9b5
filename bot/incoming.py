"""One update of any messenger in one shape: what a channel hands to the inbox.

A channel (Telegram, Bale, web chat, terminal) turns its own wire format into `Incoming`; everything behind the
inbox knows only this. `raw` is what came over the wire, kept for repair and for the operator.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, Literal

ChannelName = Literal["telegram", "bale", "webchat", "terminal"]
ChatKind = Literal["private", "group"]
Membership = Literal["gone", "back"]
AttachmentKind = Literal["photo", "document", "voice", "audio", "video", "animation", "sticker"]


def _sound(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


@dataclass(frozen=True)
class IncomingAttachment:
    """A file that lies at the messenger. `size` in bytes, `duration` in seconds."""

    kind: AttachmentKind
    file_id: str
    mime_type: str | None = None
    size: int | None = None
    file_name: str | None = None
    duration: int | None = None


@dataclass(frozen=True)
class IncomingContact:
    """A shared contact; `own` only where the messenger proves that it is the sender's own."""

    phone: str
    own: bool


@dataclass(frozen=True)
class Incoming:
    """One update. `update_id`, `chat_id`, `sender_id` and `message_id` are strings on every channel
    (Bale's ids exceed 2^31 and may be negative)."""

    channel: ChannelName
    update_id: str
    chat_id: str
    sender_id: str
    chat_kind: ChatKind = "private"
    sender_name: str | None = None
    message_id: str | None = None
    sent_at: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    text: str = ""
    """The text, or the caption of a photo or file."""
    button_token: str | None = None
    """What a pressed button carried (callback_data)."""
    callback_id: str | None = None
    pin: tuple[float, float] | None = None
    """(latitude, longitude) in degrees, WGS 84."""
    attachments: tuple[IncomingAttachment, ...] = ()
    contact: IncomingContact | None = None
    reply_to: str | None = None
    album_id: str | None = None
    edited: bool = False
    forwarded: bool = False
    addressed: bool = True
    """False for a message in a group that is not addressed to the bot, and for what is no message of a citizen."""
    other: str | None = None
    """What it is instead of a message (a channel post, a payment): kept as a dead letter."""
    membership: Membership | None = None
    """She has blocked the bot, or let it in again."""
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def content_hash(self) -> str:
        """A hash of what counts as the content: the same update delivered again has the same one."""
        known = self._without_raw()
        known["sent_at"] = self.sent_at.isoformat() if self.raw else ""
        return hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode()).hexdigest()

    def carried(self) -> Incoming:
        """Without what no database and no wire can carry: NUL, and halves of a character outside the BMP."""
        name = self.sender_name
        return replace(self, text=_sound(self.text), sender_name=_sound(name) if name else name)

    def to_json(self) -> dict[str, Any]:
        """Without `raw`, for the inbox row."""
        known = self._without_raw()
        known["sent_at"] = self.sent_at.isoformat()
        return known

    def _without_raw(self) -> dict[str, Any]:
        known = asdict(replace(self, raw={}))  # which would be copied piece by piece
        known.pop("raw")
        return known

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Incoming:
        known = dict(stored)
        known["sent_at"] = datetime.fromisoformat(known["sent_at"])
        known["pin"] = tuple(known["pin"]) if known.get("pin") else None
        known["attachments"] = tuple(IncomingAttachment(**a) for a in known.get("attachments", ()))
        known["contact"] = IncomingContact(**known["contact"]) if known.get("contact") else None
        return cls(**known)
