"""The places a citizen names in a message.

Named places are read one by one (`place_parser`), then joined where they make one address («بولوار حجاب،
نبش حجاب ۱۲»), widened by the words that belong to them («روبه‌روی», «نبش») and given a district.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from persian.gazetteer import Gazetteer
from persian.letters import folded
from persian.offsets import MappedText
from persian.place_landmarks import MARKERS
from persian.place_parser import Parser
from persian.place_part import Part
from persian.place_surroundings import tail, widened
from persian.place_tokens import Token, tokens_of
from persian.place_words import BETWEEN, INSIDE, RELATIONS

_COMMAS = frozenset("،,-–/")
_AND = folded("و")
# Between a corner word and the name: «نبشِ خیابان», «سرِ».
_SKIPPED_MARKS = frozenset('()«»"')
_LONGEST_GAP = 3
_ROUTE, _TOWARDS = folded("مسیر"), frozenset(map(folded, ("تا", "به", "الی")))
_DISTANCE = folded("حد")  # of «حد فاصل», written apart
_DIRECTED = frozenset((*((folded("به"), side) for side in map(folded, ("سمت", "طرف"))), (folded("سمت"),)))
_INSIDE_OF, _AREAS = ("landmark", "park", "alley", "address"), ("street", "neighbourhood", "alley", "highway")
"""«مسجد جامع تو بولوار دانشجو» is one address: a building or alley, and the street or quarter it lies in."""
_WAYS = ("street", "alley")
_OUT_OF_TOWN = ("جاده", "محور", "آزادراه")
_TOWN_HALL, _LYING = map(folded, ("شهرداری", "واقع"))
_CROSSINGS = ("تقاطع", "چهارراه")


class Location(TypedDict):
    """One place: `text[start:end]` in code points of the message; `district` «1»…«12», «samen» or None."""

    text: str
    start: int
    end: int
    kind: str
    name: str
    district: str | None


@dataclass
class _Place:
    parts: list[Part]
    start: int
    end: int
    joint: str = "، "


def find_locations(text: str, gazetteer: Gazetteer) -> list[Location]:
    """The named places of a message, in order, without overlap. Time grows linearly with the text."""
    tokens, mapped = tokens_of(text, gazetteer)
    if not tokens:
        return []
    parser = Parser(tokens, gazetteer, mapped)
    places = _joined(parser, _parts(parser))
    places = [place for place in places if not all(part.weak for part in place.parts)]
    known = [_of_place(place, gazetteer) for place in places]
    return [
        _location(text, mapped, tokens, place, gazetteer, own, known)
        for place, own in zip(places, known, strict=True)
    ]


def _parts(parser: Parser) -> list[Part]:
    parts: list[Part] = []
    at, reach = 0, -1
    while at < len(parser.tokens):
        if at > reach and parser.begins_nothing(at):
            at += 1
            continue
        part = parser.part_at(at)
        if part is None and at <= reach and _beside(parser.tokens, parts[-1].end, at):
            part = parser.tail_at(at, MARKERS)
        if part is None:
            at += 1
            continue
        parts.append(part)
        before = parser.word(part.start - 1) if part.start else ""
        parser.crossing = part.type in _CROSSINGS or before in BETWEEN
        at = parser.last_end = part.end
        # A long letter goes on long after its place: only the words right behind one can belong to it.
        reach = at + _LONGEST_GAP
    return parts


def _beside(tokens: Sequence[Token], end: int, at: int) -> bool:
    """True where only a comma or a word such as «نبش» stands between."""
    return all(t.word in _COMMAS or t.word in RELATIONS for t in tokens[end:at])


def _joined(parser: Parser, parts: list[Part]) -> list[_Place]:
    places: list[_Place] = []
    tokens = parser.tokens
    floor = 0
    for part in parts:
        start = widened(parser, part.start, floor)
        if part.kind == "district" and start > floor and tokens[start - 1].word == _TOWN_HALL:
            start -= 1
        previous = places[-1] if places else None
        if previous and part.kind != "district" and _one_address(tokens, previous, start, part):
            if any(token.word == _AND for token in tokens[previous.end : start]):
                previous.joint = " و "
            previous.parts.append(part)
            previous.end = part.end
        else:
            places.append(_Place([part], start, part.end))
        floor = part.end
    beginnings = [place.start for place in places[1:]] + [len(tokens)]
    for place, limit in zip(places, beginnings, strict=False):
        place.end = tail(parser, place.end, limit)
    return places


def _one_address(tokens: Sequence[Token], previous: _Place, start: int, part: Part) -> bool:
    between = [token.word for token in tokens[previous.end : start] if token.word not in _SKIPPED_MARKS]
    if len(previous.parts) >= 4:
        return False
    if not between or (len(between) == 1 and between[0] in _COMMAS):
        return True
    opener = tokens[previous.start].word
    if len(between) == 1 and between[0] in _TOWARDS and len(previous.parts) == 1:
        same = bool(part.key) and part.key == previous.parts[0].key  # «از پیروزی ۷۰ تا پیروزی ۸۰»
        return same or opener in BETWEEN or opener in (_ROUTE, _DISTANCE)
    if tuple(between) in _DIRECTED:
        return True  # «خروجی کلانتری به سمت ترمینال»
    if between[0] == _LYING:
        between = between[1:]  # «مسجد الزهرا واقع در حسین‌آباد»
    if len(between) == 1 and between[0] in INSIDE:
        return previous.parts[-1].kind in _INSIDE_OF and part.kind in _AREAS
    second = tokens[min(previous.start + 1, previous.end - 1)].word  # «سر تقاطع سناباد و راهنمایی»
    opens = opener in BETWEEN or second in BETWEEN or opener == _DISTANCE
    return between == [_AND] and opens and len(previous.parts) == 1


def _part_name(part: Part, gazetteer: Gazetteer) -> str:
    type_ = part.type
    if not type_ and part.key and part.number:
        types = {e.type for e in gazetteer.by_key(part.key) if e.kind == part.kind and e.type}
        type_ = next((word for word in ("بولوار", "خیابان", *sorted(types)) if word in types), "")
    name = part.name
    if type_ and (name == type_ or name.startswith(type_ + " ")):
        type_ = ""
    pieces = [type_, name, part.number]
    shown = " ".join(piece for piece in pieces if piece)
    return f"{shown}، پلاک {part.plate}" if part.plate else shown


def _district_of(part: Part, gazetteer: Gazetteer) -> set[str]:
    """The districts of a part by the gazetteer: of its kind where that is known, else of all of that name.

    «ایستگاه شفا ۲۰» lies in the numbered street, whatever else has the name.
    """
    found = _by_kind(part, gazetteer)
    if part.kind != "landmark" or not part.number or not part.key:
        return found
    ways = {d for e in gazetteer.by_key(part.key) if e.kind in _WAYS for d in e.districts}
    return (found & ways or ways) or found


def _by_kind(part: Part, gazetteer: Gazetteer) -> set[str]:
    if part.district:
        return {part.district}
    if not part.key:
        return set()
    entries = [e for e in gazetteer.by_key(part.key) if e.kind != "outside"]
    if part.type and (part.kind == "landmark" or part.type in _OUT_OF_TOWN):
        # «پل قائم» is not where the hospital of that name is, the road to Sarakhs not where the street is.
        entries = [e for e in entries if e.type in (part.type, "") and e.kind == part.kind]
    typed = [e for e in entries if part.type and e.type == part.type and e.kind == part.kind]
    same_kind = [e for e in entries if e.kind == part.kind]
    for chosen in (typed, same_kind):
        found = {d for e in chosen for d in e.districts}
        if found:
            return found
    # A square or a station is seldom where the neighbourhood of its name is; a street mostly is.
    if part.kind == "highway" or (
        part.type and (typed or part.kind == "landmark") and part.kind not in _WAYS
    ):
        return set()
    return gazetteer.district_of(part.name) or gazetteer.district_of(part.key)


def _of_place(place: _Place, gazetteer: Gazetteer) -> set[str]:
    """The districts that all parts of an address with a known one share; of the surest part where none is shared."""
    if any(_lies_outside(part, gazetteer) for part in place.parts):
        return set()
    sets = [found for part in place.parts if (found := _district_of(part, gazetteer))]
    if not sets:
        return set()
    shared = set.intersection(*sets)
    return shared or min(sets, key=len)


def _lies_outside(part: Part, gazetteer: Gazetteer) -> bool:
    """«شاندیز، خیابان امام خمینی»: another town's street; not «سه‌راه شاندیز»."""
    return bool(part.key) and not part.type and gazetteer.is_outside(part.key)


def _location(
    text: str,
    mapped: MappedText,
    tokens: Sequence[Token],
    place: _Place,
    gazetteer: Gazetteer,
    own: set[str],
    known: list[set[str]],
) -> Location:
    start, end = mapped.span(tokens[place.start].start, tokens[place.end - 1].end)
    first = place.parts[0]
    several = len(place.parts) > 1 or bool(first.plate)
    return {
        "text": text[start:end],
        "start": start,
        "end": end,
        "kind": "address" if several else first.kind,
        "name": place.joint.join(_part_name(part, gazetteer) for part in place.parts),
        "district": None
        if any(_lies_outside(part, gazetteer) for part in place.parts)
        else _settled(own, known),
    }


def _settled(own: set[str], known: list[set[str]]) -> str | None:
    """One district: the place's own, or else the only one that the other places of the message leave possible."""
    if len(own) == 1:
        return next(iter(own))
    certain = {next(iter(found)) for found in known if len(found) == 1}
    possible = certain & own if own else certain
    return next(iter(possible)) if len(possible) == 1 else None
