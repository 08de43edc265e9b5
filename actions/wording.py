"""How a short answer is read: folded letters, and the lists of words under `words` in data/messages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from actions.texts import Texts
from persian.letters import folded

_NOT_WORDS = re.compile(r"[^\w\s]")


def tokens(text: str) -> list[str]:
    """The words of a text, folded, without punctuation and pictures."""
    return _NOT_WORDS.sub(" ", folded(text)).split()


def plain(text: str) -> str:
    """Letters and digits alone: «نمی‌دانم», «نمی دانم» and «نمیدانم» are the same."""
    return "".join(tokens(text))


def listed(said: str) -> list[str]:
    """The parts of a list in data/messages, which «،» parts."""
    return [part.strip() for part in said.split("،") if part.strip()]


@lru_cache(maxsize=256)
def _words(texts: Texts, name: str) -> tuple[str, ...]:
    return tuple(plain(word) for word in listed(texts.say(f"words.{name}")))


def made_of(texts: Texts, names: Sequence[str], text: str) -> bool:
    """Whether each word of the text stands in one of the lists."""
    words = tokens(text)
    return bool(words) and all(any(word in _words(texts, name) for name in names) for word in words)


def mentions(texts: Texts, name: str, text: str) -> bool:
    """Whether a word of the list stands in the text."""
    return any(word in _words(texts, name) for word in tokens(text))


def how_many(texts: Texts, name: str, text: str) -> int:
    """How many words of the text stand in the list."""
    return sum(word in _words(texts, name) for word in tokens(text))


def says(texts: Texts, name: str, text: str) -> bool:
    """Whether a phrase of the list stands in the text, word for word."""
    words, phrases = tokens(text), _words(texts, name)
    longest = max(map(len, phrases), default=0)
    return any(_begins_phrase(words, start, phrases, longest) for start in range(len(words)))


def _begins_phrase(words: Sequence[str], start: int, phrases: tuple[str, ...], longest: int) -> bool:
    """Whether a phrase stands from this word on. No further than the longest reaches: a letter may have a thousand."""
    said = ""
    for at in range(start, len(words)):
        said += words[at]
        if said in phrases:
            return True
        if len(said) >= longest:
            return False
    return False


def stands_for(texts: Texts, name: str, text: str) -> bool:
    """Whether the whole text is one of the list («هیچ کدام»)."""
    return plain(text) in _words(texts, name)


def begins_with(texts: Texts, name: str, word: str) -> bool:
    """Whether a word begins like one of the list («ماهه»)."""
    return plain(word).startswith(_words(texts, name))


def ordinal(texts: Texts, text: str) -> int | None:
    """«۲», «گزینه ۲», «دومی»: the second of a list; None for everything else."""
    said = plain(text)
    if said in (ordinals := _words(texts, "ordinals")):
        return ordinals.index(said) + 1
    number = re.fullmatch(r"\D{0,6}?([1-9][0-9]?)", said)
    return int(number.group(1)) if number and len(tokens(text)) <= 2 else None


def is_readable(text: str) -> bool:
    """False for a dot, a picture, one letter over and over («ههههه»)."""
    letters = plain(text)
    return len(set(letters)) > 1 or letters.isdigit()
