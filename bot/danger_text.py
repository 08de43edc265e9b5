"""Words and sentences as both parts of the emergency check see them (bot/danger.py, bot/danger_net.py)."""

from __future__ import annotations

import re

from casework.datafile import DataFileError
from persian.letters import folded

KINDS = ("fire", "gas", "power", "injury", "crime", "collapse", "social")

_SENTENCE_END = re.compile(r"[.!?\u061f\u061b;\n\u2026]+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_PREFIXES = ("\u0645\u06cc", "\u0646\u0645\u06cc")  # mi-, nemi-

Phrase = tuple[str, ...]


class DangerFileError(DataFileError):
    """A file of data/danger is wrong: file, key, reason."""


def sentences(text: str) -> list[str]:
    """The text cut at full stops, question and exclamation marks, semicolons and line ends."""
    return _SENTENCE_END.split(_ADDRESS.sub(" ", text))


def split(text: str) -> list[str]:
    """Folded words, repeated letters once; a lone mi- or nemi- joined to the word after it."""
    words: list[str] = []
    for word in re.split(r"[\W_]+", folded(_ADDRESS.sub(" ", text))):
        if not word:
            continue
        word = re.sub(r"([^\d])\1+", r"\1", word)
        if words and words[-1] in _PREFIXES:
            words[-1] += word
        else:
            words.append(word)
    return words


def as_phrase(text: str) -> Phrase:
    """A word or words of a data file; a trailing * of each stays."""
    words: list[str] = []
    for part in text.split():
        parts = split(part)
        if not parts:
            continue
        if words and words[-1] in _PREFIXES:
            parts[0] = words.pop() + parts[0]
        if part.endswith("*"):
            parts[-1] += "*"
        words += parts
    return tuple(words)


def fits(pattern: str, word: str) -> bool:
    """Whether `word` is the pattern's word, or begins with it where the pattern ends in *."""
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern
