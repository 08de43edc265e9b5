"""Places that are no names: districts, roads between towns, plots of a cemetery, gates, «سی متری طلاب»."""

from __future__ import annotations

from dataclasses import replace

from persian.digits import to_persian
from persian.lane_numbers import BEFORE_NUMBER
from persian.letters import folded
from persian.place_part import Part
from persian.place_reader import Reader
from persian.place_words import BETWEEN, DISTRICT_WORDS, METRES, ORDINAL_WORDS, PLOTS, RELATIONS, TYPES

_MASHHAD = folded("مشهد")
_KILOMETRE, _ROW = folded("کیلومتر"), folded("ردیف")
_ROAD_JOINTS = frozenset((*map(folded, ("به", "و", "تا", "الی")), "-", "–"))
_QUARTER, _TOWN_HALL, _PLATE = map(folded, ("ناحیه", "شهرداری", "پلاک"))
_SAMEN = frozenset(map(folded, ("ثامن", "سامن")))
_CORNERS = frozenset(map(folded, ("سر", "نبش", "اول", "آخر", "ابتدای", "انتهای")))
_FLATS, _LINE, _METRO = map(folded, ("دستگاه", "خط", "مترو"))
_STOPS = ("ایستگاه", "ایستگاه مترو", "پایانه", "ترمینال")
_ENDS_OF_LINES = frozenset(map(folded, ("اول", "آخر", "پایانی", "ابتدایی", "انتهایی")))
_MEANS = frozenset(map(folded, ("مترو", "اتوبوس", "قطار")))
_GATE, _ARTICLE, _OH = map(folded, ("باب", "ال", "یا"))


def unnamed_at(reader: Reader, at: int) -> Part | None:
    """A district, a plot, a gate of the shrine or a street called by its width."""
    if reader.word(at) in DISTRICT_WORDS or reader.word(at) == _QUARTER:
        return district_at(reader, at)
    return (
        plot_at(reader, at)
        or _flats_at(reader, at)
        or _line_at(reader, at)
        or _gate_at(reader, at)
        or metres_at(reader, at)
        or _behind_plate(reader, at)
    )


def district_at(reader: Reader, at: int) -> Part | None:
    """«منطقهٔ ۹», «منطقه نه», «ناحیه ۲ منطقه ۹», «منطقه ثامن»."""
    if reader.word(at) == _QUARTER:
        quarter = reader.numbers.value(at + 1)
        if not quarter or reader.word(quarter[0]) not in DISTRICT_WORDS:
            return None
        inner = district_at(reader, quarter[0])
        return replace(inner, start=at) if inner else None
    after = at + 1
    if reader.word(after) in BEFORE_NUMBER or reader.word(after) == _TOWN_HALL:
        after += 1
    if reader.word(after) in _SAMEN:
        return Part(at, after + 1, "district", name="منطقهٔ ثامن", district="samen")
    value = reader.numbers.value(after)
    if (
        not value
        or not value[1].isdigit()
        or not 1 <= int(value[1]) <= 13
        or reader.numbers.is_count(value[0])
    ):
        return None
    number = str(int(value[1]))
    name = f"منطقهٔ {to_persian(number)}"
    return Part(at, value[0], "district", name=name, district="samen" if number == "13" else number)


def _gate_at(reader: Reader, at: int) -> Part | None:
    """«باب‌الهادی», «باب الکاظم»: a gate of the shrine, whether the gazetteer has it or not."""
    word, following = reader.word(at), reader.word(at + 1)
    if reader.known(at) or reader.word(at - 1) == _OH:
        return None
    apart = word == _GATE and following.startswith(_ARTICLE) and len(following) > 4
    if apart or (word.startswith(_GATE + _ARTICLE) and len(word) > 7):
        end = at + 1 + apart
        return Part(at, end, "landmark", name=reader.written(at, end), district="samen")
    return None


def metres_at(reader: Reader, at: int) -> Part | None:
    """«سی متری طلاب», «ایستگاه ده متری»: with a place beside it or a stop before it, else it is a width."""
    start = at
    typed = reader.type_at(at)
    if typed:
        at = typed[0]
    value = reader.numbers.value(at)
    if not value or not value[1].isdigit() or reader.word(value[0]) not in METRES:
        return None
    end = value[0] + 1
    if reader.word(end) in ORDINAL_WORDS:
        end += 1  # «سی متری دوم احمدآباد»
    known = reader.known(reader.titled(end)) or reader.known(end)
    if known and known[1] not in reader.gazetteer.everyday:
        return Part(start, known[0], "street", name=reader.written(start, known[0]), key=known[1])
    if reader.titled(end) > end and (last := reader.unknown_name(end)) > end:
        return Part(start, last, "street", name=reader.written(start, last))  # «ده متری شهید کاظمی»
    if typed and typed[1] in ("landmark", "square", "metro_station"):
        return Part(start, end, typed[1], name=reader.written(start, end))
    # «سر شصت متری» is a street; «خیابان ده متری ما» is a width, unless a place stands beside it.
    if reader.word(start - 1) in _CORNERS or (reader.word(start - 1) in RELATIONS and typed):
        return Part(start, end, "street", name=reader.written(start, end))
    if typed and typed[1] in ("street", "alley"):
        return Part(start, end, typed[1], name=reader.written(start, end), weak=True)
    return None


def _flats_at(reader: Reader, at: int) -> Part | None:
    """«مجتمع ۶۰۰ دستگاه»: a quarter called by how many flats it has."""
    typed = reader.type_at(at)
    if not typed or typed[1] not in ("neighbourhood", "landmark") or reader.sort(typed[0]) != "number":
        return None
    if reader.word(typed[0] + 1) != _FLATS:
        return None
    end = typed[0] + 2
    return Part(at, end, typed[1], name=reader.written(at, end))


def _line_at(reader: Reader, at: int) -> Part | None:
    """«ایستگاه پایانی خط ۲ مترو»: a stop called by its line."""
    typed = reader.type_at(at)
    if not typed or typed[2] not in _STOPS or reader.word(at) == _METRO:
        return None
    line = typed[0] + (reader.word(typed[0]) in _ENDS_OF_LINES)
    if reader.word(line) != _LINE:
        return None
    value = reader.numbers.value(line + 1)
    if not value:
        return None
    end = value[0] + (reader.word(value[0]) in _MEANS)
    return Part(at, end, typed[1], name=reader.written(at, end))


def _behind_plate(reader: Reader, at: int) -> Part | None:
    """«جلوی پلاک ۱۴ صارمی»: behind a relation and a plate a word that is no everyday word is a name."""
    if reader.word(at) != _PLATE or reader.sort(at + 1) != "number" or reader.word(at - 1) not in RELATIONS:
        return None
    known = reader.known(at + 2)
    end = known[0] if known else reader.unknown_name(at + 2)
    name = reader.word(at + 2)
    if end == at + 2 or name in TYPES or name in reader.gazetteer.everyday:
        return None
    if not known and reader.like_everyday(name):
        return None
    return Part(at, end, "address", name=reader.written(at, end), key=known[1] if known else "")


def road_at(reader: Reader, at: int, after: int) -> Part | None:
    """«جادهٔ مشهد به سرخس», «محور مشهد-کلات»: one end of it is Mashhad, or both are known."""
    ends = after + (reader.word(after) in BETWEEN)
    towns: list[int] = []
    while ends < len(reader.tokens) and len(towns) < 2:
        if reader.word(ends) == _MASHHAD:
            towns.append(ends)
            ends += 1
        elif towns and reader.word(ends) in _ROAD_JOINTS and len(towns) < 2:
            ends += 1
        elif known := reader.known(ends):
            towns.append(ends)
            ends = known[0]
        else:
            break
    if len(towns) < 2:
        return None
    if reader.word(ends) == _KILOMETRE and reader.sort(ends + 1) == "number":
        ends += 2
    return Part(at, ends, "highway", name=reader.written(at, ends))


def plot_at(reader: Reader, at: int) -> Part | None:
    """«قطعهٔ ۸۵ ردیف ۱۴»: a grave's plot."""
    if reader.word(at) not in PLOTS or reader.sort(at + 1) != "number" or reader.numbers.is_count(at + 2):
        return None
    end = at + 2
    if reader.word(end) == _ROW and reader.sort(end + 1) == "number":
        end += 2
    return Part(at, end, "landmark", name=reader.written(at, end))
