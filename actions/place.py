"""Where? What a draft knows of its place, how it is shown, and how it is asked. `place_answer` reads the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions.dialogue import Button, Reply
from actions.position import Draft, Question
from actions.turn import ANGRY, Turn, in_rows, navigation, reply
from actions.wording import made_of, tokens
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
NUMBERED = {str(number) for number in range(1, 13)}
WITHOUT_NAME = ("pin", "written")
"""Kinds of places that the gazetteer need not be asked about."""
SHOWN_NAME = 48
MOST_CANDIDATES = 6


def found(turn: Turn, draft: Draft, locations: Sequence[Mapping[str, Any]]) -> Draft:
    """The draft with the places named in a text: all their names, the district of the most exact that has one."""
    ordered = sorted(locations, key=lambda place: _exactness(place["kind"]))
    districts = [place["district"] for place in ordered if place["district"]]
    if not districts and any(turn.knowledge.gazetteer.is_outside(name_of(p)) for p in ordered):
        districts = ["outside"]
    named = (
        sorted((p for p in ordered if p["kind"] != "district"), key=lambda place: place["start"]) or ordered
    )
    place = {
        "text": joined(turn, [str(p["text"]) for p in named[:3]]),
        "name": joined(turn, [name_of(p) for p in named[:3]]),
        "kind": ordered[0]["kind"],
        "district": districts[0] if districts else None,
    }
    numbered = [p for p in named if str(p["text"]).strip()[-1:].isdigit()]
    if len(numbered) > 1:  # two addresses: perhaps of two matters
        place["parts"] = [
            {
                "text": p["text"],
                "name": name_of(p),
                "kind": p["kind"],
                "district": p["district"],
                "at": p["start"],
            }
            for p in numbered
        ]
    return replace(draft, place=place, place_skipped=False)


def named(turn: Turn) -> Sequence[Mapping[str, Any]]:
    """The places that the understanding found in her words."""
    return turn.understanding.locations if turn.understanding else ()


def is_only_place(turn: Turn) -> bool:
    """True where her words are a place and nothing else («هدایت ۱۰», «سلام، توی قاسم‌آباد»); «چالهٔ هدایت ۱۰» is more."""
    return bool(named(turn)) and not words_beside(turn)


def words_beside(turn: Turn) -> list[str]:
    """The words of her message that neither name nor describe a place."""
    describing = ("here", "nearer", "filler", "talk")
    return [
        word
        for word in tokens(text_beside(turn))
        if not word.isdigit() and not made_of(turn.knowledge.texts, describing, word)
    ]


def text_beside(turn: Turn) -> str:
    """Her message without the places that it names."""
    text = turn.message.text
    for place in sorted(named(turn), key=lambda place: -int(place["start"])):
        text = f"{text[: place['start']]} {text[place['end'] :]}"
    return text


def name_of(place: Mapping[str, Any]) -> str:
    """The name of a place, or what she called it; empty where nothing is known."""
    return str(place.get("name") or place.get("text") or "")


def _exactness(kind: str) -> int:
    return _MOST_EXACT.index(kind) if kind in _MOST_EXACT else len(_MOST_EXACT)


def joined(turn: Turn, names: Sequence[str]) -> str:
    """Names in one line, each once."""
    return turn.text("place.comma").join(dict.fromkeys(name for name in names if name))


def label(turn: Turn, draft: Draft) -> str:
    """The place as the summary shows it; empty where there is none."""
    place = draft.place
    if not place:
        return ""
    where = district_name(turn, place.get("district"))
    if place.get("kind") == "pin":
        around = turn.text("place.around", name=place["name"]) if place.get("name") else ""
        return turn.text("place.pin") + (f" ({around or where})" if around or where else "")
    name = address(turn, place)
    return f"{name} ({where})" if where and place.get("kind") != "district" else name


def address(turn: Turn, place: Mapping[str, Any]) -> str:
    """The place in one line, without its district; empty where nothing is known of it."""
    name = " ".join(name_of(place).split())
    if place.get("kind") != "pin":
        return name
    around = turn.text("place.around", name=name) if name else ""
    return turn.text("place.comma").join(filter(None, (turn.text("place.pin"), around)))


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
    if not place or place.get("district") or not place.get("name") or place.get("kind") in WITHOUT_NAME:
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
    ][:MOST_CANDIDATES]


def ask(turn: Turn, draft: Draft, _question: Question) -> Reply:
    """«کجا؟»; where a place may but need not be named, the key says so."""
    service = turn.knowledge.catalogue.service(draft.service) if draft.service else None
    if service and service.place == "optional":
        return reply("place.ask_optional", keyboard="place_optional")
    return reply("place.ask", keyboard="place")


def with_matter(turn: Turn, draft: Draft, asked: Reply) -> Reply:
    """The question that is the first answer to what she wrote says what was understood of it."""
    if draft.service is None or not draft.words or asked.key not in ("place.ask", "place.ask_optional"):
        return asked
    sorry = "matter_sorry" if turn.intent in ANGRY or turn.mentions("anger") else "matter"
    matter = turn.text(f"place.{sorry}", service=turn.service_name(draft.service))
    return replace(asked, key=asked.key.replace("ask", "first"), variables={"matter": matter})


def of_photo(turn: Turn, draft: Draft) -> Mapping[str, Any] | None:
    """Where a picture of the draft was taken, as a place to be offered; None outside the city and where unknown."""
    if turn.facts.photo_place is None or draft.photo_asked:
        return None
    where = pin_at(turn, *turn.facts.photo_place)
    return where if where["district"] != "outside" and where["name"] else None


def pin_at(turn: Turn, latitude: float, longitude: float) -> dict[str, Any]:
    """A point on the map as a draft keeps it; degrees, WGS 84."""
    nearest = turn.knowledge.gazetteer.nearest(latitude, longitude)
    return {
        "lat": latitude,
        "lon": longitude,
        "district": nearest.district,
        "kind": "pin",
        "text": "",
        "name": nearest.neighbourhood or "",
    }


def ask_photo(turn: Turn, draft: Draft, question: Question) -> Reply:
    """The picture was taken near … Is it there?"""
    where = of_photo(turn, draft)
    if where is None:  # the picture is gone from the draft meanwhile
        return ask(turn, draft, question)
    yes = turn.button("place.photo_yes", "photo_place")
    no = turn.button("place.photo_no", "other_place")
    return reply("place.ask_photo", (yes, no), navigation(turn), name=str(where["name"]))


def ask_near(_turn: Turn, draft: Draft, _question: Question) -> Reply:
    """What is nearby a name that is not known; without a name, at least what is nearby."""
    if draft.place is None:
        return reply("place.ask_known", keyboard="place")
    return reply("place.ask_near", keyboard="place", name=_short_name(draft))


def ask_which(turn: Turn, draft: Draft, _question: Question) -> Reply:
    """Several places bear this name: which one?"""
    buttons = [
        Button(candidate["label"], {"do": "choose_district", "district": candidate["district"]})
        for candidate in candidates(turn, draft)
    ]
    unknown = turn.button("place.none_of_these", "choose_district", district="unknown")
    return reply(
        "place.ask_which", *in_rows(buttons, 1), (unknown,), navigation(turn), name=_short_name(draft)
    )


def _short_name(draft: Draft) -> str:
    name = " ".join(str((draft.place or {}).get("name") or "").split())
    return name if len(name) <= SHOWN_NAME else name[: SHOWN_NAME - 1].rstrip() + "…"
