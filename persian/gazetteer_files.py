"""The files of `data/gazetteer/` and what stands in a row.

- `streets.tsv`, `neighbourhoods.tsv`, `places.tsv`, `outside.tsv`: kind, type word, name, aliases (parted by ;),
  districts (parted by commas; empty: unknown), lat, lng, alone (see `Entry`), source (a key of `sources.tsv`, or
  an address)
- `centroids.tsv`: middle points of neighbourhoods; `everyday.txt`: words that are no names

Empty lines and lines that begin with # are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from persian.letters import folded
from persian.remembered import Remembered

KINDS = frozenset(
    {
        "street",
        "alley",
        "square",
        "highway",
        "park",
        "neighbourhood",
        "metro_station",
        "landmark",
        "district",
        "outside",
    }
)
DISTRICTS = (*map(str, range(1, 13)), "samen")
Alone: TypeAlias = Literal["yes", "near", "typed"]

PLACE_FILES = ("streets.tsv", "neighbourhoods.tsv", "places.tsv", "outside.tsv")
_PLACE_COLUMNS = ("kind", "type", "name", "aliases", "districts", "lat", "lng", "alone", "source")
_CENTROID_COLUMNS = ("name", "quarter", "districts", "lat", "lng", "source")

WORD = re.compile(r"[^\W\d_]+|\d+")
ALONE_ORDER = {"yes": 0, "near": 1, "typed": 2}


class GazetteerError(ValueError):
    """A gazetteer file that cannot be used."""


@dataclass(frozen=True)
class Entry:
    """One place. `type` is the word before the name («بولوار») or empty; no `districts`: unknown.

    `alone` says when the bare name counts as a place in running text: `yes` always, `near` after a word
    such as «در» or «سمت», `typed` only with a type word, a number or a word such as «نبش».
    """

    kind: str
    type: str
    name: str
    aliases: tuple[str, ...]
    districts: tuple[str, ...]
    lat: float | None
    lng: float | None
    alone: Alone
    source: str

    @property
    def title(self) -> str:
        """Type word and name, as it is shown."""
        return f"{self.type} {self.name}" if self.type else self.name


@dataclass(frozen=True)
class Centroid:
    """The middle point of a neighbourhood, in degrees."""

    name: str
    districts: tuple[str, ...]
    lat: float
    lng: float


_KEYS: Remembered[str, str] = Remembered(lambda name: "".join(WORD.findall(folded(name))))


def key_of(name: str) -> str:
    """The look-up key of a name: folded, without spaces and punctuation."""
    return _KEYS[name]


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """(number, line) of a text file. Raises GazetteerError where it cannot be read."""
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GazetteerError(f"{path}: cannot be read: {error}") from error
    for number, line in enumerate(content.splitlines(), start=1):
        yield number, line.rstrip("\r")


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """(where, row) for each line of a TSV file; empty lines and lines that begin with # are skipped."""
    header_seen = False
    for number, line in lines_of(path):
        if not line.strip() or line.startswith("#"):
            continue
        where = f"{path}:{number}"
        cells = line.split("\t")
        if not header_seen:
            if tuple(cells) != columns:
                raise GazetteerError(f"{where}: the columns must be {', '.join(columns)}")
            header_seen = True
            continue
        if len(cells) != len(columns):
            raise GazetteerError(f"{where}: {len(cells)} cells instead of {len(columns)}")
        yield where, dict(zip(columns, (cell.strip() for cell in cells), strict=True))
    if not header_seen:
        raise GazetteerError(f"{path}: empty; a line of column names is expected")


def _districts(where: str, cell: str) -> tuple[str, ...]:
    districts = tuple(part.strip() for part in cell.split(",") if part.strip())
    for district in districts:
        if district not in DISTRICTS:
            raise GazetteerError(f"{where}: districts: {district!r} is none of {', '.join(DISTRICTS)}")
    return districts


def _degrees(where: str, column: str, cell: str, limit: float) -> float | None:
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError as error:
        raise GazetteerError(f"{where}: {column}: {cell!r} is no number") from error
    if abs(value) > limit:
        raise GazetteerError(f"{where}: {column}: {cell} is out of range")
    return value


def read_places(path: Path) -> Iterator[Entry]:
    """The places of one file. Raises GazetteerError naming file, line, column and reason."""
    for where, row in _rows(path, _PLACE_COLUMNS):
        if row["kind"] not in KINDS:
            raise GazetteerError(f"{where}: kind: {row['kind']!r} is none of {', '.join(sorted(KINDS))}")
        if not key_of(row["name"]):
            raise GazetteerError(f"{where}: name: is empty")
        if row["alone"] not in ALONE_ORDER:
            raise GazetteerError(f"{where}: alone: {row['alone']!r} is none of yes, near, typed")
        alone: Alone = "yes" if row["alone"] == "yes" else "near" if row["alone"] == "near" else "typed"
        yield Entry(
            kind=row["kind"],
            type=row["type"],
            name=row["name"],
            aliases=tuple(part.strip() for part in row["aliases"].split(";") if part.strip()),
            districts=_districts(where, row["districts"]),
            lat=_degrees(where, "lat", row["lat"], 90),
            lng=_degrees(where, "lng", row["lng"], 180),
            alone=alone,
            source=row["source"],
        )


def read_centroids(path: Path) -> Iterator[Centroid]:
    """The centroids of one file. Raises GazetteerError naming file, line, column and reason."""
    for where, row in _rows(path, _CENTROID_COLUMNS):
        lat, lng = _degrees(where, "lat", row["lat"], 90), _degrees(where, "lng", row["lng"], 180)
        if lat is None or lng is None:
            raise GazetteerError(f"{where}: a centroid needs lat and lng")
        name = f"{row['name']} ({row['quarter']})" if row["quarter"] else row["name"]
        yield Centroid(name, _districts(where, row["districts"]), lat, lng)
