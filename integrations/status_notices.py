"""Status that a municipal system sends us by itself: `POST /webhooks/systems/NAME`, signed.

    X-Hamyar-Timestamp: 1764061200                      seconds since 1970
    X-Hamyar-Signature: sha256=HEX                      HMAC-SHA256(secret, timestamp + "." + body)
    {"updates": [{"service_request_id": "…", "status": "…", "status_notes": "…", "updated_datetime": "…",
                  "agency_responsible": "…", "media_url": ["…"]}]}
                                                        Open311's names; the first two are required

The same rules hold as for what is polled (`StatusReports.take`): a notice that comes twice or late turns nothing back.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from integrations.drivers import StatusReport
from integrations.drivers.timestamps import from_wire
from integrations.system import System

TIMESTAMP_HEADER, SIGNATURE_HEADER = "X-Hamyar-Timestamp", "X-Hamyar-Signature"
WINDOW_SECONDS = 300
"""A notice that was recorded is of no use to a thief after this, and the system's clock may be wrong by so much."""
LARGEST_BODY = 256 * 1024
MOST_UPDATES = 1000


class NoticeRefused(Exception):
    """`status` is HTTP's. The text is for the system's developers and holds nothing of the body."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What stands in X-Hamyar-Signature."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def read_notice(system: System, headers: Mapping[str, str], body: bytes, now: float) -> list[StatusReport]:
    """The reports of a notice, oldest first. `now` in seconds since 1970. Raises NoticeRefused."""
    if system.webhook_secret is None:
        raise NoticeRefused(404, "this system has no webhook")
    timestamp = headers.get(TIMESTAMP_HEADER, "")
    given = headers.get(SIGNATURE_HEADER, "")
    if not hmac.compare_digest(
        given.encode("utf-8", "replace"), signature(system.webhook_secret, timestamp, body).encode()
    ):
        raise NoticeRefused(403, f"{SIGNATURE_HEADER} does not fit {TIMESTAMP_HEADER} and body")
    if not timestamp.isascii() or not timestamp.isdigit() or abs(now - int(timestamp)) > WINDOW_SECONDS:
        raise NoticeRefused(403, f"{TIMESTAMP_HEADER} is more than {WINDOW_SECONDS} seconds from our clock")
    try:
        document = json.loads(body)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise NoticeRefused(400, "the body is no JSON") from None
    updates = document.get("updates") if isinstance(document, dict) else None
    if not isinstance(updates, list) or len(updates) > MOST_UPDATES:
        raise NoticeRefused(400, f"updates must be a list of {MOST_UPDATES} at most")
    reports = [_report(system, number, update) for number, update in enumerate(updates)]
    dated = sorted((r for r in reports if r.updated_at), key=lambda r: (r.updated_at, r.external_id))
    return [*dated, *(r for r in reports if not r.updated_at)]


def _report(system: System, number: int, update: Any) -> StatusReport:
    if not isinstance(update, dict):
        raise NoticeRefused(400, f"updates[{number}] must be an object")
    external_id, raw = _text(update, "service_request_id"), _text(update, "status")
    if external_id is None or raw is None:
        raise NoticeRefused(400, f"updates[{number}] needs service_request_id and status")
    said = update.get("updated_datetime")
    updated_at = from_wire(said)
    if said is not None and updated_at is None:
        raise NoticeRefused(400, f"updates[{number}].updated_datetime is no ISO 8601 time")
    return StatusReport(
        external_id=external_id,
        raw_status=raw,
        status=system.our_status(raw),
        notes=_text(update, "status_notes"),
        updated_at=updated_at,
        agency=_text(update, "agency_responsible"),
        photos=_photos(update.get("media_url")),
        raw=update,
    )


def _photos(value: Any) -> tuple[str, ...]:
    """One address, or a list of them."""
    urls = value if isinstance(value, list) else [value]
    return tuple(url.strip() for url in urls if isinstance(url, str) and url.strip())


def _text(update: Mapping[str, Any], name: str) -> str | None:
    value = update.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).replace("\x00", "").strip() or None
