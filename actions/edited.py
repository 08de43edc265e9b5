"""An edited message: it replaces the words of the open draft that it resembles."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher

from actions import place, service
from actions.outcomes import Advance, Outcome
from actions.turn import Turn, reply
from persian.letters import folded

ALIKE = 0.5


def read(turn: Turn) -> Outcome | None:
    """None where it resembles nothing of the open draft: then it is read like any message."""
    draft, text = turn.position.draft, turn.message.text
    if draft is None:
        return None
    before = (reply("edited"),)
    words = max(draft.words, key=lambda one: _alike(one, text), default="")
    if _alike(words, text) >= ALIKE:
        draft = replace(draft, words=tuple(text if one == words else one for one in draft.words))
        if draft.how == "accepted":  # what she chose herself stays
            draft = service.understood(turn, replace(draft, service=None, attributes={}))
        if place.named(turn):
            draft = place.found(turn, draft, place.named(turn))
        return Advance(draft, before, act="edited")
    where = str((draft.place or {}).get("text") or "")
    if place.named(turn) and _alike(where, text) >= ALIKE:
        return Advance(place.found(turn, draft, place.named(turn)), before, act="edited")
    return None


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, folded(one), folded(other)).ratio() if one else 0.0
