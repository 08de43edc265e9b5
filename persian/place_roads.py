"""Places that are no names: roads between towns, plots of a cemetery."""

from __future__ import annotations

from persian.letters import folded
from persian.place_part import Part
from persian.place_reader import Reader
from persian.place_words import BETWEEN, PLOTS

_MASHHAD = folded("مشهد")
_KILOMETRE, _ROW = folded("کیلومتر"), folded("ردیف")
_ROAD_JOINTS = frozenset((*map(folded, ("به", "و", "تا", "الی")), "-", "–"))


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
