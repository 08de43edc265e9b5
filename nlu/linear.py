"""One sparse linear model with several heads (intent, service), calibrated on held-out folds.

Each head is a one-against-rest linear SVM over the shared features. Probabilities are a softmax of its margins at the
temperature that makes the held-out folds most likely. The weights of all heads lie in one matrix, and what the
characters of a word are worth to all labels is remembered: a message costs a sum over its words.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, field

import numpy as np

from nlu.features import Terms, Vectorizer
from nlu.fitting import Fits, HeldOut
from nlu.vectors import WordVectors

_REMEMBERED = 20_000  # words, some 400 bytes each
_FIRST_WORDS = 512


@dataclass
class Head:
    """Labels of a head, its columns in the weight matrix, the scale of its margins."""

    labels: list[str]
    start: int
    scale: float = 1.0


@dataclass
class LinearModel:
    """`margins(terms)` for one message; `probabilities` from margins.

    The weights stay at half precision, as they are stored: half the memory, and a message reads some dozen rows.
    """

    vectorizer: Vectorizer
    heads: dict[str, Head] = field(default_factory=dict)
    weights: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    bias: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    # A word's row in `_worth` (what its characters are worth to each label) and the length of its characters.
    _rows: dict[str, tuple[int, float]] = field(default_factory=dict, repr=False)
    _worth: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32), repr=False)

    def __getstate__(self) -> dict[str, object]:
        kept = ("vectorizer", "heads", "bias")
        return {**{name: self.__dict__[name] for name in kept}, "weights": self.weights.astype(np.float16)}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._forget()

    def _forget(self) -> None:
        self._rows = {}
        self._worth = np.zeros((_FIRST_WORDS, len(self.bias)), dtype=np.float32)

    def margins(self, terms: Terms) -> np.ndarray:
        """Margins of all heads, in one row."""
        result: np.ndarray = self.margins_of([terms])[0]
        return result

    def margins_of(self, stretches: Sequence[Terms]) -> np.ndarray:
        """Margins of all heads, a row for each stretch of text; all weights are fetched at once."""
        columns: list[int] = []
        values: list[float] = []
        rows: list[int] = []
        often: list[float] = []
        ends = [(0, 0)]
        if len(self._rows) + sum(len(terms.words) for terms in stretches) > _REMEMBERED:
            self._forget()
        for terms in stretches:
            of_terms = self.vectorizer.light(terms)
            columns += of_terms[0]
            values += of_terms[1]
            self._characters(terms.words, rows, often)
            ends.append((len(columns), len(rows)))
        weights = self.weights.take(np.array(columns, dtype=np.intp), axis=0).astype(np.float32)
        worth = self._worth.take(np.array(rows, dtype=np.intp), axis=0)
        value, times = np.array(values, dtype=np.float32), np.array(often, dtype=np.float32)
        result = np.empty((len(stretches), len(self.bias)), dtype=np.float32)
        for i, ((a, c), (b, d)) in enumerate(zip(ends, ends[1:], strict=False)):
            result[i] = value[a:b] @ weights[a:b] + times[c:d] @ worth[c:d]
        result += self.bias
        if self.vectorizer.vectors is not None:
            meanings = np.array([self.vectorizer.meaning(terms) for terms in stretches], dtype=np.float32)
            result += meanings @ self.weights[len(self.vectorizer.columns) :].astype(np.float32)
        return result

    def _characters(self, words: Sequence[str], rows: list[int], often: list[float]) -> None:
        """Add the rows of `_worth` for the words and how much each counts."""
        counts = Counter(words)
        known = [self._rows.get(word) or self._learn(word) for word in counts]
        times = [1.0 + math.log(n) for n in counts.values()]
        length = math.hypot(*[n * of_word for n, (_, of_word) in zip(times, known, strict=True)])
        if length:
            scale = self.vectorizer.scales["c"] / length
            rows += [row for row, _ in known]
            often += [n * scale for n in times]

    def _learn(self, word: str) -> tuple[int, float]:
        """Put a word's characters into `_worth`."""
        columns, values, length = self.vectorizer.characters(word)
        row = len(self._rows)
        if row >= len(self._worth):
            self._worth = np.concatenate([self._worth, np.zeros_like(self._worth)])
        self._worth[row] = values @ self.weights[columns].astype(np.float32)
        self._rows[word] = (row, length)
        return row, length

    def of_head(self, name: str, margins: np.ndarray) -> np.ndarray:
        """The part of the margins (last axis) that belongs to a head."""
        head = self.heads[name]
        return margins[..., head.start : head.start + len(head.labels)]

    def probabilities(self, name: str, margins: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of a head's labels from `of_head` margins."""
        return softmax(margins * self.heads[name].scale)


def softmax(z: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    result: np.ndarray = e / e.sum(axis=-1, keepdims=True)
    return result


def best_scale(margins: np.ndarray, truth: np.ndarray) -> float:
    """The softmax scale with the least log loss on held-out margins (`truth`: label index of each row)."""
    if not len(truth):
        return 3.0
    rows = np.arange(len(truth))
    losses = [
        (float(-np.log(softmax(margins * s)[rows, truth] + 1e-9).mean()), s)
        for s in (0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 10, 13)
    ]
    return float(min(losses)[1])


def train(
    documents: Sequence[Sequence[Terms]],
    labels: dict[str, Sequence[str | None]],
    groups: Sequence[int],
    strengths: dict[str, float],
    powers: dict[str, float],
    vectors: WordVectors | None = None,
    marked: Container[str] = frozenset(),
) -> tuple[LinearModel, dict[str, HeldOut]]:
    """Fit all heads; `documents[i]` holds the message itself first and then its noisy copies.

    `labels[head][i]` is None where the message says nothing for that head. `groups[i]` is its fold; `strengths` are the
    SVMs' C, `powers` see `rarity`; the heads `marked` look at the marks of a message too. Copies go with their message,
    and only messages themselves are held out.
    """
    flat = [t for copies in documents for t in copies]
    vectorizer = Vectorizer(least=3 if len(flat) > len(documents) else 2, vectors=vectors).fit(flat)
    fits = Fits(vectorizer.matrix(flat), documents, np.array(groups))
    marks = np.array([i for name, i in vectorizer.columns.items() if name[0] == "m"], dtype=np.intp)
    model = LinearModel(vectorizer)
    start = 0
    for name, of_messages in labels.items():
        names = sorted({str(label) for label in of_messages if label is not None})
        if not names:
            continue
        index = {label: i for i, label in enumerate(names)}
        y = np.array([index[str(label)] if label is not None else -1 for label in of_messages])
        model.heads[name] = Head(names, start)
        without = None if name in marked else marks
        fits.add(name, y, strengths.get(name, 0.3), powers.get(name, 0.0), without)
        start += len(names)
    done = fits.done()
    model.weights = np.ascontiguousarray(np.vstack([weight for weight, _, _ in done.values()]).T)
    model.bias = np.concatenate([bias for _, bias, _ in done.values()]).astype(np.float32)
    model._forget()
    held = {name: of_head for name, (_, _, of_head) in done.items() if of_head is not None}
    for name, of_head in held.items():
        model.heads[name].scale = best_scale(of_head.margins, of_head.truth)
    return model, held
