"""The place that a request is filed with: as she saw it, as a crew reads it, and by which district it is routed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from actions.dialogue import RequestView
from actions.place import NUMBERED, WITHOUT_NAME, address
from actions.position import Draft
from actions.turn import Turn
from persian.gazetteer import key_of

_NUMBER = re.compile(r"\s*\d+(/\d+)?\s*$")
"""The number of an alley behind the name of its street, in any digits."""


def filed(turn: Turn, draft: Draft) -> dict[str, Any]:
    """The place as a request keeps it: what she has seen on the card is what her unit reads as the address. Of a point
    the name of what lies nearest alone would be read as the place itself, so the point stands beside it."""
    if not draft.place:
        return {}
    place = {name: value for name, value in draft.place.items() if name != "parts"}
    shown = address(turn, draft.place)
    place |= {"shown": shown, "address": shown}
    if place.get("kind") == "pin" and place.get("lat") is not None:
        point = f"{float(place['lat']):.5f}, {float(place['lon']):.5f}"
        place["address"] = f"{shown} ({point})"
    return place


def of_request(view: RequestView) -> dict[str, Any] | None:
    """The place of a request that is filed, for another one at the same place."""
    kept = {name: value for name, value in view.where.items() if name not in ("shown", "address")}
    district = kept.get("district")
    if not (kept.get("name") or kept.get("text") or kept.get("lat") is not None):
        return None
    return {**kept, "district": None if district == "unknown" else district}


def possible_districts(turn: Turn, place: Mapping[str, Any]) -> tuple[str, ...]:
    """Where a place that the gazetteer knows may lie, if not one district is known; empty for all other places."""
    if place.get("district") or place.get("kind") in WITHOUT_NAME:
        return ()
    name = _NUMBER.sub("", str(place.get("name") or ""))
    known = turn.knowledge.gazetteer.by_key(key_of(name)) if name else ()
    if not known or any(entry.kind == "outside" for entry in known):
        return ()
    # Where the gazetteer knows the place and not where it lies, it may lie anywhere in the city.
    nowhere = any(not entry.districts for entry in known)
    everywhere = (*sorted(NUMBERED), "samen")
    return everywhere if nowhere else tuple(sorted({d for entry in known for d in entry.districts}))


def routed_as(turn: Turn, draft: Draft) -> str:
    """The district by which the draft is routed: hers; where it is not known and makes no difference, any of them."""
    possible = possible_districts(turn, draft.place or {})
    service = draft.service or ""
    if not possible or not turn.knowledge.catalogue.service(service).ours:
        return draft.district
    systems = {turn.knowledge.routing.route(service, district).system for district in possible}
    return possible[0] if len(systems) == 1 else draft.district


def same_as_before(turn: Turn, draft: Draft) -> Draft | None:
    """«تو همون خیابون», said right after filing: the draft at the place of that request."""
    there = of_request(turn.recent) if turn.recent and turn.says("same_place") else None
    return replace(draft, place=there, place_skipped=False, near_asked=True) if there else None
