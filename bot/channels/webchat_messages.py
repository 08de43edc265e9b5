"""What a browser posts, checked and turned into `Incoming`.

BadMessage              the code the page turns into a sentence, and the HTTP status
"""

from __future__ import annotations

import json
import unicodedata
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.attachment_content import type_of
from bot.channels.webchat_session import Sessions
from bot.incoming import Incoming, IncomingAttachment

MAX_TEXT = 4000
MAX_BODY_BYTES = 64 * 1024
MAX_ATTACHMENTS = 5
MAX_UPLOAD_BYTES = 15 * 1024 * 1024
MAX_TOKEN = 200


@dataclass(eq=False)
class BadMessage(Exception):
    """`code`: bad_request, empty, too_long, too_many_files, too_large, wrong_type, bad_upload."""

    code: str
    status: int = 400


@dataclass(frozen=True)
class FileType:
    kind: Any
    mime_type: str


def message_from(body: bytes, chat_id: str, sessions: Sessions) -> Incoming:
    """One message out of the JSON `{"id": uuid, "text"|"button"|"pin"|"attachments": …}`. Raises BadMessage.

    `raw` stays empty on purpose: so the same message sent again has the same content hash.
    """
    try:
        posted = json.loads(body)
        update_id = str(uuid.UUID(posted["id"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadMessage("bad_request") from None
    text = _clean(posted.get("text", ""))
    button = _token(posted.get("button"))
    pin = _pin(posted.get("pin"))
    attachments = _attachments(posted.get("attachments", []), chat_id, sessions)
    if len(text) > MAX_TEXT:
        raise BadMessage("too_long", 413)
    filled = [button is not None, pin is not None, bool(text or attachments)]
    if sum(filled) != 1:
        raise BadMessage("bad_request" if any(filled) else "empty")
    return Incoming(
        channel="webchat",
        update_id=update_id,
        chat_id=chat_id,
        sender_id=chat_id,
        message_id=update_id,
        sent_at=datetime.now(UTC),
        text=text,
        button_token=button,
        callback_id=update_id if button else None,
        pin=pin,
        attachments=attachments,
    )


def _clean(text: Any) -> str:
    """Without what no database or log should meet: control characters and lone surrogates."""
    if not isinstance(text, str):
        raise BadMessage("bad_request")
    kept = (
        c for c in text.replace("\r\n", "\n") if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")
    )
    return "".join(kept).strip()


def _token(button: Any) -> str | None:
    if button is None:
        return None
    if not isinstance(button, str) or not 0 < len(button) <= MAX_TOKEN or not button.isprintable():
        raise BadMessage("bad_request")
    return button


def _pin(pin: Any) -> tuple[float, float] | None:
    if pin is None:
        return None
    try:
        latitude, longitude = (float(part) for part in pin)
    except (TypeError, ValueError, OverflowError):
        raise BadMessage("bad_request") from None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise BadMessage("bad_request")
    return latitude, longitude


def _attachments(handles: Any, chat_id: str, sessions: Sessions) -> tuple[IncomingAttachment, ...]:
    if not isinstance(handles, list):
        raise BadMessage("bad_request")
    if len(handles) > MAX_ATTACHMENTS:
        raise BadMessage("too_many_files", 413)
    found = tuple(sessions.upload(chat_id, handle) if isinstance(handle, str) else None for handle in handles)
    if None in found:
        raise BadMessage("bad_upload")
    return tuple(attachment for attachment in found if attachment is not None)


_KINDS = {"image": "photo", "application": "document", "audio/ogg": "voice"}


def file_type(content: bytes) -> FileType:
    """The type of a file by its first bytes, never by its name. Raises BadMessage for what we do not take."""
    mime = type_of(content)
    if mime is None:
        raise BadMessage("wrong_type", 415)
    kind = mime.partition("/")[0]
    return FileType(_KINDS.get(mime) or _KINDS.get(kind) or kind, mime)


def file_name(name: str) -> str:
    """A name fit to be shown and stored: no path, no control characters, at most 100 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[-100:].strip(" .") or "file"
