"""What must be there before python-telegram-bot can read a Bot API object, and what stands in for it.

Bale leaves out fields that Telegram always sends (chat_instance, file_unique_id, sizes, durations, names,
dates), writes nulls and adds fields of its own. Only what we read is taken over, each field checked: nothing
new or odd in an update can stop it. Defaults are constant: the same update twice must come out the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NO_DATE = 0
"""Stands for a missing date (the epoch): with the clock a repeated update would look like another one."""

_LATEST = 4_102_444_800  # the year 2100; above 10^11 a date is in milliseconds


class Unrepairable(ValueError):
    """A value that is neither right nor replaceable; says which."""


_REQUIRED = object()
_OPTIONAL = object()


@dataclass(frozen=True)
class Rule:
    """How one field is read; `default` is used where it is missing or unusable."""

    read: Callable[[Any], Any]
    default: Any = _OPTIONAL


Shape = Mapping[str, Rule]


def whole(value: Any) -> int:
    """An int, also from digits in a string or 12.0; ids may be negative and exceed 2^31."""
    if isinstance(value, bool) or value is None:
        raise Unrepairable("not a number")
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        try:
            return int(value.strip())
        except ValueError:
            raise Unrepairable("not a number") from None
    raise Unrepairable("not a number")


def moment(value: Any) -> int:
    """Unix seconds, also from milliseconds."""
    seconds = whole(value)
    if seconds > 10**11:
        seconds //= 1000
    if not 0 <= seconds <= _LATEST:
        raise Unrepairable("not a date")
    return seconds


def text(value: Any) -> str:
    """A string; numbers become one."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise Unrepairable("not a text")


def filled(value: Any) -> str:
    """A string that is not empty."""
    found = text(value)
    if not found.strip():
        raise Unrepairable("empty")
    return found


def truth(value: Any) -> bool:
    return value is True or value == "true" or value == 1


def degrees(limit: float) -> Callable[[Any], float]:
    """A coordinate within ±limit."""

    def read(value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise Unrepairable("not a coordinate") from None
        if isinstance(value, bool) or not math.isfinite(number) or abs(number) > limit:
            raise Unrepairable("not a coordinate")
        return number

    return read


def record(shape: Shape) -> Callable[[Any], dict[str, Any]]:
    """Reads an object of that shape. Unusable optional parts are left out, missing required ones raise."""

    def read(value: Any) -> dict[str, Any]:
        return repaired(value, shape)

    return read


def some(shape: Shape) -> Callable[[Any], list[dict[str, Any]]]:
    """Reads a list (or a single object); bad members fall away, and an empty rest raises."""

    def read(value: Any) -> list[dict[str, Any]]:
        members = value if isinstance(value, list) else [value]
        good = []
        for member in members:
            try:
                good.append(repaired(member, shape))
            except Unrepairable:
                continue
        if not good:
            raise Unrepairable("nothing usable in the list")
        return good

    return read


def repaired(value: Any, shape: Shape, lost: list[str] | None = None) -> dict[str, Any]:
    """`value` with just the fields of `shape`; `lost` collects the fields that were there but unusable."""
    if not isinstance(value, Mapping):
        raise Unrepairable("not an object")
    result: dict[str, Any] = {}
    for name, rule in shape.items():
        given = value.get(name)
        try:
            if given is None:
                raise Unrepairable("missing")
            result[name] = rule.read(given)
        except Unrepairable as problem:
            if rule.default is _REQUIRED:
                raise Unrepairable(f"{name}: {problem}") from None
            if given is not None and lost is not None:
                lost.append(f"{name}: {problem}")
            if rule.default is not _OPTIONAL:
                result[name] = rule.default
    return result


def must(read: Callable[[Any], Any]) -> Rule:
    return Rule(read, _REQUIRED)


def may(read: Callable[[Any], Any]) -> Rule:
    return Rule(read)


_FILE_ID: Shape = {"file_id": must(filled), "file_unique_id": Rule(filled, ""), "file_size": may(whole)}
_SIZE: Shape = {"width": Rule(whole, 0), "height": Rule(whole, 0)}
_LASTING: Shape = {"duration": Rule(whole, 0)}
_TYPE: Shape = {"mime_type": may(filled)}
_NAME: Shape = {"file_name": may(filled)}

USER: Shape = {
    "id": must(whole),
    "first_name": Rule(text, ""),
    "is_bot": Rule(truth, False),
    "last_name": may(text),
    "username": may(filled),
}
CHAT: Shape = {
    "id": must(whole),
    "type": Rule(filled, ""),
    "title": may(text),
    "username": may(filled),
    "first_name": may(text),
    "last_name": may(text),
}
ENTITY: Shape = {
    "type": must(filled),
    "offset": must(whole),
    "length": must(whole),
    "user": may(record(USER)),
}
PHOTO_SIZE: Shape = {**_FILE_ID, **_SIZE}
DOCUMENT: Shape = {**_FILE_ID, **_TYPE, **_NAME}
VOICE: Shape = {**_FILE_ID, **_TYPE, **_LASTING}
AUDIO: Shape = {**_FILE_ID, **_TYPE, **_NAME, **_LASTING}
VIDEO: Shape = {**_FILE_ID, **_TYPE, **_NAME, **_SIZE, **_LASTING}
VIDEO_NOTE: Shape = {**_FILE_ID, "length": Rule(whole, 0), **_LASTING}
STICKER: Shape = {
    **_FILE_ID,
    **_SIZE,
    "emoji": may(filled),
    "type": Rule(filled, "regular"),
    "is_animated": Rule(truth, False),
    "is_video": Rule(truth, False),
}
CONTACT: Shape = {
    "phone_number": must(filled),
    "first_name": Rule(text, ""),
    "last_name": may(text),
    "user_id": may(whole),
}
LOCATION: Shape = {"longitude": must(degrees(180)), "latitude": must(degrees(90))}
VENUE: Shape = {"location": must(record(LOCATION)), "title": Rule(text, ""), "address": Rule(text, "")}
CONTENT: Shape = {
    "text": may(text),
    "caption": may(text),
    "entities": may(some(ENTITY)),
    "caption_entities": may(some(ENTITY)),
    "photo": may(some(PHOTO_SIZE)),
    "voice": may(record(VOICE)),
    "audio": may(record(AUDIO)),
    "video": may(record(VIDEO)),
    "video_note": may(record(VIDEO_NOTE)),
    "document": may(record(DOCUMENT)),
    "animation": may(record(VIDEO)),
    "sticker": may(record(STICKER)),
    "contact": may(record(CONTACT)),
    "location": may(record(LOCATION)),
    "venue": may(record(VENUE)),
    "media_group_id": may(filled),
}
