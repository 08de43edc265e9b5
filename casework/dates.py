"""Jalali dates and lengths of time, as citizens read them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDateTime

from persian.digits import to_persian

TEHRAN = ZoneInfo("Asia/Tehran")


def jalali(moment: datetime) -> str:
    """`۴ آذر ۱۴۰۵`, in Tehran's time."""
    local = JalaliDateTime.fromtimestamp(moment.timestamp(), TEHRAN)
    return to_persian(f"{local.day} {local.strftime('%B %Y', locale='fa')}")


def day_and_month(moment: datetime) -> str:
    """`۴ آذر`, in Tehran's time."""
    local = JalaliDateTime.fromtimestamp(moment.timestamp(), TEHRAN)
    return to_persian(f"{local.day} {local.strftime('%B', locale='fa')}")


def days_of(hours: int) -> int:
    """Whole days, rounded up."""
    return -(-hours // 24)
