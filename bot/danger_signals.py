"""Signals of the learned emergency check: the word groups of data/danger/signals.yml, found in a list of words.

They carry over to words that no example has: what is learned of one word of a group counts for all of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.danger_text import as_phrase, fits

GAP = 4  # words that `..` in a signal may stand for


class Signals:
    """Named word groups, found in a list of words. A word within a group `un_…` counts in no other group."""

    def __init__(self, groups: dict[str, Sequence[str]]) -> None:
        self._by_word: dict[str, list[tuple[tuple[tuple[str, bool], ...], str]]] = {}
        self._by_beginning: dict[str, list[tuple[tuple[tuple[str, bool], ...], str]]] = {}
        self.words: set[str] = set()
        for name, texts in groups.items():
            for text in texts:
                parts = _parts(text)
                first = parts[0][0]
                where = self._by_beginning if first.endswith("*") else self._by_word
                where.setdefault(first.removesuffix("*"), []).append((parts, name))
                self.words.update(word.removesuffix("*") for word, _ in parts)

    def find(self, words: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
        """Spans of each group that is there."""
        found: dict[str, list[tuple[int, int]]] = {}
        for start, word in enumerate(words):
            candidates = list(self._by_word.get(word, ()))
            for end in range(1, len(word) + 1):
                candidates += self._by_beginning.get(word[:end], ())
            for parts, name in candidates:
                end = _end(words, start + 1, parts, 1)
                if end:
                    found.setdefault(name, []).append((start, end))
        harmless = [span for name, spans in found.items() if name.startswith("un_") for span in spans]
        if not harmless:
            return found
        kept = {
            name: [
                span
                for span in spans
                if name.startswith("un_")
                or not any(start <= span[0] and span[1] <= end for start, end in harmless)
            ]
            for name, spans in found.items()
        }
        return {name: spans for name, spans in kept.items() if spans}


def _parts(text: str) -> tuple[tuple[str, bool], ...]:
    parts: list[tuple[str, bool]] = []
    for index, piece in enumerate(text.split("..")):
        parts += [(word, index > 0 and place == 0) for place, word in enumerate(as_phrase(piece))]
    return tuple(parts)


def _end(words: Sequence[str], at: int, parts: tuple[tuple[str, bool], ...], part: int) -> int:
    """Where the parts from `part` on end if they begin at `at`; 0 where they do not."""
    if part == len(parts):
        return at
    wanted, gap = parts[part]
    for place in range(at, min(len(words), at + (GAP + 1 if gap else 1))):
        if fits(wanted, words[place]):
            end = _end(words, place + 1, parts, part + 1)
            if end:
                return end
    return 0
