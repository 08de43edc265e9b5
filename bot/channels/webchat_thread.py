"""What a web chat shows: one item for each message of either side, and its JSON for the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDateTime

from bot.incoming import AttachmentKind
from bot.outgoing import InlineButton, Key
from persian.digits import to_persian

Author = Literal["citizen", "city"]


@dataclass(frozen=True)
class ThreadAttachment:
    """A file in the thread. `url`: a signed expiring address of our own, or None: then only its name is shown."""

    kind: AttachmentKind
    name: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Card:
    """The slip of a filed request. `tracking_number_shown`: grouped, in Persian digits, as the citizen reads it.

    `links`: further ways to follow it (deep links to the messengers).
    """

    tracking_number_shown: str
    service: str
    place: str | None = None
    agency: str | None = None
    status: str | None = None
    usual_time: str | None = None
    links: tuple[InlineButton, ...] = ()


@dataclass(frozen=True)
class ThreadItem:
    """One message of the thread. `seq` grows within a conversation and never changes for a message.

    `update_id`: of a citizen's message, the id her browser gave it (the bubble already shown is found by it).
    `pressed`: of a citizen's press, the token; its label is found in the thread when `text` is empty.
    `keyboard`: the lasting keys from here on; None leaves them, an empty tuple brings back the four of the page.
    `buttons_open`: False when the inline buttons have been used or are void.
    """

    seq: int
    author: Author
    text: str
    at: datetime
    inline: tuple[tuple[InlineButton, ...], ...] = ()
    keyboard: tuple[tuple[Key, ...], ...] | None = None
    attachments: tuple[ThreadAttachment, ...] = ()
    card: Card | None = None
    update_id: str | None = None
    pressed: str | None = None
    pin: tuple[float, float] | None = None
    buttons_open: bool = True


@dataclass(frozen=True)
class ShownTime:
    """A moment as a citizen of `zone` reads it: Jalali day, Persian digits."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Tehran"))

    def clock(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        return to_persian(f"{local:%H:%M}")

    def day(self, at: datetime, now: datetime) -> str:
        """Weekday, day and month; the year only when it is not the present one. `at` and `now` are aware."""
        day = JalaliDateTime(at.astimezone(self.zone))
        weekday, month = day.strftime("%A", locale="fa"), day.strftime("%B", locale="fa")
        shown = f"{weekday} {to_persian(day.day)} {month}"
        if day.year != JalaliDateTime(now.astimezone(self.zone)).year:
            shown += f" {to_persian(day.year)}"
        return shown


def _button(button: InlineButton) -> dict[str, Any]:
    return {"label": button.label, "token": button.token, "url": button.url}


def _card(card: Card) -> dict[str, Any]:
    return {
        "tracking_number_shown": card.tracking_number_shown,
        "service": card.service,
        "place": card.place,
        "agency": card.agency,
        "status": card.status,
        "usual_time": card.usual_time,
        "links": [_button(link) for link in card.links],
    }


def item_json(item: ThreadItem, shown: ShownTime, now: datetime) -> dict[str, Any]:
    """One item as the browser gets it; `age` is in seconds, so that it need not trust the phone's clock."""
    return {
        "seq": item.seq,
        "author": item.author,
        "text": item.text,
        "inline": [[_button(button) for button in row] for row in item.inline],
        "keyboard": None
        if item.keyboard is None
        else [
            [{"label": key.label, "location": key.request_location} for key in row] for row in item.keyboard
        ],
        "attachments": [{"kind": a.kind, "name": a.name, "url": a.url} for a in item.attachments],
        "card": _card(item.card) if item.card else None,
        "id": item.update_id,
        "pressed": item.pressed,
        "pin": list(item.pin) if item.pin else None,
        "buttons_open": item.buttons_open,
        "at": item.at.isoformat(),
        "age": max(0, round((now - item.at).total_seconds())),
        "clock": shown.clock(item.at),
        "day": shown.day(item.at, now),
    }


def thread_json(items: Sequence[ThreadItem], shown: ShownTime, now: datetime) -> list[dict[str, Any]]:
    return [item_json(item, shown, now) for item in items]
