"""The learned part of the emergency check: how near a text is to the examples of danger in data/danger/examples.

A text is judged by its windows: sentences, neighbouring sentences, stretches of long sentences; the most dangerous
window decides, so that danger in the middle of a long letter is seen. A window is a bag of

- words, pairs of words up to three apart, and the letters within words (slips, endings, joined words);
- signals: the word groups of data/danger/signals.yml, and which of them meet. They carry most of the weight and carry
  over to words that no example has;
- context: the signals of the rest of the text («سال پیش» in the next sentence).

Danger or none: a linear machine (bot/danger_learning.py). Which danger: naive Bayes over the windows of danger. No
library is needed, and no Rasa: the check runs in the app's own process.

    Net.score(text) -> list[Judged]    each window: score and kind
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from bot.danger_reader import Reader, Window, letters

NONE = "none"
SIGNAL_WEIGHT = 0.7  # of a signal in the window, whatever its length
CONTEXT_WEIGHT = 0.5  # of a signal beside it

Example = tuple[str, str]  # text, kind or NONE


@dataclass(frozen=True)
class Judged:
    """A window; `kind` is NONE below the threshold."""

    score: float
    kind: str


def shortened(words: int) -> float:
    """What a word counts in a window of so many words."""
    return 1 / math.sqrt(words + 3)


@dataclass(frozen=True)
class Net:
    reader: Reader
    weights: dict[str, float]
    bias: float
    kinds: tuple[str, ...]
    kind_weights: dict[str, tuple[float, ...]]
    threshold: float = 0.0

    def score(self, text: str) -> list[Judged]:
        """The windows that are worth a look, the most dangerous first: from one below the threshold, at least one."""
        windows = self.reader.windows(text)
        scored = sorted(((self._score(window), place) for place, window in enumerate(windows)), reverse=True)
        kept = [one for one in scored if one[0] >= self.threshold - 1] or scored[:1]
        return [
            Judged(score, self._kind(windows[place]) if score >= self.threshold else NONE)
            for score, place in kept
        ]

    def highest(self, text: str) -> float:
        """The score of the most dangerous window; minus infinity for an empty text. For setting thresholds."""
        return max(map(self._score, self.reader.windows(text)), default=-math.inf)

    def _score(self, window: Window) -> float:
        weight, known = self.weights.get, self._known
        of_words = sum([known(word) for word in window.words])
        of_words += sum([weight(pair, 0.0) for pair in window.pairs])
        of_groups = sum([weight(group, 0.0) for group in window.groups])
        around = sum([weight(name, 0.0) for name in window.context])
        of_words *= shortened(len(window.words))
        return self.bias + of_words + SIGNAL_WEIGHT * of_groups + CONTEXT_WEIGHT * around

    @cached_property
    def _known(self) -> Callable[[str], float]:
        weight = self.weights.get
        return lru_cache(maxsize=16384)(lambda word: sum([weight(feature, 0.0) for feature in letters(word)]))

    def _kind(self, window: Window) -> str:
        lexical = [feature for word in window.words for feature in letters(word)] + list(window.pairs)
        totals = [0.0] * len(self.kinds)
        for feature, times in Counter({**Counter(lexical), **dict.fromkeys(window.groups, 3)}).items():
            for place, weight in enumerate(self.kind_weights.get(feature, ())):
                totals[place] += weight * times
        return self.kinds[max(range(len(totals)), key=totals.__getitem__)]
