"""«پارک ملت نه، اون کوچیکه»: a place that she says is not meant, and a number put right («۳۲ نه، ۲۳»)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from actions.dialogue import Understanding
from actions.place import name_of
from actions.texts import Texts
from actions.wording import begins_with, stands_for
from persian.digits import to_latin, to_persian

Place = Mapping[str, Any]

_WORD = re.compile(r"[\s\u200c،]*([^\s،.!؟]+)\s*([،.!؟]\s*|$)?")
"""A word, and what shows that nothing follows it in this breath."""
_NUMBERS = re.compile(r"(?<!\d)(\d{1,3})\s*([^\W\d]+)\s*[،,]?\s*(\d{1,3})(?!\d)")
_LAST_NUMBER = re.compile(r"(\d+)\s*$")


def without(texts: Texts, understanding: Understanding, text: str, noted: Place | None) -> Understanding:
    """The understanding with the places that she means. `noted` is the place of the open request, if there is one."""
    places = understanding.locations
    right = _put_right(texts, text, places, noted)
    if right is not None:
        return replace(understanding, locations=(right,))
    refused = [_refused_at(texts, text, place, places, noted) for place in places]
    return replace(understanding, locations=tuple(place for place in places if place not in refused))


def _refused_at(
    texts: Texts, text: str, place: Place, places: tuple[Place, ...], noted: Place | None
) -> Place | None:
    behind = _WORD.match(text, int(place["end"]))
    if behind is None or not stands_for(texts, "refusing", behind[1]):
        return None
    counted = _WORD.match(text, behind.end())
    if behind[2] is None and counted and begins_with(texts, "counted", counted[1]):
        return None  # a number of months
    following = next((one for one in places if one["start"] == behind.end()), None)
    # «تقی‌آباد نه کوهسنگی!»: the one that is noted is the wrong one.
    if (
        behind[2] is None
        and following is not None
        and noted is not None
        and name_of(following) in name_of(noted)
    ):
        return following
    return place


def _put_right(texts: Texts, text: str, places: tuple[Place, ...], noted: Place | None) -> Place | None:
    """The place with the number that is meant: of two the one that is not noted, else the second."""
    found = _NUMBERS.search(text)
    if found is None or not stands_for(texts, "refusing", found[2]):
        return None
    if any(place["start"] >= found.end(1) for place in places):
        return None
    first, second = to_latin(found[1]), to_latin(found[3])
    place = next((one for one in places if one["start"] < found.end(1) <= one["end"]), noted)
    if place is None or _number(place) not in (first, second):
        return None
    meant = to_persian(first if _number(noted) == second else second)
    names = {key: _LAST_NUMBER.sub(meant, str(place[key])) for key in ("text", "name") if place.get(key)}
    return {**place, **names, "start": found.start(), "end": found.end()}


def _number(place: Place | None) -> str | None:
    found = _LAST_NUMBER.search(name_of(place)) if place else None
    return to_latin(found[1]) if found else None
