"""Text that remembers where each of its characters came from."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_MARKS = frozenset({"Mn", "Me", "Lm"})


@dataclass(frozen=True)
class MappedText:
    """A rewritten text with, for each of its code points, the index in `source` it came from.

    `positions` has `len(text)` entries, never decreasing. Offsets are code points, as in Python.
    """

    text: str
    source: str
    positions: Sequence[int]

    @classmethod
    def identity(cls, source: str) -> MappedText:
        return cls(source, source, range(len(source)))

    @classmethod
    def of_pairs(cls, source: str, pairs: Iterable[tuple[str, int]]) -> MappedText:
        """Build from (replacement characters, source index) pairs."""
        characters: list[str] = []
        positions: list[int] = []
        for replacement, index in pairs:
            characters.append(replacement)
            positions.extend([index] * len(replacement))
        return cls("".join(characters), source, tuple(positions))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span of `source` behind `text[start:end]`; an empty span stays empty."""
        if start >= end:
            at = self.positions[start] if start < len(self.positions) else len(self.source)
            return at, at
        first, last = self.positions[start], self.positions[end - 1]
        following = self.positions[end] if end < len(self.positions) else len(self.source)
        # Diacritics and stretches dropped behind the last letter belong to it: «منطقهٔ», «خیـــابان».
        stop = last + 1
        while stop < following and unicodedata.category(self.source[stop]) in _MARKS:
            stop += 1
        return first, stop

    def then(self, other: MappedText) -> MappedText:
        """This rewriting followed by `other` (whose source is this text)."""
        if other.source != self.text:
            raise ValueError("the second rewriting does not start from this text")
        return MappedText(other.text, self.source, tuple(self.positions[i] for i in other.positions))
