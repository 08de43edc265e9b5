"""Features of a message: words and pairs, characters inside words, lemmas, concepts; TF-IDF by block.

Own code instead of scikit-learn's vectorisers because one message must take a fraction of a millisecond: the
character n-grams of a word are looked up once and remembered. Each block is weighted by idf and brought to length 1,
then scaled (`BLOCKS`), as a union of TfidfVectorizers would be.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix

BLOCKS = {"w": 1.0, "c": 1.0, "l": 0.6, "t": 0.5}
SMALLEST, LARGEST = 2, 5


@dataclass(frozen=True)
class Terms:
    """The raw terms of a stretch of text: standard words, their lemmas, concepts."""

    words: tuple[str, ...]
    lemmas: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()


def character_ngrams(word: str) -> list[str]:
    """N-grams of 2 to 5 characters of the word with a space before and behind."""
    padded = f" {word} "
    return [padded[i : i + n] for n in range(SMALLEST, LARGEST + 1) for i in range(len(padded) - n + 1)] or [
        padded
    ]


@dataclass
class Vectorizer:
    """Columns and idf weights, fitted on the terms of the training messages."""

    least: int = 2
    scales: dict[str, float] = field(default_factory=lambda: dict(BLOCKS))
    columns: dict[str, int] = field(default_factory=dict)
    idf: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    _of_word: dict[str, list[int]] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_of_word": {}}

    def _names(self, terms: Terms) -> dict[str, Counter[str]]:
        words = terms.words
        counts = Counter("w" + w for w in words)
        counts.update("w" + a + " " + b for a, b in zip(words, words[1:], strict=False))
        return {
            "w": counts,
            "c": Counter("c" + g for w in words for g in character_ngrams(w)),
            "l": Counter("l" + lemma for lemma in terms.lemmas),
            "t": Counter("t" + concept for concept in terms.concepts),
        }

    def fit(self, documents: Sequence[Terms]) -> Vectorizer:
        """Take every term that stands in at least `least` messages (single words and concepts: in one)."""
        frequency: Counter[str] = Counter()
        for document in documents:
            for counts in self._names(document).values():
                frequency.update(counts.keys())
        kept = sorted(
            name
            for name, n in frequency.items()
            if n >= self.least or (name[0] in "wlt" and " " not in name and n >= 1)
        )
        self.columns = {name: i for i, name in enumerate(kept)}
        total = len(documents)
        self.idf = np.array(
            [math.log((1 + total) / (1 + frequency[name])) + 1 for name in kept], dtype=np.float32
        )
        self._of_word = {}
        return self

    def vector(self, terms: Terms) -> tuple[np.ndarray, np.ndarray]:
        """(columns, values) of one message; a column may come more than once only across blocks."""
        columns = self.columns
        words = terms.words
        get = columns.get
        indexes: list[np.ndarray] = []
        values: list[np.ndarray] = []
        singles = [get("w" + w) for w in words]
        pairs = [get("w" + a + " " + b) for a, b in zip(words, words[1:], strict=False)]
        self._block("w", [i for i in singles + pairs if i is not None], indexes, values)
        characters: list[int] = []
        for word in words:
            known = self._of_word.get(word)
            if known is None:
                known = [i for g in character_ngrams(word) if (i := get("c" + g)) is not None]
                if len(self._of_word) > 50_000:
                    self._of_word.clear()
                self._of_word[word] = known
            characters += known
        self._block("c", characters, indexes, values)
        self._block("l", [i for w in terms.lemmas if (i := get("l" + w)) is not None], indexes, values)
        self._block("t", [i for w in terms.concepts if (i := get("t" + w)) is not None], indexes, values)
        if not indexes:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        return np.concatenate(indexes), np.concatenate(values)

    def _block(
        self, name: str, found: list[int], indexes: list[np.ndarray], values: list[np.ndarray]
    ) -> None:
        scale = self.scales[name]
        if not found or not scale:
            return
        # A Counter is several times faster than np.unique on some hundred integers.
        counts = Counter(found)
        at = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        value = (1.0 + np.log(times)) * self.idf[at]
        value *= scale / math.sqrt(float(value @ value))
        indexes.append(at)
        values.append(value)

    def matrix(self, documents: Iterable[Terms]) -> csr_matrix:
        """The same for many messages, as rows."""
        ends, indexes, values = [0], [], []
        for document in documents:
            at, value = self.vector(document)
            indexes.append(at)
            values.append(value)
            ends.append(ends[-1] + len(at))
        return csr_matrix(
            (np.concatenate(values) if values else [], np.concatenate(indexes) if indexes else [], ends),
            shape=(len(ends) - 1, len(self.columns)),
            dtype=np.float32,
        )
