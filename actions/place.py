"""Where? From the text, a pin, a name she types, or left open for the triage desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions.dialogue import Button, Reply
from actions.outcomes import Advance, Again, Outcome
from actions.position import Draft, Question
from actions.turn import Turn, in_rows, navigation, reply
from persian.digits import to_persian

_MOST_EXACT = (
    "address",
    "alley",
    "street",
    "square",
    "highway",
    "park",
    "metro_station",
    "landmark",
    "neighbourhood",
    "district",
)
LONGEST = 200
NUMBERED = {str(number) for number in range(1, 13)}


def found(turn: Turn, draft: Draft, locations: Sequence[Mapping[str, Any]]) -> Draft:
    """The draft with the places named in a text: all their names, the district of the most exact that has one."""
    ordered = sorted(locations, key=lambda place: _exactness(place["kind"]))
    districts = [place["district"] for place in ordered if place["district"]]
    if not districts and any(
        turn.knowledge.gazetteer.is_outside(str(p["name"] or p["text"])) for p in ordered
    ):
        districts = ["outside"]
    named = (
        sorted((p for p in ordered if p["kind"] != "district"), key=lambda place: place["start"]) or ordered
    )
    place = {
        "text": _joined(turn, [str(p["text"]) for p in named[:3]]),
        "name": _joined(turn, [str(p["name"] or p["text"]) for p in named[:3]]),
        "kind": ordered[0]["kind"],
        "district": districts[0] if districts else None,
    }
    return replace(draft, place=place, place_skipped=False, near_asked=False)


def named(turn: Turn) -> Sequence[Mapping[str, Any]]:
    """The places that the understanding found in her words."""
    return turn.understanding.locations if turn.understanding else ()


def is_only_place(turn: Turn) -> bool:
    """True where her words are a place and hardly anything else («هدایت ۱۰», «توی قاسم‌آباد»)."""
    covered: int = sum(place["end"] - place["start"] for place in named(turn))
    return covered > 0 and len(turn.message.text.strip()) - covered <= 6


def _exactness(kind: str) -> int:
    return _MOST_EXACT.index(kind) if kind in _MOST_EXACT else len(_MOST_EXACT)


def _joined(turn: Turn, names: list[str]) -> str:
    return turn.text("place.comma").join(dict.fromkeys(names))


def pinned(turn: Turn) -> Outcome:
    """A pin: the place of the open draft, or the beginning of a new one."""
    assert turn.message.pin is not None
    draft = turn.position.draft or turn.new_draft()
    question = turn.position.question
    latitude, longitude = turn.message.pin
    nearest = turn.knowledge.gazetteer.nearest(latitude, longitude)
    place: dict[str, Any] = {"lat": latitude, "lon": longitude, "district": nearest.district}
    if question and question.kind == "near" and draft.place:
        place = {**draft.place, **place}
    else:
        place |= {"kind": "pin", "text": "", "name": nearest.neighbourhood or ""}
    draft = replace(draft, place=place, place_skipped=False, near_asked=True)
    before = (reply("place.pin_outside"),) if nearest.district == "outside" else ()
    return Advance(draft, before)


def label(turn: Turn, draft: Draft) -> str:
    """The place as the summary shows it; empty where there is none."""
    place = draft.place
    if not place:
        return ""
    where = district_name(turn, place.get("district"))
    if place.get("kind") == "pin":
        around = turn.text("place.around", name=place["name"]) if place.get("name") else ""
        return turn.text("place.pin") + (f" ({around or where})" if around or where else "")
    name = str(place.get("name") or place.get("text"))
    return f"{name} ({where})" if where and place.get("kind") != "district" else name


def district_name(turn: Turn, district: str | None) -> str:
    """`منطقهٔ ۹`, `منطقهٔ ثامن`; empty where unknown."""
    if district in NUMBERED:
        return turn.text("place.district", number=to_persian(str(district)))
    if district in ("samen", "outside"):
        return turn.text(f"place.{district}")
    return ""


def candidates(turn: Turn, draft: Draft) -> list[dict[str, str]]:
    """Places of the same name in different districts, where hers is not known: [{"label", "district"}]."""
    place = draft.place
    if not place or place.get("district") or not place.get("name") or place.get("kind") in ("pin", "written"):
        return []
    # A street that runs through several districts is one place: «کدام‌یک؟» would have no answer.
    entries = [
        entry
        for entry in turn.knowledge.gazetteer.candidates(str(place["name"]))
        if len(entry.districts) == 1
    ]
    by_district = {entry.districts[0]: entry.title for entry in reversed(entries)}
    return [
        {
            "label": turn.text("place.candidate", name=name, district=district_name(turn, district)),
            "district": district,
        }
        for district, name in sorted(by_district.items())
    ][:6]


def _by_name_alone(turn: Turn, text: str) -> tuple[Mapping[str, Any], ...]:
    """A short answer that is only a name («کوهسنگی»), with or without a typo."""
    entries = turn.knowledge.gazetteer.search(text) if len(text.split()) <= 4 else []
    if not entries or len({entry.name for entry in entries}) > 1:
        return ()
    districts = {district for entry in entries for district in entry.districts}
    outside = all(entry.kind == "outside" for entry in entries)
    best = entries[0]
    name = text if len(entries) > 1 or any(character.isdigit() for character in text) else best.title
    district = "outside" if outside else districts.pop() if len(districts) == 1 else None
    kind = "landmark" if outside else best.kind
    return ({"text": text, "start": 0, "end": len(text), "kind": kind, "name": name, "district": district},)


def ask(_turn: Turn, _draft: Draft, _question: Question) -> Reply:
    return reply("place.ask", keyboard="place")


def ask_near(turn: Turn, draft: Draft, _question: Question) -> Reply:
    name = str((draft.place or {}).get("name") or "")
    return reply("place.ask_near", keyboard="place", name=name)


def ask_which(turn: Turn, draft: Draft, _question: Question) -> Reply:
    """Several places bear this name: which one?"""
    buttons = [
        Button(candidate["label"], {"do": "choose_district", "district": candidate["district"]})
        for candidate in candidates(turn, draft)
    ]
    unknown = turn.button("place.none_of_these", "choose_district", district="unknown")
    name = str((draft.place or {}).get("name") or "")
    return reply("place.ask_which", *in_rows(buttons, 1), (unknown,), navigation(turn), name=name)


def choose_district(_turn: Turn, draft: Draft, district: str) -> Outcome:
    place = {**(draft.place or {}), "district": None if district == "unknown" else district}
    return Advance(replace(draft, place=place, near_asked=True))


def skip(turn: Turn) -> Outcome:
    """«نمی‌دانم»: filed all the same, at the 137 triage desk, with her words."""
    draft, question = turn.position.draft, turn.position.question
    if draft is None or question is None or question.kind not in ("place", "near", "which_place"):
        return Again("nothing_to_skip")
    if question.kind == "place":
        return Advance(replace(draft, place_skipped=True))
    return Advance(replace(draft, near_asked=True))


def read(turn: Turn, draft: Draft) -> Outcome:
    """Her words as the answer to «کجا؟»: a known place, else her words as they are."""
    text, question = turn.message.text.strip(), turn.position.question
    near = question is not None and question.kind in ("near", "which_place") and draft.place is not None
    locations = named(turn) or _by_name_alone(turn, text)
    if near and draft.place is not None:
        districts = [str(place["district"]) for place in locations if place["district"]]
        name = _joined(turn, [str(draft.place.get("name") or ""), text[:LONGEST]])
        place = {**draft.place, "name": name, "district": districts[0] if districts else None}
        return Advance(replace(draft, place=place, near_asked=True))
    if locations:
        return Advance(found(turn, draft, locations))
    if turn.is_sure("deny", 0.6):
        return skip(turn)
    if turn.is_sure("request", 0.6) and turn.understanding and turn.understanding.decision == "accept":
        # She goes on about the matter: keep it, and ask again where it is.
        return Advance(replace(draft, words=(*draft.words, text)))
    if not any(character.isalnum() for character in text):
        return Again("not_read", (reply("place.not_read"),))
    place = {"text": text[:LONGEST], "name": text[:LONGEST], "kind": "written", "district": None}
    return Advance(replace(draft, place=place, place_skipped=False))
