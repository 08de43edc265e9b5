"""Words written as one: «روبرویپارک», «ایستگاهپارک», «درخیابان», «آبادبرق».

A word that is known is never cut. What is cut off must be known on both sides, so that at most one word is gained.
"""

from __future__ import annotations

from persian.gazetteer import Gazetteer
from persian.letters import folded
from persian.place_words import ABBREVIATED, METRES, NUMBER_WORDS, ORDINAL_WORDS, RELATIONS, TITLES, TYPES
from persian.slips import LIKELY

SHORTEST = 5
_TYPES = tuple(
    sorted((form for form in TYPES if len(form) >= 4 and form not in ABBREVIATED), key=len, reverse=True)
)
_BEFORE = tuple(
    sorted((word for word in RELATIONS if len(word) >= 4 or word == folded("نبش")), key=len, reverse=True)
)
_SHORT_BEFORE = tuple(
    map(folded, ("توی", "در", "از", "تو", "سر", "دم", "ته", "بغل", "جلو", "پشت", "سمت", "طرف", "به"))
)
_SHORT_TYPES = tuple(map(folded, ("پل", "کوی", "کال", "برج", "صحن", "بست", "هتل", "راه")))
_LONG_TYPES = tuple(
    form for form in _TYPES if len(form) >= 5 or form in map(folded, ("کوچه", "مترو", "پارک"))
)
_OF_MANY = ("", *map(folded, ("ی", "ای", "های")))
_TO = folded("به")
_BEHIND = frozenset(map(folded, ("را", "رو", "تا", "از", "که", "هم", "تو", "به", "در")))
_ENDINGS = frozenset(
    map(
        folded,
        (
            "مون",
            "مان",
            "تون",
            "تان",
            "شون",
            "شان",
            "های",
            "هاش",
            "ترین",
            "پذیر",
            "ساز",
            "سازی",
            "کار",
            "کاری",
            "دار",
            "داری",
            "گاه",
            "خانه",
            "فروش",
            "بان",
            "نشین",
        ),
    )
)
_SHORTEST_REST, _SHORTEST_NAME, _SHORTEST_WORD = 3, 4, 5
_ABAD, _ARTICLE = folded("آباد"), folded("ال")


class Cutter:
    """Cuts words by what the gazetteer knows."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._everyday = gazetteer.everyday
        self._is_name = gazetteer.is_name
        self._alone = gazetteer.alone
        self._meant = gazetteer.meant
        self._words = frozenset(
            word for word in gazetteer.vocabulary() if word not in self._everyday and len(word) >= 3
        )

    def cut(self, word: str) -> int:
        """How many letters the first of two words has; 0 for one word."""
        if word in self._everyday or word in TYPES or word in self._words:
            return 0
        if self._is_name(word):
            return (
                self._before_a_name(word) if word.startswith(_TYPES) else 0
            )  # «بوستانریحانه» is a station too
        return self._before_a_name(word) or self._behind_a_name(word) or self._before_a_type(word)

    def _before_a_type(self, word: str) -> int:
        """«دستفروشایچهارراه», «شصتمتری»: an everyday word or a number and a type word or «متری»."""
        for form in (*_LONG_TYPES, *METRES):
            first = word.removesuffix(form)
            if first != word and (first in NUMBER_WORDS if form in METRES else self._is_ordinary(first)):
                return len(first) if len(first) >= _SHORTEST_REST else 0
        return 0

    def _is_ordinary(self, word: str) -> bool:
        """An everyday word, with or without the ending of many: «دستفروشای»."""
        return any(word.removesuffix(ending) in self._everyday for ending in _OF_MANY)

    def _is_slip(self, word: str) -> bool:
        """True for one name with a likely slip: «خیابانعبادیی»."""
        near = self._meant(word)
        return near is not None and bool(near[0]) and near[1] <= LIKELY

    def _before_a_name(self, word: str) -> int:
        """A type word, relation or preposition and what can follow it."""
        for forms in (_TYPES, _BEFORE, _SHORT_BEFORE, _SHORT_TYPES):
            if not word.startswith(forms):
                continue
            for form in forms:
                rest = word[len(form) :]
                if not word.startswith(form) or len(rest) < _SHORTEST_REST:
                    continue
                if rest.startswith(_ARTICLE) and not (forms is _TYPES and self._is_name(rest)):
                    continue
                long_type = rest in TYPES and (len(rest) >= 4 or forms is _BEFORE)
                if forms is _SHORT_BEFORE:
                    always = len(rest) >= _SHORTEST_NAME and self._alone(rest) == "yes"
                    name = always or (len(rest) > _SHORTEST_WORD and self._alone(rest) != "typed")
                    found = long_type or (name and form != _TO and self._is_name(rest))
                elif forms is _SHORT_TYPES:
                    found = self._is_name(rest)
                else:
                    found = (
                        self._is_name(rest)
                        or long_type
                        or rest in TITLES
                        or rest in self._words
                        or rest in ORDINAL_WORDS
                    )
                    found = found or (forms is _TYPES and len(rest) >= _SHORTEST_WORD and self._is_slip(rest))
                if found:
                    return len(form)
        return 0

    def _behind_a_name(self, word: str) -> int:
        """A name, or a word that only names have, and an everyday word."""
        for count in range(len(word) - 2, _SHORTEST_NAME - 1, -1):
            name, rest = word[:count], word[count:]
            if rest in TYPES and len(rest) > _SHORTEST_NAME and self._is_name(name):
                return count  # «بهاربلوار فکوری»
            if len(rest) >= _SHORTEST_NAME and self._alone(name) == "yes" and self._is_name(rest):
                return count  # «گلشهرشلوغ‌بازار»
            known = rest in _BEHIND or (len(rest) >= _SHORTEST_REST and rest in self._everyday)
            if not known or rest in _ENDINGS or (name in self._everyday and not self._is_name(name)):
                continue
            certain = self._is_name(name) and (self._alone(name) != "typed" or rest in self._everyday)
            if certain or (len(name) >= _SHORTEST_WORD and name in self._words) or name == _ABAD:
                return count
        return 0
