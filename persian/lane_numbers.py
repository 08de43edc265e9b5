"""Numbers behind a street's name: «۱۲», «۱۲/۳», «دوازدهم», «۵ و ۷», «حدفاصل ۲۱ تا ۲۷»."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from persian.digits import to_persian
from persian.letters import folded
from persian.place_tokens import Token
from persian.place_words import (
    BETWEEN,
    DAYTIMES,
    NUMBER_WORDS,
    ORDINAL_WORDS,
    SHORT_CARDINALS,
    TENS,
    TYPES,
    UNITS,
)

AND = folded("و")
_UNTIL, _BEGINNING = folded("تا"), folded("اول")
_RANGE = frozenset({_UNTIL, folded("الی"), AND, "-", "–"})
_FLOORS = frozenset(map(folded, ("طبقه", "واحد")))
_DAY = frozenset((folded("روز"), "rooz", "ruz"))
_THINGS = frozenset(map(folded, ("چرخ", "پله", "ستاره", "سر")))
"""Behind a known street's number these are the matter: «نکاح ۲۱ چرخ (مخزن) ندارد»."""
_OF_POLES = frozenset(map(folded, ("برق", "چراغ")))  # «معلم ۱۲ تیر برق کج است» is no date
_TOO = frozenset((*map(folded, ("هم", "و", "روشن", "روشنه")), "ham", "va", "o"))
"""«دانشجو ۲۲ روز هم روشن است»: by day, not for so many days."""
BEFORE_NUMBER = frozenset({folded("ی"), "e", folded("فاز"), folded("شماره")})
"""What may stand between a name and its number (the first two are an ezafe written apart)."""
_LONGEST_PHRASE = 3
_LONGEST_DIGITS = 3
_LONGEST_COMPOUND = 9


@dataclass(frozen=True)
class Lane:
    """A number as it is shown, in Persian digits, and the token behind it."""

    end: int
    text: str


class LaneNumbers:
    """Reads numbers from the tokens of one message."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens

    def _word(self, at: int) -> str:
        return self._tokens[at].word if at < len(self._tokens) else ""

    def _in_digits(self, at: int) -> bool:
        return at < len(self._tokens) and self._tokens[at].sort == "number"

    def phrase(self, at: int, phrases: frozenset[str]) -> int:
        """The token after the longest of `phrases` (keys without spaces) at `at`, or 0."""
        key, best = "", 0
        for end in range(at, min(at + _LONGEST_PHRASE, len(self._tokens))):
            key += self._tokens[end].word
            if key in phrases:
                best = end + 1
        return best

    def value(self, at: int) -> tuple[int, str] | None:
        """(end, Latin digits) of one number, in digits or words."""
        word = self._word(at)
        if self._in_digits(at):
            short = len(word.split("/")[0]) <= _LONGEST_DIGITS and len(word) <= _LONGEST_COMPOUND
            return (at + 1, word) if short else None
        last = self._word(at + 2)
        if word in TENS and self._word(at + 1) == AND and (last in NUMBER_WORDS or last in ORDINAL_WORDS):
            return at + 3, str(TENS[word] + NUMBER_WORDS.get(last, ORDINAL_WORDS.get(last, 0)))
        if word in ORDINAL_WORDS:
            return at + 1, str(ORDINAL_WORDS[word])
        if word in NUMBER_WORDS:
            return at + 1, str(NUMBER_WORDS[word])
        return None

    def is_count(self, end: int, named: bool = False) -> bool:
        """True where the word behind a number makes it a count, a time or a date.

        Behind a known name the evening is no count: «عبادی ۶۳ شب تا صبح».
        """
        following = self._word(end)
        if named and (following in DAYTIMES or (following in _FLOORS and self.value(end + 1))):
            return False
        if named and (following in _THINGS or self._word(end + 1) in _OF_POLES):
            return False
        if named and following in _DAY and self._word(end + 1) in _TOO:
            return False
        if following == _UNTIL:
            return self.value(end + 1) is None
        if following == ":":
            return self._in_digits(end + 1)
        return following in UNITS or following in ("%", "٪")

    def lane(self, at: int, words: bool = True, named: bool = False) -> Lane | None:
        """The lane number at `at`; `words` allows numbers written out, `named` says that a known name stands before."""
        if self._word(at) in BEFORE_NUMBER and self.value(at + 1):
            at += 1
        behind = self.phrase(at, BETWEEN)
        if behind and self._in_digits(behind):
            at = behind
        if self._word(at) == _BEGINNING and self._word(at + 1) in TYPES:
            return None  # «میدان شهدا اول خیابان شیرازی»
        if self._word(at) in SHORT_CARDINALS or not (words or self._in_digits(at)):
            return None
        first = self.value(at)
        if not first:
            return None
        end, text = first
        second = self.value(end + 1) if self._word(end) in _RANGE and self._in_digits(end + 1) else None
        if second and not self.is_count(second[0], named and self._word(end) == AND):
            joint = "و" if self._word(end) == AND else "تا"
            return Lane(second[0], f"{to_persian(text)} {joint} {to_persian(second[1])}")
        return None if self.is_count(end, named) else Lane(end, to_persian(text))
