"""How the net of the emergency check is learned from examples (bot/danger_net.py says what it is).

Danger or none is a support vector machine with squared hinge loss, fitted by dual coordinate descent (Hsieh and others,
ICML 2008; the method of LIBLINEAR), in plain Python: the same net for the same examples on any machine.

    train(examples, signals, ...) -> Net
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.danger_net import CONTEXT_WEIGHT, NONE, SIGNAL_WEIGHT, Example, Net, shortened
from bot.danger_reader import Reader, Window, letters
from bot.danger_signals import Signals
from bot.danger_text import split

RARE = 4  # how often an ordinary word must occur to be what Latin letters may stand for
SEEN = 3  # in how many windows a feature must occur to be learned
COST = 0.1  # of a window on the wrong side, against the size of the weights; from cross-validation
ROUNDS = (7, 7)  # passes before the windows of danger are chosen, and after
SETTLED = 0.3  # a window that lies so far on its side is looked at in every third pass only


def train(
    examples: Sequence[Example],
    signals: Signals,
    kinds: Sequence[str],
    vary: Callable[[Example, random.Random], list[Example]] = lambda example, _: [example],
) -> Net:
    """A net without a threshold (0). `vary` gives the shapes in which an example is learned."""
    dice = random.Random(3)
    reader = Reader(signals, _frequency(examples, signals))
    shapes = [shape for example in examples for shape in vary(example, dice)]
    read = [reader.windows(text) for text, _ in shapes]
    index = _vocabulary(window for windows in read for window in windows)
    rows = _Rows(index)
    texts = [[rows.row(window) for window in windows] for windows in read]
    weights, bias = _fit(texts, [kind != NONE for _, kind in shapes], len(index), dice)
    kept = {name: round(weights[at], 4) for name, at in index.items() if abs(weights[at]) >= 0.001}
    return Net(reader, kept, round(bias, 4), tuple(kinds), _by_kind(shapes, read, kinds))


def _frequency(examples: Sequence[Example], signals: Signals) -> dict[str, int]:
    counted: Counter[str] = Counter(
        word for text, _ in examples for word in split(text) if not word.isascii() and word.isalpha()
    )
    of_danger = {word for text, kind in examples if kind != NONE for word in split(text)}
    # Rare words of ordinary requests are left out: each candidate costs a Latin word time.
    return {word: count for word, count in counted.items() if count >= RARE or word in of_danger} | {
        word: counted[word] + 1 for word in signals.words if not word.isascii()
    }


def _vocabulary(windows: Iterable[Window]) -> dict[str, int]:
    of_words: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    for window in windows:
        of_words.update(set(window.words))
        counted.update({*window.pairs, *window.groups, *window.context})
    for word, count in of_words.items():
        for feature in set(letters(word)):
            counted[feature] += count
    names = (feature for feature, count in counted.items() if count >= SEEN)
    return {feature: at for at, feature in enumerate(names)}


@dataclass(slots=True)
class _Row:
    """A window in numbers: `words` count `scale` each, `groups` SIGNAL_WEIGHT, `context` CONTEXT_WEIGHT; `size`: the
    square of its length. `pull` is the weight of the window in the solution (the dual variable)."""

    words: list[int]
    groups: list[int]
    context: list[int]
    scale: float
    size: float
    pull: float = 0.0


class _Rows:
    def __init__(self, index: dict[str, int]) -> None:
        self._index = index
        self._letters: dict[str, list[int]] = {}

    def row(self, window: Window) -> _Row:
        words: list[int] = []
        for word in window.words:
            if word not in self._letters:
                self._letters[word] = self._numbers(letters(word))
            words += self._letters[word]
        words += self._numbers(window.pairs)
        groups, context = self._numbers(window.groups), self._numbers(window.context)
        scale = shortened(len(window.words))
        squares = sum([count * count for count in Counter(words).values()])
        size = squares * scale**2 + len(groups) * SIGNAL_WEIGHT**2 + len(context) * CONTEXT_WEIGHT**2
        return _Row(words, groups, context, scale, size)

    def _numbers(self, features: Iterable[str]) -> list[int]:
        index = self._index
        return [index[feature] for feature in features if feature in index]


def _fit(
    texts: list[list[_Row]], danger: list[bool], size: int, dice: random.Random
) -> tuple[list[float], float]:
    """Of a text with danger the most dangerous window is the one to learn from, of another text all.

    Which window it is can only be told when something is known: texts of several windows join in the second round.
    """
    fit = _Fit([0.0] * size)
    chosen = [
        (row, -1.0 if not bad else 1.0)
        for rows, bad in zip(texts, danger, strict=True)
        if not bad or len(rows) == 1
        for row in rows
    ]
    fit.passes(chosen, ROUNDS[0], dice)
    chosen += [
        (max(rows, key=fit.score), 1.0)
        for rows, bad in zip(texts, danger, strict=True)
        if bad and len(rows) > 1
    ]
    fit.passes(chosen, ROUNDS[1], dice)
    return fit.weights, fit.bias


class _Fit:
    def __init__(self, weights: list[float]) -> None:
        self.weights = weights
        self.bias = 0.0

    def score(self, row: _Row) -> float:
        weight = self.weights.__getitem__
        of_words = row.scale * sum(map(weight, row.words))
        of_groups = SIGNAL_WEIGHT * sum(map(weight, row.groups))
        return self.bias + of_words + of_groups + CONTEXT_WEIGHT * sum(map(weight, row.context))

    def passes(self, chosen: list[tuple[_Row, float]], count: int, dice: random.Random) -> None:
        """`chosen`: rows with their side, 1 for danger, -1 for none."""
        settled: set[int] = set()
        order = list(range(len(chosen)))
        for turn in range(count):
            dice.shuffle(order)
            if turn % 3 == 0:
                settled.clear()
            for at in order:
                if at not in settled and self._step(*chosen[at]):
                    settled.add(at)

    def _step(self, row: _Row, side: float) -> bool:
        """One window is set right. Whether it lies far on its side."""
        slope = side * self.score(row) - 1 + row.pull / (2 * COST)
        if row.pull == 0.0 and slope >= 0:
            return slope > SETTLED
        pull = max(row.pull - slope / (row.size + 1 + 1 / (2 * COST)), 0.0)
        step = side * (pull - row.pull)
        row.pull = pull
        if abs(step) > 1e-6:
            weights = self.weights
            parts = ((row.words, row.scale), (row.groups, SIGNAL_WEIGHT), (row.context, CONTEXT_WEIGHT))
            for features, value in parts:
                change = step * value
                for feature in features:
                    weights[feature] += change
            self.bias += step
        return False


def _by_kind(
    shapes: Sequence[Example], read: list[list[Window]], kinds: Sequence[str]
) -> dict[str, tuple[float, ...]]:
    """Naive Bayes over the texts of danger that are one window: log likelihoods, less their mean."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in kinds}
    texts: Counter[str] = Counter()
    for (_, kind), windows in zip(shapes, read, strict=True):
        if kind in counts and len(windows) == 1:
            (window,) = windows
            lexical = {feature for word in window.words for feature in letters(word)}
            counts[kind].update(lexical.union(window.pairs, window.groups))
            texts[kind] += 1
    common = Counter[str]()
    for counter in counts.values():
        common.update(counter)
    weights = {}
    for feature, count in common.items():
        if count < SEEN:
            continue
        logs = [math.log((counts[kind][feature] + 0.3) / (texts[kind] + 2)) for kind in kinds]
        mean = sum(logs) / len(logs)
        weights[feature] = tuple(round(log - mean, 2) for log in logs)
    return weights
