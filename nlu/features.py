"""Features of a message: words and pairs, characters inside words, lemmas, concepts, marks; TF-IDF by block.

Own code instead of scikit-learn's vectorisers because one message must take a fraction of a millisecond. Each block is
weighted by idf and brought to length 1, then scaled (`BLOCKS`), as a union of TfidfVectorizers would be, with one
difference: the characters of a message are the sum of its words, each a fixed vector. So a linear model can remember
what a word's characters are worth (`LinearModel`), and their length is that of words that share no characters.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, diags, hstack

from nlu.vectors import WordVectors

BLOCKS = {"w": 1.0, "c": 1.0, "l": 0.6, "t": 0.5, "m": 0.8}
VECTORS = 1.0
"""The length of a message's word vector, where there are any (`nlu.vectors`)."""
SMALLEST, LARGEST = 2, 5
_NOTHING = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32), 0.0)


class Terms(NamedTuple):
    """The raw terms of a stretch of text: standard words, their lemmas, concepts, marks (`nlu.marks`)."""

    words: tuple[str, ...]
    lemmas: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


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
    # The same as `idf`: one number out of an array costs a fifth of one out of numpy's.
    _rarity: array[float] = field(default_factory=lambda: array("f"), repr=False)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_rarity": array("f")}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._rarity = array("f", self.idf.tobytes())

    def fit(self, documents: Sequence[Terms]) -> Vectorizer:
        """Take every term that stands in at least `least` messages (single words and concepts: in one)."""
        frequency = _grams(documents)
        for words, lemmas, concepts, marks in documents:
            names = {"w" + word for word in words}
            names.update([f"w{a} {b}" for a, b in zip(words, words[1:], strict=False)])
            names.update(["l" + lemma for lemma in lemmas], ["t" + concept for concept in concepts])
            names.update(["m" + mark for mark in marks])
            frequency.update(names)
        kept = sorted(
            name for name, n in frequency.items() if n >= self.least or (name[0] in "wlt" and " " not in name)
        )
        self.columns = {name: i for i, name in enumerate(kept)}
        total = len(documents)
        self.idf = np.array(
            [math.log((1 + total) / (1 + frequency[name])) + 1 for name in kept], dtype=np.float32
        )
        self._rarity = array("f", self.idf.tobytes())
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
        self._block("m", [get("m" + w) for w in terms.marks], columns, values)
        return columns, values

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

    def matrix(self, documents: Sequence[Terms]) -> csr_matrix:
        """The features of many messages, as rows."""
        made = self._of_characters(documents)
        if len(documents):
            light = [self.light(document) for document in documents]
            made = made + _rows(light, made.shape[1])
        if self.vectors is None:
            return made
        meanings = [self.meaning(document) for document in documents]
        dense = np.array(meanings, dtype=np.float32).reshape(-1, self.vectors.size)
        return hstack([made, csr_matrix(dense)], format="csr")

    def _of_characters(self, documents: Sequence[Terms]) -> csr_matrix:
        """The block of the characters: how often each word stands in a message, times the characters of each word."""
        words, often = _word_counts(documents)
        known = [self.characters(word) for word in words]
        letters = _rows([(at, values) for at, values, _ in known], len(self.columns))
        lengths = np.array([length for _, _, length in known], dtype=np.float32)
        of_message = np.sqrt(often.power(2) @ lengths**2)
        scale = self.scales["c"] / np.where(of_message > 0, of_message, 1.0)
        return (diags(scale.astype(np.float32)) @ often @ letters).tocsr()


def _word_counts(documents: Sequence[Terms]) -> tuple[list[str], csr_matrix]:
    """All words, and a row for each message: 1 + log of how often it has the word of a column."""
    index: dict[str, int] = {}
    at, times = array("i"), array("f")
    ends = [0]
    for document in documents:
        for word, n in Counter(document.words).items():
            at.append(index.setdefault(word, len(index)))
            times.append(1.0 + math.log(n))
        ends.append(len(at))
    counts = csr_matrix(
        (np.array(times, dtype=np.float32), np.array(at, dtype=np.int32), ends),
        shape=(len(documents), len(index)),
    )
    return list(index), counts


def _grams(documents: Sequence[Terms]) -> Counter[str]:
    """In how many messages each n-gram of characters (named `c…`) stands: messages times words times n-grams."""
    words, often = _word_counts(documents)
    index: dict[str, int] = {}
    rows = [
        [index.setdefault("c" + gram, len(index)) for gram in dict.fromkeys(character_ngrams(word))]
        for word in words
    ]
    holds = _rows([(row, [1.0] * len(row)) for row in rows], len(index))
    found = np.bincount((often @ holds).indices, minlength=len(index))
    return Counter(dict(zip(index, found.tolist(), strict=True)))


def _rows(rows: Sequence[tuple[Sequence[int], Sequence[float]]], columns: int) -> csr_matrix:
    """A matrix of the (columns, values) of its rows."""
    ends = np.cumsum([0, *(len(at) for at, _ in rows)])
    return csr_matrix(
        (
            np.concatenate([np.asarray(values, dtype=np.float32) for _, values in rows] or [[]]),
            np.concatenate([np.asarray(at, dtype=np.int32) for at, _ in rows] or [[]]),
            ends,
        ),
        shape=(len(rows), columns),
        dtype=np.float32,
    )
