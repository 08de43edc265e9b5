"""The places of Mashhad: names, kinds, districts, centroids of neighbourhoods.

Read from the files of `data/gazetteer/` (`gazetteer_files`). Names are looked up by a key
without spaces, so that «وکیل‌آباد», «وکیل آباد» and «وکیلآباد» are one. The gazetteer is not the
municipality's own list: a name that lies in several districts, or in an unknown one, says so.

    GazetteerError (ValueError): a file that cannot be used; names file, line, reason
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from pathlib import Path

from persian.gazetteer_files import (
    ALONE_ORDER,
    DISTRICTS,
    PLACE_FILES,
    WORD,
    Alone,
    Centroid,
    Entry,
    GazetteerError,
    key_of,
    lines_of,
    read_centroids,
    read_places,
)
from persian.geo import metres_between
from persian.letters import fold, folded
from persian.slips import ADDED, LIKELY, SOUND, Heard, heard

__all__ = ["DISTRICTS", "Centroid", "Entry", "Gazetteer", "GazetteerError", "Nearest", "PlaceMatch", "key_of"]

OUTSIDE_METRES = 3_000.0
"""Farther than this from every neighbourhood's centroid is outside the city (neighbours lie 300–1,500 m apart)."""
BORROW_METRES = 1_500.0
"""A neighbourhood without a known district borrows one from the nearest centroid that has, up to this far."""

_BEGINNING = 4
_SPOKEN = (folded("خیابان"), folded("خیابون"))
_TITLES = tuple(folded(word) for word in ("شهید", "شهیدان", "دکتر", "سردار", "استاد"))


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


class Gazetteer:
    """All places, ready for look-up. Build it once per process (`load`)."""

    def __init__(
        self,
        entries: Iterable[Entry],
        centroids: Iterable[Centroid] = (),
        everyday: Iterable[str] = (),
        lookalikes: Iterable[str] = (),
    ) -> None:
        self.entries = tuple(entries)
        self.centroids = tuple(centroids)
        self.everyday = frozenset(everyday)
        by_key: dict[str, list[Entry]] = {}
        levels: dict[str, Alone] = {}
        for entry in self.entries:
            keys = {key_of(name) for name in (entry.name, *entry.aliases)}
            keys |= {key.replace(*_SPOKEN) for key in keys}  # «پایین خیابون»
            for key in keys:
                by_key.setdefault(key, []).append(entry)
                levels[key] = min(levels.get(key, "typed"), entry.alone, key=ALONE_ORDER.__getitem__)
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
        self._beginnings = {name[:count] for name in self._names for count in range(1, _BEGINNING + 1)}
        self._heard = Heard(self._names)
        self._everyday_heard = Heard(self.everyday)
        self._lookalikes = frozenset(lookalikes)
        long = [heard(key_of(n)) for e in self.entries for n in (e.name, *e.aliases) if " " in folded(n)]
        self._ends = frozenset(key[:3] for key in long), frozenset(key[-3:] for key in long)

    @classmethod
    def load(cls, folder: Path) -> Gazetteer:
        """Read the gazetteer's folder. Raises GazetteerError naming file, line and reason."""
        entries = [entry for name in PLACE_FILES for entry in read_places(folder / name)]
        everyday, lookalikes = _words(folder / "everyday.txt"), _words(folder / "lookalikes.txt")
        return cls(entries, read_centroids(folder / "centroids.tsv"), everyday, lookalikes)

    # Names

    def by_key(self, key: str) -> tuple[Entry, ...]:
        """The entries of a key made by `key_of`; empty where there is none."""
        return self._by_key.get(key, ())

    def begins_a_name(self, key: str) -> bool:
        """False where no name begins with `key` (its first letters are looked at); quick."""
        return key[:_BEGINNING] in self._beginnings and len(key) <= self.longest_key

    def is_name(self, key: str) -> bool:
        """True for the key of a name or alias without its type word."""
        return key in self._names

    def names(self) -> frozenset[str]:
        """The keys of all names and aliases, without type words."""
        return self._names

    def alone(self, key: str) -> Alone:
        """How sure the bare name is in running text: the surest of its entries."""
        return self._levels.get(key, "typed")

    def meant(self, key: str) -> tuple[str, float] | None:
        """(name key, cost of the slip) where `key` is a misspelt name; the name is "" where several are as near.

        From five letters on any one slip counts, at four only a likely one, at three only another letter of the
        same sound: shorter names are too near to everyday words.
        """
        if key in self._lookalikes:
            return None
        names, cost = self._heard.meant(key)
        most = (
            SOUND
            if len(key) == 3
            else LIKELY
            if len(key) == 4 and len(min(names, key=len, default=key)) < 5
            else inf
        )
        if not names or cost > most:
            return None
        return (names[0] if len(names) == 1 else ""), cost

    def may_be_long(self, key: str) -> bool:
        """False where `key`, two or three words, has neither the beginning nor the end of a name of several words."""
        by_sound = heard(key)
        return by_sound[:3] in self._ends[0] or by_sound[-3:] in self._ends[1]

    def is_lookalike(self, word: str) -> bool:
        """True for a word that only looks like a misspelt name."""
        return word in self._lookalikes

    def everyday_slip(self, word: str) -> float:
        """The cost of the slip from an everyday word to this one: 0 for an everyday word, infinity for none."""
        if word in self.everyday:
            return 0.0
        return self._everyday_heard.meant(word)[1] or inf

    def is_like_everyday(self, word: str) -> bool:
        """True for an everyday word or one slip beside one (from four letters on)."""
        return self.everyday_slip(word) <= ADDED

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
        kinds = {entry.kind for entry in self.by_key(key_of(name))}
        # A road in the city may be called after the town it leads to.
        return "outside" in kinds and kinds <= {"outside", "street"}

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
        words = [(m.group(), m.start(), m.end()) for m in WORD.finditer(mapped.text)]
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
        if not found and (near := self.meant(key)) and near[0]:
            found = self.candidates(near[0])
        if not found:
            found = [entry for match in self.find(text) for entry in match.entries]
        if not found and len(key) >= 4:
            found = [
                e for e in self.entries if key_of(e.name).startswith(key) or key_of(e.title).startswith(key)
            ]
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


def _words(path: Path) -> set[str]:
    return {folded(line) for _, line in lines_of(path) if line and not line.startswith("#")}
