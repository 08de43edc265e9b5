"""Folding of spelling variants, for matching and searching, never for showing.

`fold` is idempotent and keeps offsets: `fold(text).span(i, j)` is the span of the citizen's own text.
"""

from __future__ import annotations

import unicodedata

from persian.digits import to_latin
from persian.offsets import MappedText
from persian.remembered import Remembered

ZWNJ = "\u200c"

# One letter for all its cousins on other keyboards (Arabic, Kurdish, Pashto, Urdu).
_LETTERS = {
    cousin: letter
    for letter, cousins in {
        "ی": "يىېۍێئ",
        "ک": "كڪ",
        "ه": "ةۀہھەۂۃ",
        "و": "ؤۆۇڤ",
        "ا": "أإٱآ",
        "ت": "ٹ",
        "ر": "ڕ",
        "ل": "ڵ",
    }.items()
    for cousin in cousins
}
_DROPPED = {"ء", "ـ", "\u200d", "\ufeff", "\u00ad", "\u2060", "\u200e", "\u200f"}
_SPACES = {ZWNJ, "\u200b", "\u00a0", "\u202f", "_"}


def _folded(character: str) -> str:
    """One character as it counts for matching: empty where it does not count, a space where it parts words."""
    if character in _LETTERS:
        return _LETTERS[character]
    if character in _DROPPED:
        return ""
    if character in _SPACES or character.isspace():
        return " "
    if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc"):
        return ""
    return to_latin(character)


def _parts(raw: str) -> str:
    """What one character of a text becomes: presentation forms taken apart (NFKC), folded, lower case."""
    return "".join(_folded(character) for character in unicodedata.normalize("NFKC", raw).lower())


_PARTS = Remembered(_parts, 4096)


def fold(text: str) -> MappedText:
    """Letters of one kind, Latin digits, no diacritics, one space for any run of space and ZWNJ, lower case.

    Leading and trailing space falls away. Presentation forms are taken apart (NFKC per character).
    """
    parts = list(map(_PARTS.__getitem__, text))
    joined = "".join(parts)
    tidy = "  " not in joined and joined[:1] != " " and joined[-1:] != " "
    # Most texts keep every letter in its place.
    if tidy and len(joined) == len(text) and "" not in parts:
        return MappedText(joined, text, range(len(text)))
    positions = [index for index, part in enumerate(parts) for _ in part]
    if not tidy:
        before = " "
        kept = []
        for index, character in zip(positions, joined, strict=True):
            if character != " " or before != " ":
                kept.append(index)
            before = character
        positions = kept[:-1] if before == " " and kept else kept
        joined = " ".join(joined.split())
    return MappedText(joined, text, positions)


def folded(text: str) -> str:
    """`fold` where the offsets are not needed."""
    return fold(text).text
