"""The learned part of the emergency check: how near a text is to the examples of danger in data/danger/examples.

A text is judged by its windows: sentences, neighbouring sentences, stretches of long sentences; the most dangerous
window decides, so that danger in the middle of a long letter is seen. A window is a bag of

- words, pairs of words up to three apart, and the letters within words (slips, endings, joined words);
- signals: the word groups of data/danger/signals.yml, and which of them meet. They carry most of the weight and carry
  over to words that no example has.

Danger or none: logistic regression (sparse AdaGrad, plain Python, deterministic). Which danger: naive Bayes over the
windows of danger. No library is needed, and no Rasa: the check runs in the app's own process.

    Net.score(text) -> list[Judged]    each window: score and kind
    train(examples, signals, ...) -> Net
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bot.danger_text import as_phrase, fits, sentences, split
from persian.finglish import FinglishIndex

NONE = "none"
GAP = 4  # words that `..` in a signal may stand for
LONGEST = 18  # words of a sentence that is judged whole; a longer one is judged by stretches
STRETCH, STEP = 14, 5
TOGETHER = 24  # words of neighbouring sentences that are judged together
RARE = 4  # how often an ordinary word must occur to be what Latin letters may stand for
REACH = 3  # how far apart two words still make a pair
LETTERS = range(3, 6)
SIGNAL_WEIGHT = 1.0  # a signal counts the same in a long window as in a short one
NUMBERS = frozenset(("110", "112", "115", "121", "123", "125", "137", "194"))

Window = list[str]
Example = tuple[str, str]  # text, kind or NONE


@dataclass(frozen=True)
class Judged:
    """A window; `kind` is NONE below the threshold."""

    score: float
    kind: str


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

    def find(self, words: Window) -> dict[str, list[tuple[int, int]]]:
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


def _end(words: Window, at: int, parts: tuple[tuple[str, bool], ...], part: int) -> int:
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


class Reader:
    """Text to windows and windows to features. `frequency`: the Persian words Latin letters may stand for."""

    def __init__(self, signals: Signals, frequency: dict[str, int]) -> None:
        self.signals = signals
        self.frequency = frequency
        self._finglish = FinglishIndex(word for word in frequency if len(word) > 1)
        self._persian = lru_cache(maxsize=4096)(self._read)

    def _read(self, word: str) -> str:
        candidates = self._finglish.read(word)[:6]
        return max(candidates, key=lambda candidate: self.frequency[candidate]) if candidates else word

    def words(self, text: str) -> Window:
        found = []
        for word in split(text):
            if word.isdigit():
                word = word if word in NUMBERS else "0"
            elif len(word) > 2 and word.isascii():
                word = self._persian(word)
            found.append(word)
        return found

    def windows(self, text: str) -> list[Window]:
        parts = [words for part in sentences(text) if (words := self.words(part))]
        found: list[Window] = []
        for words in parts:
            if len(words) <= LONGEST:
                found.append(words)
            else:
                last = len(words) - STRETCH
                found += [words[at : at + STRETCH] for at in (*range(0, last, STEP), last)]
        for count in (2, 3):
            for at in range(len(parts) - count + 1):
                together = [word for words in parts[at : at + count] for word in words]
                if len(together) <= TOGETHER:
                    found.append(together)
        return [list(words) for words in dict.fromkeys(map(tuple, found))]

    def features(self, words: Window) -> tuple[list[str], list[str]]:
        """Features of the words, and of the signals."""
        pairs, groups = self.meetings(words)
        return [letters for word in words for letters in _letters(word)] + pairs, groups

    def meetings(self, words: Window) -> tuple[list[str], list[str]]:
        """The features that are not of one word alone: pairs, and signals."""
        found = self.signals.find(words)
        names = sorted(found)
        groups = [f"={name}" for name in names]
        groups += [f"{a}+{b}" for place, a in enumerate(names) for b in names[place + 1 :]]
        marked = list(words)
        for name in names:
            for start, end in found[name]:
                for place in range(start, end):
                    if not marked[place].startswith("="):
                        marked[place] = f"={name}"
        return _pairs(words) + [pair for pair in _pairs(marked) if "=" in pair], groups


@lru_cache(maxsize=32768)
def _letters(word: str) -> tuple[str, ...]:
    framed = f"<{word}>"
    return (f"w:{word}", *(framed[at : at + n] for n in LETTERS for at in range(len(framed) - n + 1)))


def _pairs(words: Window) -> list[str]:
    framed = ["^", *words, "$"]
    return [
        f"{framed[at]}{'~' if step > 1 else ' '}{framed[at + step]}"
        for at in range(len(framed))
        for step in range(1, REACH + 1)
        if at + step < len(framed)
    ]


@dataclass(frozen=True)
class Net:
    reader: Reader
    weights: dict[str, float]
    bias: float
    kinds: tuple[str, ...]
    kind_weights: dict[str, tuple[float, ...]]
    kind_bias: tuple[float, ...]
    threshold: float = 0.0

    def score(self, text: str) -> list[Judged]:
        """The windows that are worth a look, the most dangerous first: from two below the threshold, at least one."""
        scored = sorted(((self._score(words), words) for words in self.reader.windows(text)), reverse=True)
        kept = [one for one in scored if one[0] >= self.threshold - 2] or scored[:1]
        return [
            Judged(score, self._kind(words) if score >= self.threshold else NONE) for score, words in kept
        ]

    def highest(self, text: str) -> float:
        """The score of the most dangerous window; minus infinity for an empty text. For setting thresholds."""
        return max(map(self._score, self.reader.windows(text)), default=-math.inf)

    def _score(self, words: Window) -> float:
        pairs, groups = self.reader.meetings(words)
        weight, known = self.weights.get, self._known
        of_words = sum([known(word) for word in words]) + sum([weight(pair, 0.0) for pair in pairs])
        of_groups = sum([weight(group, 0.0) for group in groups])
        return self.bias + of_words / math.sqrt(len(words) + 3) + SIGNAL_WEIGHT * of_groups

    @cached_property
    def _known(self) -> Callable[[str], float]:
        weight = self.weights.get
        return lru_cache(maxsize=16384)(
            lambda word: sum([weight(letters, 0.0) for letters in _letters(word)])
        )

    def _kind(self, words: Window) -> str:
        lexical, groups = self.reader.features(words)
        totals = list(self.kind_bias)
        for feature, times in Counter({**Counter(lexical), **dict.fromkeys(groups, 3)}).items():
            for place, weight in enumerate(self.kind_weights.get(feature, ())):
                totals[place] += weight * times
        return self.kinds[max(range(len(totals)), key=totals.__getitem__)]


def train(
    examples: Sequence[Example],
    signals: Signals,
    kinds: Sequence[str],
    vary: Callable[[Example, random.Random], list[Example]] = lambda example, _: [example],
    epochs: int = 5,
    rate: float = 0.1,
) -> Net:
    """A net without a threshold (0). `vary` gives the shapes in which an example is learned. The same for the same
    examples, on any machine."""
    dice = random.Random(3)
    counted: Counter[str] = Counter(
        word for text, _ in examples for word in split(text) if not word.isascii() and word.isalpha()
    )
    of_danger = {word for text, kind in examples if kind != NONE for word in split(text)}
    # Rare words of ordinary requests are left out: each candidate costs a Latin word time.
    frequency = {word: count for word, count in counted.items() if count >= RARE or word in of_danger} | {
        word: counted[word] + 1 for word in signals.words if not word.isascii()
    }
    reader = Reader(signals, frequency)
    shapes = [shape for example in examples for shape in vary(example, dice)]
    read = [[(*reader.features(words), len(words)) for words in reader.windows(text)] for text, _ in shapes]
    index = _vocabulary(shapes, read)
    rows = [
        [
            (
                [index[feature] for feature in lexical if feature in index],
                [index[feature] for feature in groups if feature in index],
                1 / math.sqrt(length + 3),
            )
            for lexical, groups, length in windows
        ]
        for windows in read
    ]
    weights, bias = _fit(rows, [kind != NONE for _, kind in shapes], len(index), epochs, rate, dice)
    kept = {name: round(weights[at], 4) for name, at in index.items() if abs(weights[at]) >= 0.005}
    kind_weights, kind_bias = _by_kind(shapes, read, kinds)
    return Net(reader, kept, bias, tuple(kinds), kind_weights, kind_bias)


def _vocabulary(
    shapes: Sequence[Example], read: list[list[tuple[list[str], list[str], int]]]
) -> dict[str, int]:
    of_danger: Counter[str] = Counter()
    of_all: Counter[str] = Counter()
    for (_, kind), windows in zip(shapes, read, strict=True):
        for lexical, groups, _ in windows:
            features = {*lexical, *groups}
            of_all.update(features)
            if kind != NONE:
                of_danger.update(features)
    index: dict[str, int] = {}
    for feature, count in of_all.items():
        if count >= 3 or of_danger[feature] >= 2:
            index[feature] = len(index)
    return index


def _fit(
    rows: list[list[tuple[list[int], list[int], float]]],
    danger: list[bool],
    size: int,
    epochs: int,
    rate: float,
    dice: random.Random,
) -> tuple[list[float], float]:
    """AdaGrad. Of a text with danger the most dangerous window is the one to learn from, of another text all."""
    weights, squares = [0.0] * size, [0.01] * size
    weight = weights.__getitem__
    bias, bias_square = -1.0, 0.01
    order = list(range(len(rows)))

    def score(row: tuple[list[int], list[int], float]) -> float:
        return bias + row[2] * sum(map(weight, row[0])) + SIGNAL_WEIGHT * sum(map(weight, row[1]))

    for epoch in range(epochs):
        dice.shuffle(order)
        for at in order:
            windows = rows[at]
            if danger[at] and len(windows) > 1:
                if epoch == 0:
                    continue  # which window it is can only be told when something is known
                windows = [max(windows, key=score)]
            for window in windows:
                chance = 1 / (1 + math.exp(-max(-30.0, min(30.0, score(window)))))
                slope = chance - 1 if danger[at] else chance
                if -0.02 < slope < 0.02:
                    continue
                for features, size_of in ((window[0], window[2]), (window[1], SIGNAL_WEIGHT)):
                    step = slope * size_of
                    square = step * step
                    for feature in features:
                        squares[feature] += square
                        weights[feature] -= rate * step / math.sqrt(squares[feature])
                bias_square += slope * slope
                bias -= rate * slope / math.sqrt(bias_square)
    return weights, bias


def _by_kind(
    shapes: Sequence[Example], read: list[list[tuple[list[str], list[str], int]]], kinds: Sequence[str]
) -> tuple[dict[str, tuple[float, ...]], tuple[float, ...]]:
    """Naive Bayes over the texts of danger that are one window: log likelihoods, less their mean."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in kinds}
    texts: Counter[str] = Counter()
    for (_, kind), windows in zip(shapes, read, strict=True):
        if kind in counts and len(windows) == 1:
            lexical, groups, _ = windows[0]
            counts[kind].update({*lexical, *groups})
            texts[kind] += 1
    common = Counter[str]()
    for counter in counts.values():
        common.update(counter)
    weights = {}
    for feature, count in common.items():
        if count < 3:
            continue
        logs = [math.log((counts[kind][feature] + 0.3) / (texts[kind] + 2)) for kind in kinds]
        mean = sum(logs) / len(logs)
        weights[feature] = tuple(round(log - mean, 2) for log in logs)
    return weights, tuple(0.0 for _ in kinds)
