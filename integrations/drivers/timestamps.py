"""Times on the wire: ISO 8601 with offset, never fractions on the way out, anything sensible on the way
in."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

CITY_TIME = ZoneInfo("Asia/Tehran")


def to_wire(moment: datetime) -> str:
    """`2026-11-25T05:20:00Z` of an aware time (some servers refuse fractions: open311-adapter's pattern)."""
    if moment.tzinfo is None:
        raise ValueError("a time without offset cannot be sent")
    return moment.astimezone(timezone.utc).replace(microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_wire(text: object) -> datetime | None:
    """An aware time in UTC, or None where `text` is no time. Without an offset it is taken as the city's
    time."""
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=CITY_TIME)
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError:
        return None
