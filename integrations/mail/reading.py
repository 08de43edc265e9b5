"""What a desk wrote: one mail as it came from the wire, read without trusting any of it.

Kept are the words above our cut line (or above the first sign of a quotation), and pictures. Whatever is wrong with a
mail, reading it never raises: an operator gets what could be made out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any

from lxml import html  # type: ignore[import-untyped]

from integrations.mail.letter import CUT, WORDS

LONGEST = 4_000
"""Letters of a reply; what is longer stays in the file of the mail."""
MOST_PICTURES = 5
SMALLEST_PICTURE = 15_000
"""Bytes; what is smaller is a logo below a signature."""
_QUOTED = re.compile("|".join(WORDS["quoted"]), re.IGNORECASE)
"""How programs begin what they quote."""
_BLOCKS = frozenset(("br", "p", "div", "tr", "li", "h1", "h2", "h3", "blockquote"))


@dataclass(frozen=True)
class Reply:
    """`words`: what was newly written. `at`: the mail's own time, never later than now. `automatic`: no person
    wrote it. `bounced`: a server says that our letter did not arrive."""

    sender: str
    subject: str
    words: str
    at: datetime
    automatic: bool = False
    bounced: bool = False
    pictures: tuple[bytes, ...] = ()


def read_reply(raw: bytes, envelope_sender: str | None, now: datetime) -> Reply:
    """`envelope_sender`: SMTP's MAIL FROM, empty for a server's own report. `now` is aware."""
    message = message_from_bytes(raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    envelope_sender = (envelope_sender or "").strip("<>")
    automatic = _is_automatic(message)
    return Reply(
        sender=parseaddr(_header(message, "From"))[1][:120] or envelope_sender[:120],
        subject=_header(message, "Subject")[:200],
        words=newly_written(_text(message))[:LONGEST],
        at=_time(_header(message, "Date"), now),
        automatic=automatic,
        bounced=_has_bounced(message, raw, envelope_sender, automatic),
        pictures=tuple(_pictures(message)),
    )


def newly_written(text: str) -> str:
    """The lines above our cut line, or above what looks like a quotation."""
    kept: list[str] = []
    for line in text.replace("\x00", "").splitlines():
        bare = line.strip(" \t\u200e\u200f\u202a\u202b\u202c>*|")
        if CUT in bare or _QUOTED.match(line.strip(" \t\u200e\u200f\u202a\u202b\u202c*")):
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip()


def _header(message: EmailMessage, name: str) -> str:
    # The parser of headers is known to stumble over some malformed ones.
    try:
        return " ".join(str(message.get(name, "")).split())
    except Exception:
        return ""


def _is_automatic(message: EmailMessage) -> bool:
    """RFC 3834, and what other programs say instead."""
    if message.get_content_type() == "multipart/report":  # late, or read
        return True
    said = _header(message, "Auto-Submitted").lower()
    if said and not said.startswith("no"):
        return True
    if _header(message, "Precedence").lower() in ("bulk", "junk", "auto_reply", "list"):
        return True
    return any(_header(message, name) for name in ("X-Autoreply", "X-Autorespond", "List-Id"))


def _has_bounced(message: EmailMessage, raw: bytes, envelope_sender: str, automatic: bool) -> bool:
    """A server's report that delivery failed (RFC 3464; not that it is only late), or its plain word for it."""
    if message.get_content_type() == "multipart/report":
        return b"action: failed" in raw.lower()
    return not envelope_sender and not automatic


def _time(said: str, now: datetime) -> datetime:
    try:
        at = parsedate_to_datetime(said)
        at = at.replace(tzinfo=timezone.utc) if at.tzinfo is None else at.astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return now
    return min(at, now)


def _text(message: EmailMessage) -> str:
    try:
        body = message.get_body(("plain", "html"))
    except Exception:
        body = None
    if body is None:
        return ""
    text = _decoded(body)
    return _without_markup(text) if body.get_content_subtype() == "html" else text


def _decoded(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except Exception:  # an unknown charset, or broken base64
        content: Any = part.get_payload(decode=True)
        return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""


def _without_markup(text: str) -> str:
    try:
        tree = html.fromstring(text)
    except Exception:
        return ""
    for element in tree.iter():
        if element.tag in ("script", "style", "head", "title"):
            element.text = None
        if element.tag in _BLOCKS:
            element.tail = "\n" + (element.tail or "")
            if element.tag != "br":
                element.text = "\n" + (element.text or "")
    lines = (" ".join(line.split()) for line in "".join(tree.itertext()).splitlines())
    return "\n".join(line for line in lines if line)


def _pictures(message: EmailMessage) -> Iterator[bytes]:
    found = 0
    for part in message.walk():
        if found < MOST_PICTURES and part.get_content_maintype() == "image":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and len(content) >= SMALLEST_PICTURE:
                found += 1
                yield content
