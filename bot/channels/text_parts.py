"""Cutting a long text into messages where a reader would pause."""

from __future__ import annotations

import re
import unicodedata

# Best places first: an empty line, a line's end, a sentence's end, a comma, a space.
_BREAKS = (
    re.compile(r"\n[ \t]*\n\s*"),
    re.compile(r"\n\s*"),
    re.compile(r"(?<=[.!?\u061f\u2026\u061b;])\s+"),
    re.compile(r"(?<=[\u060c,])\s+"),
    re.compile(r"\s+"),
)
_JOINERS = {"\u200c", "\u200d", "\ufe0f", "\ufe0e"}


def length(text: str) -> int:
    """UTF-16 code units: how messengers count (an emoji counts two)."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def split_text(text: str, limit: int) -> list[str]:
    """The text in parts of at most `limit` UTF-16 units, none empty; only space between parts is lost.

    A part is at least a third of the limit long, so that one early line break does not make a tiny message.
    """
    parts: list[str] = []
    rest = text.strip()
    while length(rest) > limit:
        cut, resume = _place_to_cut(rest, limit)
        parts.append(rest[:cut].rstrip())
        rest = rest[resume:].lstrip()
    if rest:
        parts.append(rest)
    return parts


def _place_to_cut(text: str, limit: int) -> tuple[int, int]:
    """(end of this part, start of the next), as code points."""
    reach = _reach(text, limit)
    for pattern in _BREAKS:
        last = None
        for found in pattern.finditer(text, 0, min(len(text), reach + 1)):
            if reach // 3 <= found.start() <= reach:
                last = found
        if last is not None:
            return last.start(), last.end()
    return _hard_cut(text, reach)


def _reach(text: str, limit: int) -> int:
    """How many code points fit into `limit` units."""
    units = 0
    for index, character in enumerate(text):
        units += 2 if ord(character) > 0xFFFF else 1
        if units > limit:
            return index
    return len(text)


def _hard_cut(text: str, reach: int) -> tuple[int, int]:
    """No space far and wide: cut, but not between a letter and what belongs to it."""
    cut = reach
    while cut > max(1, reach - 20) and _belongs_to_the_left(text, cut):
        cut -= 1
    return cut, cut


def _belongs_to_the_left(text: str, index: int) -> bool:
    character = text[index]
    return (
        character in _JOINERS
        or text[index - 1] == "\u200d"
        or unicodedata.combining(character) != 0
        or 0x1F3FB <= ord(character) <= 0x1F3FF  # skin tones
    )
