"""Which word a misspelt one was meant to be, and how likely the slip is: by the sound, by the keyboard.

«کوحسنگی» sounds like «کوهسنگی», «گوهسنگی» is a key beside it: likelier than any other letter. A word and a name are
compared by what is heard of them, so that a slip of the finger may come on top of one of the ear.
"""

from __future__ import annotations

from collections.abc import Iterable

from persian.remembered import Remembered
from persian.typos import TypoIndex, is_one_edit

LIKELY = 0.5
"""A slip that costs at most this much is one of the ear or the finger; a whole letter more or less costs more."""
SOUND, MISSING, OTHER = 0.2, 0.6, 1.0
_DOUBLED, _SWAPPED, _NEIGHBOUR, ADDED = 0.3, 0.4, 0.5, 0.7
_SHORTEST, _SHORTEST_SURE = 3, 4

_SAME_SOUND = ("سصث", "زذضظ", "تط", "هح", "قغ", "اعآ")
_HEARD = str.maketrans({letter: group[0] for group in _SAME_SOUND for letter in group[1:]})
# Persian keyboards of computers and telephones: the rows, and who lies below whom.
_ROWS = ("ضصثقفغعهخحجچ", "شسیبلاتنمکگ", "ظطزرذدپو")


def _neighbours() -> frozenset[str]:
    pairs = {row[at] + row[at + 1] for row in _ROWS for at in range(len(row) - 1)}
    pairs |= {
        above[at] + below[at] for above, below in zip(_ROWS, _ROWS[1:], strict=False) for at in range(8)
    }
    pairs |= {"کگ", "جچ", "بپ", "زژ", "پژ"}
    pairs |= {pair[::-1] for pair in pairs}
    return frozenset(pair.translate(_HEARD) for pair in pairs)


_NEIGHBOURS = _neighbours()


def heard(word: str) -> str:
    """The word by its sound: one letter of those that sound alike."""
    return word.translate(_HEARD)


def single(word: str) -> str:
    """The word with no letter twice running."""
    return "".join([letter for at, letter in enumerate(word) if not at or letter != word[at - 1]])


def slip(written: str, meant: str) -> float:
    """The cost of the one slip that parts two words as they are heard (see `is_one_edit`); 0 where none does."""
    if written == meant:
        return 0.0
    start = 0
    while start < min(len(written), len(meant)) and written[start] == meant[start]:
        start += 1
    if len(written) == len(meant):
        a, b = written[start : start + 2], meant[start : start + 2]
        if a == b[::-1] and written[start + 2 :] == meant[start + 2 :]:
            return _SWAPPED
        return _NEIGHBOUR if a[0] + b[0] in _NEIGHBOURS else OTHER
    return MISSING if len(written) < len(meant) else ADDED


class Heard:
    """Words by what is heard of them; a look-up costs the word's length."""

    def __init__(self, words: Iterable[str], shortest: int = _SHORTEST_SURE) -> None:
        self._words = frozenset(words)
        self._shortest = shortest
        self._by_sound: dict[str, list[str]] = {}
        self._singles: dict[str, list[str]] = {}
        for word in sorted(self._words):
            self._by_sound.setdefault(heard(word), []).append(word)
            self._singles.setdefault(single(heard(word)), []).append(word)
        self._index = TypoIndex(self._by_sound, shortest)
        self._meant = Remembered(self._look, 8192)

    def meant(self, word: str) -> tuple[tuple[str, ...], float]:
        """(words, cost): those that the slip from which costs least; none, 0 where there is none.

        A known word is not looked up. From three letters on words that sound alike are found, from `shortest` on
        those a letter away.
        """
        return self._meant[word]

    def _look(self, word: str) -> tuple[tuple[str, ...], float]:
        if len(word) < _SHORTEST or word in self._words:
            return (), 0.0
        sound = heard(word)
        if alike := self._by_sound.get(sound):
            return tuple(alike), SOUND
        if single(sound) != sound and (alike := self._singles.get(single(sound))):
            return tuple(alike), _DOUBLED
        near = [
            (slip(sound, other), name) for other in self._index.near(sound) for name in self._by_sound[other]
        ]
        # Another sound and another slip on top of it are two.
        costs = {name: cost if is_one_edit(word, name) else cost + SOUND for cost, name in near}
        if not costs:
            return (), 0.0
        least = min(costs.values())
        return tuple(sorted(name for name, cost in costs.items() if cost == least)), least
