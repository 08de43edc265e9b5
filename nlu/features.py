"""Features of a message: words and pairs, characters inside words, lemmas, concepts; TF-IDF by block.

Own code instead of scikit-learn's vectorisers because one message must take a fraction of a millisecond. Each block is
weighted by idf and brought to length 1, then scaled (`BLOCKS`), as a union of TfidfVectorizers would be, with one
difference: the characters of a message are the sum of its words, each a fixed vector. So a linear model can remember
what a word's characters are worth (`LinearModel`), and their length is that of words that share no characters.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, hstack

from nlu.vectors import WordVectors

BLOCKS = {"w": 1.0, "c": 1.0, "l": 0.6, "t": 0.5}
VECTORS = 1.0
"""The length of a message's word vector, where there are any (`nlu.vectors`)."""
SMALLEST, LARGEST = 2, 5
_REMEMBERED = 50_000
_NOTHING = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32), 0.0)


class Terms(NamedTuple):
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
    vectors: WordVectors | None = None
    _of_word: dict[str, tuple[np.ndarray, np.ndarray, float]] = field(default_factory=dict, repr=False)
    # The same as `idf`: one number out of an array costs a fifth of one out of numpy's.
    _rarity: array[float] = field(default_factory=lambda: array("f"), repr=False)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_of_word": {}, "_rarity": array("f")}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._rarity = array("f", self.idf.tobytes())

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
        self._rarity = array("f", self.idf.tobytes())
        self._of_word = {}
        return self

    def characters(self, word: str) -> tuple[np.ndarray, np.ndarray, float]:
        """(columns, values, length) of the characters of a word, before scaling."""
        counts = Counter(i for g in character_ngrams(word) if (i := self.columns.get("c" + g)) is not None)
        if not counts:
            return _NOTHING
        at = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        value = (1.0 + np.log(times)) * self.idf[at]
        return at, value, math.sqrt(float(value @ value))

    def light(self, terms: Terms) -> tuple[list[int], list[float]]:
        """(columns, values) of all blocks but the characters; a column may come more than once only across blocks."""
        get = self.columns.get
        words = terms.words
        columns: list[int] = []
        values: list[float] = []
        found = [get("w" + w) for w in words]
        found += [get(f"w{a} {b}") for a, b in zip(words, words[1:], strict=False)]
        self._block("w", found, columns, values)
        self._block("l", [get("l" + w) for w in terms.lemmas], columns, values)
        self._block("t", [get("t" + w) for w in terms.concepts], columns, values)
        return columns, values

    def vector(self, terms: Terms) -> tuple[np.ndarray, np.ndarray]:
        """(columns, values) of one message; a column may come more than once: its values add up."""
        at, value = self.light(terms)
        indexes, values, length = [np.array(at, dtype=np.int64)], [np.array(value, dtype=np.float32)], 0.0
        for word, times in Counter(terms.words).items():
            known = self._of_word.get(word)
            if known is None:
                if len(self._of_word) > _REMEMBERED:
                    self._of_word.clear()
                known = self._of_word[word] = self.characters(word)
            often = 1.0 + math.log(times)
            indexes.append(known[0])
            values.append(known[1] * often)
            length += (often * known[2]) ** 2
        if length:
            scale = self.scales["c"] / math.sqrt(length)
            values[1:] = [v * scale for v in values[1:]]
        return np.concatenate(indexes), np.concatenate(values)

    def meaning(self, terms: Terms) -> np.ndarray | None:
        """The mean word vector of a message, behind all other columns; None without word vectors."""
        return None if self.vectors is None else VECTORS * self.vectors.mean(terms.words)

    def _block(self, name: str, found: list[int | None], columns: list[int], values: list[float]) -> None:
        """Add a block's columns and values; plain numbers, for numpy's calls cost more than a message's few dozen."""
        known = [i for i in found if i is not None]
        scale = self.scales[name]
        if not known or not scale:
            return
        rarity = self._rarity
        if len(set(known)) == len(known):
            of_block = [rarity[i] for i in known]
        else:
            counts = Counter(known)
            known = list(counts)
            of_block = [(1.0 + math.log(n)) * rarity[i] for i, n in counts.items()]
        scale /= math.hypot(*of_block)
        columns += known
        values += [value * scale for value in of_block]

    def matrix(self, documents: Iterable[Terms]) -> csr_matrix:
        """The same for many messages, as rows."""
        ends, indexes, values, meanings = [0], [], [], []
        for document in documents:
            meanings.append(self.meaning(document))
            at, value = self.vector(document)
            indexes.append(at)
            values.append(value)
            ends.append(ends[-1] + len(at))
        made = csr_matrix(
            (np.concatenate(values) if values else [], np.concatenate(indexes) if indexes else [], ends),
            shape=(len(ends) - 1, len(self.columns)),
            dtype=np.float32,
        )
        made.sum_duplicates()
        if self.vectors is None:
            return made
        dense = np.array(meanings, dtype=np.float32).reshape(-1, self.vectors.size)
        return hstack([made, csr_matrix(dense)], format="csr")
