"""The words of one message as a parser of places sees them: names, type words, what stands before."""

from __future__ import annotations

from bisect import bisect_left
from functools import partial
from weakref import WeakKeyDictionary

from persian.gazetteer import Gazetteer
from persian.lane_numbers import AND, LaneNumbers
from persian.letters import folded
from persian.offsets import MappedText
from persian.place_slips import type_slips
from persian.place_tokens import Token, latin_everyday
from persian.place_words import (
    ABBREVIATED,
    DIRECTIONS,
    DISTRICT_WORDS,
    HARD_STOPS,
    HOMES,
    INFLECTIONS,
    LATIN_STOPS,
    LATIN_VERBS,
    MINE,
    NUMBER_WORDS,
    ORDINAL_WORDS,
    OURS,
    OWNED,
    PLOTS,
    PREPOSITIONS,
    RELATIONS,
    STRONG,
    TITLES,
    TYPES,
    UNITS,
    VERB_ENDINGS,
)
from persian.remembered import Remembered

_TYPE_BEGINNINGS = frozenset(form[:2] for form in TYPES) | {
    form[0] for form in TYPES if len(form) == 1 or form[0].isdigit()
}
_TYPE_PREFIXES = frozenset(form[:count] for form in TYPES for count in range(1, len(form) + 1))
_MAY_BEGIN_A_NAME, _BEGINS_NO_NAME = 1, 2
_ORDINARY: WeakKeyDictionary[Gazetteer, Remembered[str, int]] = WeakKeyDictionary()
EZAFES = frozenset({folded("ی"), "e", "ye"})
_NOT_REACHED = frozenset(map(folded, ("نرسیده", "بعد", "قبل", "بالاتر", "پایینتر", "مانده")))
_FIRST_OR_LAST = frozenset(map(folded, ("اول", "آخر")))
ABAD = folded("آباد")
QUARTER = folded("ناحیه")
_BEGINNERS = frozenset({*DISTRICT_WORDS, *PLOTS, *NUMBER_WORDS, QUARTER, *map(folded, ("پلاک", "باب"))})
_NEEDS_DOT = folded("ب")  # of «بولوار»; without a dot it is «به»
_LONGEST_TYPE = 4
_LONGEST_NAME = 5
_MOST_TITLES = 3
_LONGEST_UNKNOWN = 2
_LONGEST_MISSPELT = 3


class Reader:
    """A window on the tokens of a message; `last_end` is where the place found last ends."""

    def __init__(self, tokens: list[Token], gazetteer: Gazetteer, mapped: MappedText) -> None:
        self.tokens = tokens
        self.gazetteer = gazetteer
        self._mapped = mapped
        self._words = [token.word for token in tokens]
        self._ordinary = ordinary_words(gazetteer)
        self._type_slips = type_slips(gazetteer)
        self.numbers = LaneNumbers(tokens)
        self.last_end = -1
        self.crossing = False
        self._type_found: dict[int, tuple[int, str, str] | None] = {}
        self._known_at: dict[int, tuple[int, str] | None] = {}

    def word(self, at: int) -> str:
        """The word of token `at`, empty beyond the ends."""
        return self._words[at] if 0 <= at < len(self._words) else ""

    def sort(self, at: int) -> str:
        return self.tokens[at].sort if 0 <= at < len(self.tokens) else "mark"

    def written(self, start: int, end: int) -> str:
        """Tokens [start, end) as the citizen wrote them."""
        source, span = self._mapped.source, self._mapped.span
        return " ".join([source[slice(*span(token.start, token.end))] for token in self.tokens[start:end]])

    def begins_nothing(self, at: int) -> bool:
        """True where no place begins, without a look at what stands around: most words of a message."""
        ordinary = self._ordinary[self._words[at]]
        if not ordinary or self.word(at + 1) == ABAD or self.word(at + 1) in DIRECTIONS:
            return False
        return ordinary == _BEGINS_NO_NAME or self.known(at) is None

    def known(self, at: int) -> tuple[int, str] | None:
        """(end, key) of the longest gazetteer name at `at`."""
        if at not in self._known_at:
            self._known_at[at] = self._longest_name(at)
        return self._known_at[at]

    def _longest_name(self, at: int) -> tuple[int, str] | None:
        best: tuple[int, str] | None = None
        key = ""
        for end in range(at, min(at + _LONGEST_NAME, len(self.tokens))):
            token = self.tokens[end]
            if end == at + 1 and token.word in EZAFES and key in TYPES:
                continue  # «فلکه‌ی آب»
            key += token.word
            if token.sort == "mark" or not self.gazetteer.begins_a_name(key):
                break
            if len(key) > 1 and self.gazetteer.is_name(key) and not key.isdigit():
                best = (end + 1, key)
        return best

    def type_at(self, at: int, longer_than: int = 0) -> tuple[int, str, str] | None:
        """(end, kind, our word) of the type word at `at`, the ezafe behind it («خیابان ِ», «meydan e») included."""
        if longer_than:
            return self._type_at(at, longer_than)
        if at not in self._type_found:
            self._type_found[at] = self._type_at(at, 0)
        return self._type_found[at]

    def _type_at(self, at: int, longer_than: int) -> tuple[int, str, str] | None:
        word = self.word(at)
        if word[:2] in _TYPE_BEGINNINGS:
            for count in range(_LONGEST_TYPE, longer_than, -1):
                key = "".join(token.word for token in self.tokens[at : at + count])
                if key not in TYPES or at + count > len(self.tokens):
                    continue
                kind, ours = TYPES[key]
                end = at + count
                if key in ABBREVIATED:
                    dotted = self.word(end) == "."
                    if key == _NEEDS_DOT and not dotted:
                        return None
                    end += dotted
                    return (end, kind, ours) if self.known(end) else None
                return end + (self.word(end) in EZAFES), kind, ours
        return None if longer_than else self._misspelt_type(at)

    def _misspelt_type(self, at: int) -> tuple[int, str, str] | None:
        """A type word with a slip: for a short one, or what is no way or quarter, a known name must follow."""
        slip = self._type_slips[self._words[at]]
        if not slip:
            return None
        if not slip[1]:
            known = self.known(self.titled(at + 1))
            if not known or known[1] in self.gazetteer.everyday:
                return None
        return at + 1, *TYPES[slip[0]]

    def titled(self, at: int) -> int:
        """The token after the titles at `at`."""
        end = at
        while end - at < _MOST_TITLES and self.word(end) in TITLES:
            end += 1
        return end

    def misspelt(self, at: int) -> tuple[int, str, float] | None:
        """(end, key, cost) of a name with one slip, in two words or one that are no everyday words.

        The key is empty where several names are as near.
        """
        first = self.word(at)
        if first in HARD_STOPS or first in TYPES or first in RELATIONS or len(first) < 2:
            return None
        common = first in self.gazetteer.everyday
        key, best = "", None
        for end in range(at, min(at + _LONGEST_MISSPELT, len(self.tokens))):
            token = self.tokens[end]
            if first in TITLES and self.gazetteer.is_lookalike(token.word):
                break
            if token.sort != "word" or (end > at and (token.word in HARD_STOPS or token.word in RELATIONS)):
                break
            key += token.word
            common = common and token.word in self.gazetteer.everyday
            if common or (end == at and first in TITLES):
                continue
            if end > at and (len(first) < 3 or not self.gazetteer.may_be_long(key)):
                continue
            if near := self.gazetteer.meant(key):
                best = (end + 1, *near)
        return best

    def is_common(self, at: int) -> bool:
        return self.word(at) in self.gazetteer.everyday or self.word(at) in HARD_STOPS

    def is_stop(self, token: Token) -> bool:
        return token.word in HARD_STOPS or token.word in LATIN_STOPS or token.word in PREPOSITIONS

    def like_everyday(self, word: str) -> bool:
        """True for a misspelt or inflected everyday word or a verb: «کوچه پاتق», «پاساژ درهاش», «خیابون نساختن»."""
        return self.gazetteer.is_like_everyday(word) or self.is_inflected(word)

    def is_inflected(self, word: str) -> bool:
        """True for an everyday word with an ending, or what ends as verbs do."""
        return word.endswith(VERB_ENDINGS) or any(
            word.endswith(ending)
            and len(word) - len(ending) > 2
            and word.removesuffix(ending) in self.gazetteer.everyday
            for ending in INFLECTIONS
        )

    def context(self, at: int) -> str:
        """What stands before token `at`: `strong`, `preposition`, `edge` (nothing, or a mark) or `word`."""
        before = at - 1
        if self.word(before) in EZAFES:
            before -= 1
        if before < 0 or self.sort(before) == "mark":
            return "edge"
        word = self.word(before)
        if word == AND and before == self.last_end:
            return "strong"
        if word in _FIRST_OR_LAST:
            return "preposition"  # «اول آسمان را نگاه می‌کند»
        near = word in STRONG or word in RELATIONS or self.word(before - 1) in _NOT_REACHED
        if near or word in HOMES or self.is_owned(before):
            return "strong"
        return "preposition" if word in PREPOSITIONS else "word"

    def is_owned(self, at: int) -> bool:
        """True at the «ما» of «خونهٔ ما», «کوچه ما»."""
        word = self.word(at)
        before = at - 2 if self.word(at - 1) in EZAFES else at - 1
        return (word == OURS or word in MINE) and self.word(before) in OWNED

    def unknown_name(self, at: int) -> int:
        """The end of the run of words at `at` that can only be a name; `at` where there is none."""
        start = self.titled(at)
        end = start
        while end < min(start + _LONGEST_UNKNOWN, len(self.tokens)):
            token = self.tokens[end]
            if (
                token.sort != "word"
                or len(token.word) < 3
                or self.is_stop(token)
                or _is_address_word(token.word)
            ):
                break
            if token.latin and self.is_latin_everyday(token.word):
                break
            if token.word in self.gazetteer.everyday and not (start > at and end == start):
                break
            end += 1
        if end == start:
            return at
        return end + (self.word(end) in DIRECTIONS)

    def is_latin_everyday(self, word: str) -> bool:
        """True for a Latin word that spells an everyday one, with or without an ezafe."""
        own = self.gazetteer.everyday
        return latin_everyday(self.gazetteer)[word] or word.removesuffix("e") in own or word + "e" in own


def ordinary_words(gazetteer: Gazetteer) -> Remembered[str, int]:
    """0; or one of the grades, for a mark or an everyday word that begins no type word, district, plot or title."""
    if gazetteer not in _ORDINARY:
        judged = partial(_ordinary, gazetteer.everyday, sorted(gazetteer.names()), type_slips(gazetteer))
        _ORDINARY[gazetteer] = Remembered(judged)
    return _ORDINARY[gazetteer]


def _ordinary(
    everyday: frozenset[str], names: list[str], slips: Remembered[str, tuple[str, bool] | None], word: str
) -> int:
    if not word[0].isalnum():
        return _BEGINS_NO_NAME  # a mark
    if word not in everyday and word not in HARD_STOPS:
        return 0
    if word in _TYPE_PREFIXES or word in TITLES or word in _BEGINNERS or word.endswith(ABAD):
        return 0
    if word not in everyday and slips[word]:
        return 0
    at = bisect_left(names, word)
    return _MAY_BEGIN_A_NAME if at < len(names) and names[at].startswith(word) else _BEGINS_NO_NAME


def is_latin_verb(token: Token) -> bool:
    """«mizanam», «nemide»."""
    return token.latin and token.word.startswith(LATIN_VERBS)


def _is_address_word(word: str) -> bool:
    return (
        word in TYPES
        or word in STRONG
        or word in RELATIONS
        or word in UNITS
        or word in ORDINAL_WORDS
        or word in NUMBER_WORDS
    )
