"""Her answer to «کجا؟» as an address: the names of the places, and what says where exactly, without the talk."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from actions.place import joined, name_of, named
from actions.turn import Turn
from actions.wording import made_of, mentions

_PAUSE = re.compile(r"[،,؛;.!؟?\n]+")


def as_told(turn: Turn, known: Mapping[str, Any] | None = None) -> str:
    """Her words as an address: places by their names («خیابان امامت ۱۴» for «khiaboon emamat 14»), the talk around them
    left out («گفتم خو، گلشهر»). Where no place is known all may be one: then as they are. `known`: named already."""
    text, places = turn.message.text, sorted(named(turn), key=lambda one: int(one["start"]))
    if not places:
        return " ".join(text.split())
    before = " ".join(str((known or {}).get("name") or "").split())
    cuts = [
        m.start() for m in _PAUSE.finditer(text) if not any(p["start"] < m.start() < p["end"] for p in places)
    ]
    told = []
    for start, end in pairwise((0, *cuts, len(text))):
        parts: list[str] = []
        at, here = start, [p for p in places if start <= p["start"] < end]
        for one in here:
            parts += _without_talk(turn, text[at : one["start"]])
            name, first = name_of(one), str(one["text"]).split(maxsplit=1)[0]
            if made_of(turn.knowledge.texts, ("nearer",), first) and not name.startswith(first):
                name = f"{first} {name}"
            parts += [] if name in before else [name]
            at = max(at, one["end"])
        parts += _without_talk(turn, text[at:end])
        line = " ".join(parts)
        if here or _mentions_any(turn, ("nearer", "place"), line) or any(c.isdigit() for c in line):
            told.append(line)
    return joined(turn, told) or " ".join(text.split())


def _without_talk(turn: Turn, text: str) -> list[str]:
    words = [word.strip("،,؛;.!؟?:") for word in text.split()]
    return [word for word in words if word and not made_of(turn.knowledge.texts, ("talk",), word)]


def _mentions_any(turn: Turn, lists: Sequence[str], text: str) -> bool:
    return any(mentions(turn.knowledge.texts, name, text) for name in lists)
