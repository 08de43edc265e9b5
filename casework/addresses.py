"""The place of a request as people read it.

A request keeps what its citizen saw on the card before she said yes (`shown`) and what a crew reads (`address`, with
the point where she sent one); both are made by `actions.place_filed.filed`. What came another way has a name or a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def shown_to_her(place: Mapping[str, Any] | None) -> str:
    """In one line; empty where there is none."""
    place = place or {}
    return " ".join(str(place.get("shown") or place.get("name") or place.get("text") or "").split())


def for_a_crew(place: Mapping[str, Any] | None) -> str | None:
    """What stands as the address at a municipal system."""
    place = place or {}
    return place.get("address") or place.get("text") or place.get("name")
