"""Fits of linear SVMs, one against the rest, on both cores: each head on all messages and without held-out ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from nlu.both_cores import in_two
from nlu.features import Terms

FOLDS = 3
ENOUGH = 2_000
"""Held-out messages that are enough to choose one of fourteen scales by: a fold of so many stands for all."""
TOLERANCE = 1e-2
"""How near its best a fit must come; liblinear's own default is 0.1."""


@dataclass
class HeldOut:
    """What the folds said of the training messages they had not seen: index, margins (n x labels)."""

    rows: np.ndarray
    margins: np.ndarray
    truth: np.ndarray


def fit_margins(
    x: csr_matrix, y: np.ndarray, c: float, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (labels x features) and bias for sorted labels; two labels get one row each as well."""
    svm = LinearSVC(C=c, random_state=0, tol=TOLERANCE, max_iter=300)
    svm.fit(x, y, sample_weight=weights)
    if len(svm.classes_) == 2:
        return np.vstack([-svm.coef_, svm.coef_]), np.concatenate([-svm.intercept_, svm.intercept_])
    return svm.coef_, svm.intercept_


def rarity(y: np.ndarray, power: float = 0.5) -> np.ndarray:
    """Sample weights that give rare labels more say, mean 1: (share of label) ** -power."""
    _, inverse, counts = np.unique(y, return_inverse=True, return_counts=True)
    weights: np.ndarray = (counts.astype(float) ** -power)[inverse]
    return weights / weights.mean()


@dataclass
class Wanted:
    """A head to be fitted: `y[i]` is the label of a message or -1."""

    y: np.ndarray
    labels: int
    c: float
    power: float
    without: np.ndarray | None = None
    """Which features (by their column as they came) it does not look at."""


Job = tuple[str, Optional[int]]
"""A head and the fold that is held out (None: none)."""


class Fits:
    """All fits of a training: each head on all messages and on all but a fold, on both cores."""

    def __init__(self, x: csr_matrix, documents: Sequence[Sequence[Terms]], folds: np.ndarray) -> None:
        self._origin = np.array([i for i, copies in enumerate(documents) for _ in copies])
        self._first = np.cumsum([0] + [len(copies) for copies in documents[:-1]])
        self._folds = folds
        # Frequent features side by side: the weights that a message asks for then lie in the processor's cache.
        order = np.argsort(-np.bincount(x.indices, minlength=x.shape[1]), kind="stable")
        self._place = np.empty_like(order)
        self._place[order] = np.arange(len(order))
        self._x = csr_matrix((x.data.astype(np.float64), self._place[x.indices], x.indptr), shape=x.shape)
        self._x.sort_indices()
        self._heads: dict[str, Wanted] = {}

    def add(
        self, name: str, y: np.ndarray, c: float, power: float, without: np.ndarray | None = None
    ) -> None:
        """Ask for a head; see `Wanted`."""
        self._heads[name] = Wanted(y, int(y.max()) + 1, c, power, without)

    def done(self) -> dict[str, tuple[np.ndarray, np.ndarray, HeldOut | None]]:
        """Weights (labels x features, half precision), bias and held-out messages of each head that was asked for.

        Nothing is held out of a head with one label.
        """
        jobs: list[Job] = [(name, None) for name in self._heads]
        jobs += [(name, fold) for name, head in self._heads.items() for fold in self._held_folds(head)]
        made = dict(zip(jobs, in_two(self._fit, jobs, self._cost), strict=True))
        return {
            name: (*made[name, None], self._held(name, made) if head.labels > 1 else None)
            for name, head in self._heads.items()
        }

    def _held_folds(self, head: Wanted) -> list[int]:
        """The folds to be held out: all of them, or the first one where that has messages enough."""
        if head.labels < 2:
            return []
        folds, sizes = np.unique(self._folds[head.y >= 0], return_counts=True)
        enough = len(folds) > 1 and sizes[0] >= ENOUGH
        return [int(fold) for fold in (folds[:1] if enough else folds)]

    def _messages(self, job: Job) -> np.ndarray:
        """Which messages a fit learns from."""
        name, fold = job
        known = self._heads[name].y >= 0
        return known if fold is None else known & (self._folds != fold)

    def _cost(self, job: Job) -> float:
        """A fit's time, roughly: with more labels each has fewer messages and is sooner settled."""
        return float(self._messages(job).sum()) * math.sqrt(self._heads[job[0]].labels)

    def _fit(self, job: Job) -> tuple[np.ndarray, np.ndarray]:
        """Weights and bias; where a fold is held out, its messages and their margins instead.

        Features and idf come from all messages: they do not know labels. A label that the messages outside a fold do
        not have gets a margin of -2.
        """
        name, fold = job
        head = self._heads[name]
        rows = self._messages(job)[self._origin]
        y = head.y[self._origin][rows]
        present = np.unique(y)
        fitted = None
        if len(present) > 1:
            fitted = fit_margins(self._seen(head, rows), y, head.c, rarity(y, head.power))
        if fold is None:
            if fitted is None:
                return np.zeros((1, self._x.shape[1]), dtype=np.float16), np.ones(1)
            return fitted[0].astype(np.float16)[:, self._place], fitted[1]
        if fitted is None:
            return np.zeros(0, dtype=int), np.zeros((0, head.labels))
        test = np.flatnonzero((head.y >= 0) & (self._folds == fold))
        margins = np.full((len(test), head.labels), -2.0)
        margins[:, present] = self._x[self._first[test]] @ fitted[0].T + fitted[1]
        return test, margins

    def _seen(self, head: Wanted, rows: np.ndarray) -> csr_matrix:
        """What a head looks at of these messages; a feature that is nought everywhere gets the weight nought."""
        x = self._x[rows]
        if head.without is not None:
            x.data[np.isin(x.indices, self._place[head.without])] = 0.0
        return x

    def _held(self, name: str, made: dict[Job, tuple[np.ndarray, np.ndarray]]) -> HeldOut:
        head = self._heads[name]
        parts = [part for (of, fold), part in made.items() if of == name and fold is not None]
        rows = np.concatenate([np.zeros(0, dtype=int), *(test for test, _ in parts)])
        margins = np.vstack([np.zeros((0, head.labels)), *(of_fold for _, of_fold in parts)])
        return HeldOut(rows, margins, head.y[rows])
