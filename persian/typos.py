"""Finding the words that a misspelt word may have been meant to be."""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST = 5


def _deletions(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))}


def is_one_edit(left: str, right: str) -> bool:
    """True where one letter missing, added or wrong, or two neighbours swapped, parts the words."""
    if abs(len(left) - len(right)) > 1 or left == right:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    a, b = left[start:], right[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:] and len(a) > 1)


class TypoIndex:
    """Words by their forms with one letter less (symmetric deletion): a look-up costs the word's length.

    The index is made at the first look-up. Words of fewer than `shortest` letters are left out.
    """

    def __init__(self, words: Iterable[str], shortest: int = SHORTEST) -> None:
        self._shortest = shortest
        self._words = frozenset(word for word in words if len(word) >= shortest)
        self._by_deletion: dict[str, list[str]] | None = None

    def _index(self) -> dict[str, list[str]]:
        if self._by_deletion is None:
            index: dict[str, list[str]] = {}
            for word in self._words:
                for form in _deletions(word):
                    index.setdefault(form, []).append(word)
            self._by_deletion = index
        return self._by_deletion

    def near(self, word: str) -> frozenset[str]:
        """All known words one edit away from `word`; none for a word of fewer than `shortest` letters."""
        if len(word) < self._shortest:
            return frozenset()
        index = self._index()
        found = set(index.get(word, ()))
        for form in _deletions(word):
            if form in self._words:
                found.add(form)
            found.update(candidate for candidate in index.get(form, ()) if is_one_edit(word, candidate))
        found.discard(word)
        return frozenset(found)
