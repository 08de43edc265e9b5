"""Words written as one: «روبرویپارک», «ایستگاهپارک», «درخیابان», «آبادبرق».

A word that is known is never cut. What is cut off must be known on both sides, so that at most one word is gained.
"""

from __future__ import annotations

from persian.gazetteer import Gazetteer
from persian.letters import folded
from persian.place_words import ABBREVIATED, RELATIONS, TITLES, TYPES

SHORTEST = 6
_TYPES = tuple(
    sorted((form for form in TYPES if len(form) >= 4 and form not in ABBREVIATED), key=len, reverse=True)
)
_BEFORE = tuple(
    sorted((word for word in RELATIONS if len(word) >= 4 or word == folded("نبش")), key=len, reverse=True)
)
_SHORT_BEFORE = tuple(map(folded, ("توی", "در", "از", "تو", "سر", "دم", "ته", "بغل", "جلو", "پشت", "سمت")))
_BEHIND = frozenset(map(folded, ("را", "رو", "تا", "از", "که", "هم", "تو", "به", "در")))
_ENDINGS = frozenset(map(folded, ("مون", "مان", "تون", "تان", "شون", "شان", "های", "هاش", "ترین")))
_SHORTEST_REST, _SHORTEST_NAME, _SHORTEST_WORD = 3, 4, 5
_ABAD, _ARTICLE = folded("آباد"), folded("ال")


class Cutter:
    """Cuts words by what the gazetteer knows."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._everyday = gazetteer.everyday
        self._is_name = gazetteer.is_name
        self._alone = gazetteer.alone
        self._words = frozenset(
            word for word in gazetteer.vocabulary() if word not in self._everyday and len(word) >= 3
        )

    def cut(self, word: str) -> int:
        """How many letters the first of two words has; 0 for one word."""
        if word in self._everyday or self._is_name(word) or word in TYPES or word in self._words:
            return 0
        return self._before_a_name(word) or self._behind_a_name(word)

    def _before_a_name(self, word: str) -> int:
        """A type word, relation or preposition and what can follow it."""
        for forms in (_TYPES, _BEFORE, _SHORT_BEFORE):
            if not word.startswith(forms):
                continue
            for form in forms:
                rest = word[len(form) :]
                if not word.startswith(form) or len(rest) < _SHORTEST_REST or rest.startswith(_ARTICLE):
                    continue
                long_type = rest in TYPES and len(rest) >= 4
                if forms is _SHORT_BEFORE:
                    name = len(rest) > _SHORTEST_WORD and self._alone(rest) != "typed"
                    found = long_type or (name and self._is_name(rest))
                else:
                    found = self._is_name(rest) or long_type or rest in TITLES or rest in self._words
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
            if not known or rest in _ENDINGS or name in self._everyday:
                continue
            certain = self._is_name(name) and self._alone(name) != "typed"
            if certain or (len(name) >= _SHORTEST_WORD and name in self._words) or name == _ABAD:
                return count
        return 0
