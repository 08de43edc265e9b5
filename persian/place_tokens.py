"""Words, numbers and marks of a message, Latin words read as Persian place words where they can be."""

from __future__ import annotations

import re
from typing import NamedTuple
from weakref import WeakKeyDictionary

from persian.finglish import PLACE_WORDS, FinglishIndex
from persian.gazetteer import Gazetteer
from persian.letters import fold
from persian.offsets import MappedText
from persian.place_words import ABBREVIATED, LATIN_STOPS, TYPES
from persian.remembered import Remembered

# Slashes and hyphens bind house and lane numbers: 12/3.
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:/\d+)*|[^\w\s]")
_LONGEST_LATIN = 4
_GLUED = tuple(
    sorted((form for form in TYPES if len(form) >= 4 and form not in ABBREVIATED), key=len, reverse=True)
)
_FINGLISH: WeakKeyDictionary[Gazetteer, FinglishIndex] = WeakKeyDictionary()


class Token(NamedTuple):
    """`word` is folded Persian where it was understood; offsets in the folded text. sort: word, number, mark."""

    word: str
    start: int
    end: int
    sort: str
    latin: bool = False


def tokens_of(text: str, gazetteer: Gazetteer) -> tuple[list[Token], MappedText]:
    """The tokens of a text and the folding that their offsets refer to."""
    mapped = fold(text)
    raw = []
    for match in _TOKEN.finditer(mapped.text):
        word = match.group()
        raw.append(Token(word, *match.span(), _SORTS[word[0]], "a" <= word[0] <= "z"))
    tokens: list[Token] = []
    index = 0
    while index < len(raw):
        token = raw[index]
        if token.latin:
            taken, made = _read_latin(raw, index, gazetteer)
            tokens.append(made)
            index += taken
            continue
        if token.sort == "word" and len(token.word) >= 7:
            tokens.extend(_unglued(token, gazetteer))
        else:
            tokens.append(token)
        index += 1
    return tokens, mapped


def _sort(first: str) -> str:
    return "number" if first.isdigit() else "word" if first.isalpha() else "mark"


_SORTS = Remembered(_sort, 4096)


def _finglish(gazetteer: Gazetteer) -> FinglishIndex:
    if gazetteer not in _FINGLISH:
        _FINGLISH[gazetteer] = FinglishIndex(gazetteer.names())
    return _FINGLISH[gazetteer]


def _read_latin(raw: list[Token], index: int, gazetteer: Gazetteer) -> tuple[int, Token]:
    """How many tokens were read, and what they became."""
    first = raw[index]
    if first.word in PLACE_WORDS:
        return 1, Token(PLACE_WORDS[first.word], first.start, first.end, "word", True)
    longest = 1
    while longest < _LONGEST_LATIN and index + longest < len(raw) and raw[index + longest].latin:
        longest += 1
    for count in range(longest, 0, -1):
        words = [token.word for token in raw[index : index + count]]
        if count == 1 and words[0] in gazetteer.everyday and not _stands_in_an_address(raw, index):
            continue
        if (count == 1 and words[0] in LATIN_STOPS) or (count > 1 and words[-1] in LATIN_STOPS):
            continue
        if count > 1 and any(word in PLACE_WORDS for word in words[1:]):
            continue
        found = _finglish(gazetteer).read("".join(words))
        if found and (count == 1 or len("".join(words)) >= 6):
            last = raw[index + count - 1]
            return count, Token(found[0], first.start, last.end, "word", True)
    return 1, first


def _stands_in_an_address(raw: list[Token], index: int) -> bool:
    """True between a Latin type word and a number, or next to one of them."""
    before = raw[index - 1].word if index else ""
    return PLACE_WORDS.get(before, "") in TYPES or (index + 1 < len(raw) and raw[index + 1].sort == "number")


def _unglued(token: Token, gazetteer: Gazetteer) -> list[Token]:
    """«کتابخانهرازی» is two words where the rest is a known name."""
    word = token.word
    if not word.startswith(_GLUED) or word in gazetteer.everyday or gazetteer.is_name(word):
        return [token]
    for form in _GLUED:
        if word.startswith(form) and gazetteer.is_name(word[len(form) :]) and len(word) - len(form) >= 3:
            cut = token.start + len(form)
            return [Token(form, token.start, cut, "word"), Token(word[len(form) :], cut, token.end, "word")]
    return [token]
