"""Words, numbers and marks of a message, Latin words read as Persian place words where they can be."""

from __future__ import annotations

import re
from typing import NamedTuple
from weakref import WeakKeyDictionary

from persian.finglish import PLACE_WORDS, FinglishIndex
from persian.gazetteer import Gazetteer
from persian.letters import fold, folded
from persian.offsets import MappedText
from persian.place_slips import readings
from persian.place_words import LATIN_STOPS, STRONG, TITLES, TYPES
from persian.remembered import Remembered

# Slashes and hyphens bind house and lane numbers: 12/3.
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:/\d+)*|[^\w\s]")
_LONGEST_LATIN = 4
_EZAFES = ("e", "ye")
_DARK = "tarik"
_WATER = folded("آب")
_RAH = folded("راه")  # of «3 rah»
_FINGLISH: WeakKeyDictionary[Gazetteer, FinglishIndex] = WeakKeyDictionary()
_EVERYDAY: WeakKeyDictionary[Gazetteer, Remembered[str, bool]] = WeakKeyDictionary()


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
    reading = readings(gazetteer)
    index = 0
    while index < len(raw):
        token = raw[index]
        if token.latin:
            taken, made = _read_latin(raw, index, gazetteer)
            tokens.append(made)
            index += taken
            continue
        read = reading[token.word] if token.sort == "word" else 0
        if not read:
            tokens.append(token)
        elif isinstance(read, str):
            tokens.append(token._replace(word=read))
        else:
            middle = token.start + read
            tokens.append(Token(token.word[:read], token.start, middle, "word"))
            tokens.append(Token(token.word[read:], middle, token.end, "word"))
        index += 1
    return tokens, mapped


def _sort(first: str) -> str:
    return "number" if first.isdigit() else "word" if first.isalpha() else "mark"


_SORTS = Remembered(_sort, 4096)


def _finglish(gazetteer: Gazetteer) -> FinglishIndex:
    if gazetteer not in _FINGLISH:
        _FINGLISH[gazetteer] = FinglishIndex(gazetteer.names())
    return _FINGLISH[gazetteer]


def latin_everyday(gazetteer: Gazetteer) -> Remembered[str, bool]:
    """For a Latin word: whether it is an everyday word, or spells a Persian one that is no name («khabide»)."""
    if gazetteer not in _EVERYDAY:
        words = FinglishIndex(w for w in gazetteer.everyday if not w.isascii() and not gazetteer.is_name(w))
        own = gazetteer.everyday
        _EVERYDAY[gazetteer] = Remembered(lambda word: word in own or words.spells(word))
    return _EVERYDAY[gazetteer]


def _read_latin(raw: list[Token], index: int, gazetteer: Gazetteer) -> tuple[int, Token]:
    """How many tokens were read, and what they became."""
    first = raw[index]
    if first.word in PLACE_WORDS:
        if whole := _name_with_type(raw, index, gazetteer):
            return 2, Token(whole, first.start, raw[index + 1].end, "word", True)
        return 1, Token(PLACE_WORDS[first.word], first.start, first.end, "word", True)
    if first.word == "ab" and index and PLACE_WORDS.get(raw[index - 1].word) in TYPES:
        return 1, Token(_WATER, first.start, first.end, "word", True)  # «falake ab»
    longest = 1
    while longest < _LONGEST_LATIN and index + longest < len(raw) and raw[index + longest].latin:
        longest += 1
    for count in range(longest, 0, -1):
        words = [token.word for token in raw[index : index + count]]
        if count == 1 and words[0] in gazetteer.everyday and not _stands_in_an_address(raw, index):
            continue
        if (count == 1 and words[0] in LATIN_STOPS) or (count > 1 and words[-1] in LATIN_STOPS):
            continue
        found = _finglish(gazetteer).read("".join(words))
        inner = [PLACE_WORDS[word] for word in words[1:] if word in PLACE_WORDS]
        if inner:
            # «ghale sakhteman»: only a name that is always one, with this very word in it.
            found = [name for name in found if gazetteer.alone(name) == "yes" and inner[-1] in name]
        if (
            found
            and count == 1
            and gazetteer.alone(found[0]) != "yes"
            and latin_everyday(gazetteer)[words[0]]
        ):
            found = found if _stands_in_an_address(raw, index) else []  # «khone» is no «خونی»
        if found and (count == 1 or len("".join(words)) >= 6):
            last = raw[index + count - 1]
            return count, Token(found[0], first.start, last.end, "word", True)
    return 1, first


def _name_with_type(raw: list[Token], index: int, gazetteer: Gazetteer) -> str:
    """«shahrak gharb»: a name that only with its type word is one; else empty."""
    if index + 1 == len(raw) or not raw[index + 1].latin:
        return ""
    type_, rest = raw[index].word, raw[index + 1].word
    if rest in PLACE_WORDS or rest in LATIN_STOPS or _finglish(gazetteer).read(rest):
        return ""
    found = _finglish(gazetteer).read(type_ + rest)
    return next((name for name in found if name.startswith(PLACE_WORDS[type_])), "")


def _stands_in_an_address(raw: list[Token], index: int) -> bool:
    """True behind a Latin type word («bolvar e», «kooche 14»), title or «samte», or before a number."""
    if index + 1 < len(raw) and raw[index + 1].sort == "number":
        return True
    before = index - 1
    if before > 0 and (raw[before].word in _EZAFES or raw[before].sort == "number"):
        before -= 1
    known = PLACE_WORDS.get(raw[before].word, "") if before >= 0 else ""
    if raw[index].word.startswith(_DARK):
        return False  # «khiaboon tarike»: spells «ترک» too
    return known in TYPES or known in TITLES or known in STRONG or known == _RAH
