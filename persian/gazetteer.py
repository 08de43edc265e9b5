"""The places of Mashhad: names, kinds, districts, centroids of neighbourhoods.

Read from the TSV files of `data/gazetteer/` (columns: see `docs` there). Names are looked up by a key
without spaces, so that «وکیل‌آباد», «وکیل آباد» and «وکیلآباد» are one. The gazetteer is not the
municipality's own list: a name that lies in several districts, or in an unknown one, says so.

    GazetteerError (ValueError): a file that cannot be used; names file, line, reason
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from persian.geo import metres_between
from persian.letters import fold, folded
from persian.typos import TypoIndex

KINDS = frozenset(
    {"street", "alley", "square", "highway", "park", "neighbourhood", "metro_station", "landmark", "district", "outside"}
)
DISTRICTS = tuple(str(number) for number in range(1, 13)) + ("samen",)
Alone = Literal["yes", "near", "typed"]

PLACE_FILES = ("streets.tsv", "neighbourhoods.tsv", "places.tsv", "outside.tsv")
_PLACE_COLUMNS = ("kind", "type", "name", "aliases", "districts", "lat", "lng", "alone", "source")
_CENTROID_COLUMNS = ("name", "quarter", "districts", "lat", "lng", "source")

OUTSIDE_METRES = 3_000.0
"""Farther than this from every neighbourhood's centroid is outside the city (neighbours lie 300–1,500 m apart)."""
BORROW_METRES = 1_500.0
"""A neighbourhood without a known district borrows one from the nearest centroid that has, up to this far."""

_WORD = re.compile(r"[^\W\d_]+|\d+")
_TITLES = tuple(folded(word) for word in ("شهید", "شهیدان", "دکتر", "سردار", "استاد"))
_ALONE_ORDER = {"yes": 0, "near": 1, "typed": 2}


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
class PlaceMatch:
    """A gazetteer name in a text; offsets in code points of that text."""

    text: str
    start: int
    end: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Nearest:
    """What lies nearest to a point. `district` is `1`…`12`, `samen`, `unknown` or `outside`."""

    neighbourhood: str | None
    district: str
    metres: float


@dataclass(frozen=True)
class Centroid:
    name: str
    districts: tuple[str, ...]
    lat: float
    lng: float


def key_of(name: str) -> str:
    """The look-up key of a name: folded, without spaces and punctuation."""
    return "".join(_WORD.findall(folded(name)))


class Gazetteer:
    """All places, ready for look-up. Build it once per process (`load`)."""

    def __init__(
        self, entries: Iterable[Entry], centroids: Iterable[Centroid] = (), everyday: Iterable[str] = ()
    ) -> None:
        self.entries = tuple(entries)
        self.centroids = tuple(centroids)
        self.everyday = frozenset(everyday)
        by_key: dict[str, list[Entry]] = {}
        levels: dict[str, Alone] = {}
        for entry in self.entries:
            for key in {key_of(name) for name in (entry.name, *entry.aliases)}:
                by_key.setdefault(key, []).append(entry)
                levels[key] = min(levels.get(key, "typed"), entry.alone, key=_ALONE_ORDER.__getitem__)
            if entry.type:
                # With its type word the name is unmistakable and stands for this entry only.
                by_key.setdefault(key_of(entry.title), []).append(entry)
        # «هنرور» for «شهید هنرور»: found, but never sure on its own.
        untitled: dict[str, list[Entry]] = {}
        for entry in self.entries:
            for name in (entry.name, *entry.aliases):
                first, _, rest = folded(name).partition(" ")
                if first in _TITLES and rest and (key := key_of(rest)) not in levels:
                    untitled.setdefault(key, []).append(entry)
        for key, found in untitled.items():
            by_key.setdefault(key, []).extend(found)
            levels[key] = "typed" if key in self.everyday else "near"
        self._levels = levels
        self._by_key = {key: tuple(found) for key, found in by_key.items()}
        self.longest_key = max(map(len, self._by_key), default=0)
        self._names = frozenset(levels)
        self._typos = TypoIndex(self._names)
        self._everyday_typos = TypoIndex(self.everyday, shortest=4)

    @classmethod
    def load(cls, folder: Path) -> Gazetteer:
        """Read the gazetteer's folder. Raises GazetteerError naming file, line and reason."""
        entries = [entry for name in PLACE_FILES for entry in _read_places(folder / name)]
        everyday = {
            folded(line) for _, line in _lines(folder / "everyday.txt") if line and not line.startswith("#")
        }
        return cls(entries, _read_centroids(folder / "centroids.tsv"), everyday)

    # Names

    def by_key(self, key: str) -> tuple[Entry, ...]:
        """The entries of a key made by `key_of`; empty where there is none."""
        return self._by_key.get(key, ())

    def is_name(self, key: str) -> bool:
        """True for the key of a name or alias without its type word."""
        return key in self._names

    def names(self) -> frozenset[str]:
        """The keys of all names and aliases, without type words."""
        return self._names

    def alone(self, key: str) -> Alone:
        """How sure the bare name is in running text: the surest of its entries."""
        return self._levels.get(key, "typed")

    def near_miss(self, key: str) -> str | None:
        """The one name key at edit distance 1 (a swap of neighbours counts as 1); None for none or several.

        Only for keys of five letters or more: shorter names are too near to everyday words.
        """
        return self._typos.one_edit_away(key)

    def is_like_everyday(self, word: str) -> bool:
        """True for an everyday word or one edit beside one (from four letters on)."""
        return word in self.everyday or self._everyday_typos.is_near(word)

    def candidates(self, name: str) -> list[Entry]:
        """All entries of that name, for «کدام خیابان بهشتی؟»; a title such as «شهید» may be missing."""
        key = key_of(name)
        found = list(self.by_key(key))
        for title in _TITLES:
            found += [e for e in self.by_key(title + key) if e not in found]
        return found

    def district_of(self, name: str, kind: str | None = None) -> set[str]:
        """The districts in which places of that name (and kind) lie; empty where nothing is known."""
        found = [entry for entry in self.candidates(name) if kind in (None, entry.kind)]
        if kind is None:
            # «صحن هدایت» says nothing of where «هدایت» is, unless nothing else has the name.
            found = [e for e in found if not (e.kind == "landmark" and e.type)] or found
        return {district for entry in found for district in entry.districts}

    def is_outside(self, name: str) -> bool:
        """True where the name belongs to a place outside the city and to none inside."""
        found = self.by_key(key_of(name))
        return bool(found) and all(entry.kind == "outside" for entry in found)

    def vocabulary(self) -> set[str]:
        """The folded words of all names, aliases and type words."""
        return {
            word
            for entry in self.entries
            for name in (entry.title, *entry.aliases)
            for word in folded(name).split()
            if word.isalpha()
        }

    # Texts

    def find(self, text: str) -> list[PlaceMatch]:
        """Names in a text, longest first, without overlap and without regard to context."""
        mapped = fold(text)
        words = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(mapped.text)]
        found: list[PlaceMatch] = []
        index = 0
        while index < len(words):
            length, entries = self._longest([word for word, _, _ in words[index : index + 6]])
            if not length:
                index += 1
                continue
            start, end = mapped.span(words[index][1], words[index + length - 1][2])
            found.append(PlaceMatch(text[start:end], start, end, entries))
            index += length
        return found

    def _longest(self, words: list[str]) -> tuple[int, tuple[Entry, ...]]:
        best: tuple[int, tuple[Entry, ...]] = (0, ())
        key = ""
        for count, word in enumerate(words, start=1):
            key += word
            if len(key) > self.longest_key:
                break
            if key in self._by_key:
                best = (count, self._by_key[key])
        return best

    def search(self, text: str, limit: int = 5) -> list[Entry]:
        """Entries for a short answer that is only a place name («کوهسنکی»), best first, tolerant of typos.

        A name with one typo is found from five letters on; a beginning of a name from four.
        """
        key = re.sub(r"\d+$", "", key_of(text))
        if not key:
            return []
        found = self.candidates(key)
        if not found and (near := self._typos.one_edit_away(key)):
            found = self.candidates(near)
        if not found:
            match = [m for m in self.find(text)]
            found = [entry for m in match for entry in m.entries]
        if not found and len(key) >= 4:
            found = [e for e in self.entries if key_of(e.name).startswith(key) or key_of(e.title).startswith(key)]
        return found[:limit]

    # Points

    def nearest(self, lat: float, lon: float) -> Nearest:
        """The neighbourhood and district of a point in degrees, by nearest centroid.

        A guess near borders: districts have no polygons here. Where the nearest neighbourhood has no known
        (or no single) district, that of the nearest one that has is taken, up to BORROW_METRES.
        """
        ranked = sorted(
            ((metres_between(lat, lon, c.lat, c.lng), c) for c in self.centroids), key=lambda pair: pair[0]
        )
        if not ranked:
            return Nearest(None, "unknown", float("inf"))
        metres, first = ranked[0]
        if metres > OUTSIDE_METRES:
            return Nearest(None, "outside", metres)
        for distance, centroid in ranked:
            if distance > BORROW_METRES and centroid is not first:
                break
            if len(centroid.districts) == 1:
                return Nearest(first.name, centroid.districts[0], metres)
        return Nearest(first.name, "unknown", metres)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GazetteerError(f"{path}: cannot be read: {error}") from error
    for number, line in enumerate(content.splitlines(), start=1):
        yield number, line.rstrip("\r")


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """(where, row) for each line of a TSV file; empty lines and lines that begin with # are skipped."""
    header_seen = False
    for number, line in _lines(path):
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
        yield where, dict(zip(columns, (cell.strip() for cell in cells)))
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


def _read_places(path: Path) -> Iterator[Entry]:
    for where, row in _rows(path, _PLACE_COLUMNS):
        if row["kind"] not in KINDS:
            raise GazetteerError(f"{where}: kind: {row['kind']!r} is none of {', '.join(sorted(KINDS))}")
        if not key_of(row["name"]):
            raise GazetteerError(f"{where}: name: is empty")
        if row["alone"] not in _ALONE_ORDER:
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


def _read_centroids(path: Path) -> Iterator[Centroid]:
    for where, row in _rows(path, _CENTROID_COLUMNS):
        lat, lng = _degrees(where, "lat", row["lat"], 90), _degrees(where, "lng", row["lng"], 180)
        if lat is None or lng is None:
            raise GazetteerError(f"{where}: a centroid needs lat and lng")
        name = f"{row['name']} ({row['quarter']})" if row["quarter"] else row["name"]
        yield Centroid(name, _districts(where, row["districts"]), lat, lng)
