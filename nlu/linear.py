"""One sparse linear model with several heads (intent, service), calibrated on held-out folds.

Each head is a one-against-rest linear SVM over the shared features. Probabilities are a softmax of its margins at the
temperature that makes the held-out folds most likely. The weights of all heads lie in one matrix, and what the
characters of a word are worth to all labels is remembered: a message costs a sum over its words.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from nlu.features import Terms, Vectorizer

FOLDS = 3
_REMEMBERED = 20_000  # words, some 400 bytes each


@dataclass
class Head:
    """Labels of a head, its columns in the weight matrix, the scale of its margins."""

    labels: list[str]
    start: int
    scale: float = 1.0


@dataclass
class HeldOut:
    """What the folds said of the training messages they had not seen: index, margins (n x labels)."""

    rows: np.ndarray
    margins: np.ndarray
    truth: np.ndarray


@dataclass
class LinearModel:
    """`margins(terms)` for one message; `probabilities` from margins."""

    vectorizer: Vectorizer
    heads: dict[str, Head] = field(default_factory=dict)
    weights: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    bias: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    _worth: dict[str, tuple[np.ndarray, float]] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "weights": self.weights.astype(np.float16), "_worth": {}}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update({"_worth": {}, **state})
        self.weights = np.ascontiguousarray(self.weights, dtype=np.float32)

    def margins(self, terms: Terms) -> np.ndarray:
        """Margins of all heads, in one row."""
        columns, values = self.vectorizer.light(terms)
        result: np.ndarray = values @ self.weights[columns] + self.bias
        counts = Counter(terms.words)
        known = [self._characters(word) for word in counts]
        often = np.array([1.0 + math.log(n) for n in counts.values()], dtype=np.float32)
        length = sum((o * of_word[1]) ** 2 for o, of_word in zip(often.tolist(), known, strict=True))
        if length:
            scale = self.vectorizer.scales["c"] / math.sqrt(length)
            result += (often * scale) @ np.stack([worth for worth, _ in known])
        return result

    def _characters(self, word: str) -> tuple[np.ndarray, float]:
        """What the characters of a word are worth to each label, and their length."""
        known = self._worth.get(word)
        if known is None:
            columns, values, length = self.vectorizer.characters(word)
            if len(self._worth) > _REMEMBERED:
                self._worth.clear()
            known = self._worth[word] = (values @ self.weights[columns], length)
        return known

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


def fit_margins(
    x: csr_matrix, y: np.ndarray, c: float, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (labels x features) and bias for sorted labels; two labels get one row each as well."""
    svm = LinearSVC(C=c, random_state=0, tol=1e-3, max_iter=300)
    svm.fit(x, y, sample_weight=weights)
    if len(svm.classes_) == 2:
        return np.vstack([-svm.coef_, svm.coef_]), np.concatenate([-svm.intercept_, svm.intercept_])
    return svm.coef_, svm.intercept_


def rarity(y: np.ndarray, power: float = 0.5) -> np.ndarray:
    """Sample weights that give rare labels more say, mean 1: (share of label) ** -power."""
    _, inverse, counts = np.unique(y, return_inverse=True, return_counts=True)
    weights: np.ndarray = (counts.astype(float) ** -power)[inverse]
    return weights / weights.mean()


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
) -> tuple[LinearModel, dict[str, HeldOut]]:
    """Fit all heads; `documents[i]` holds the message itself first and then its noisy copies.

    `labels[head][i]` is None where the message says nothing for that head. `groups[i]` is its fold; `strengths` are the
    SVMs' C, `powers` see `rarity`. Copies go with their message, and only messages themselves are held out.
    """
    flat = [t for copies in documents for t in copies]
    origin = np.array([i for i, copies in enumerate(documents) for _ in copies])
    first = np.cumsum([0] + [len(copies) for copies in documents[:-1]])
    vectorizer = Vectorizer(least=3 if len(flat) > len(documents) else 2).fit(flat)
    x = vectorizer.matrix(flat)
    model = LinearModel(vectorizer)
    held: dict[str, HeldOut] = {}
    blocks, biases, start = [], [], 0
    folds = np.array(groups)
    for name, of_messages in labels.items():
        known = np.array([label is not None for label in of_messages])
        names = sorted({str(label) for label in of_messages if label is not None})
        if not names:
            continue
        index = {label: i for i, label in enumerate(names)}
        y = np.array([index[str(label)] if label is not None else -1 for label in of_messages])
        head = Head(names, start)
        model.heads[name] = head
        start += len(names)
        if len(names) == 1:
            blocks.append(np.zeros((1, x.shape[1])))
            biases.append(np.ones(1))
            continue
        power, c = powers.get(name, 0.0), strengths.get(name, 0.3)
        held[name] = _hold_out(x, y, origin, first, folds, known, len(names), c, power)
        head.scale = best_scale(held[name].margins, held[name].truth)
        rows = known[origin]
        weight, bias = fit_margins(x[rows], y[origin][rows], c, rarity(y[origin][rows], power))
        blocks.append(weight)
        biases.append(bias)
    model.weights = np.ascontiguousarray(np.vstack(blocks).T, dtype=np.float32)
    model.bias = np.concatenate(biases).astype(np.float32)
    return model, held


def _hold_out(
    x: csr_matrix,
    y: np.ndarray,
    origin: np.ndarray,
    first: np.ndarray,
    folds: np.ndarray,
    known: np.ndarray,
    labels: int,
    c: float,
    power: float,
) -> HeldOut:
    """Margins of each known message by a model that has not seen it nor its copies.

    Features and idf come from all messages: they do not know labels. A label that a fold does not know has margin -2.
    """

    def one(fold: int) -> tuple[np.ndarray, np.ndarray] | None:
        fit_rows = (known & (folds != fold))[origin]
        test = np.where(known & (folds == fold))[0]
        present = np.unique(y[origin][fit_rows])
        if not len(test) or len(present) < 2:
            return None
        weight, bias = fit_margins(x[fit_rows], y[origin][fit_rows], c, rarity(y[origin][fit_rows], power))
        margins = np.full((len(test), labels), -2.0)
        margins[:, present] = x[first[test]] @ weight.T + bias
        return test, margins

    # liblinear lets go of the interpreter lock: the folds share two cores.
    with ThreadPoolExecutor(2) as pool:
        done = [result for result in pool.map(one, np.unique(folds)) if result is not None]
    if not done:
        return HeldOut(np.zeros(0, dtype=int), np.zeros((0, labels)), np.zeros(0, dtype=int))
    rows = np.concatenate([test for test, _ in done])
    return HeldOut(rows, np.vstack([margins for _, margins in done]), y[rows])
