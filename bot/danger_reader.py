"""Text to windows and windows to features, for the learned part of the emergency check (bot/danger_net.py)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from bot.danger_signals import Signals
from bot.danger_text import sentences, split
from persian.finglish import FinglishIndex

TOGETHER = 34  # words of a text, or of neighbouring sentences, that are judged together
STRETCH, STEP = 22, 8  # how a longer sentence is cut
JOINED = 9  # letters from which on an unknown word may be several without spaces
COMMON = 4  # how often a word must occur not to be taken apart, or to be a short part
LONGEST = 14  # letters of a word within such a one
REACH = 3  # how far apart two words still make a pair
LETTERS = range(3, 6)
NUMBERS = frozenset(("110", "112", "115", "121", "123", "125", "137", "194"))

Words = tuple[str, ...]


@dataclass(frozen=True)
class Window:
    """A stretch of a text and what is seen in it.

    `pairs`: words, and signals, up to `REACH` apart; `groups`: the signals, and which of them meet; `context`: the
    signals of the rest of the text («سال پیش», «ممنون» in the next sentence).
    """

    words: Words
    pairs: tuple[str, ...]
    groups: tuple[str, ...]
    context: tuple[str, ...]


class Reader:
    """Text to windows. `frequency`: the Persian words Latin letters may stand for, and how often they occur."""

    def __init__(self, signals: Signals, frequency: dict[str, int]) -> None:
        self.signals = signals
        self.frequency = frequency
        self._finglish = FinglishIndex(word for word in frequency if len(word) > 1)
        self._persian = lru_cache(maxsize=4096)(self._read)
        self._parted = lru_cache(maxsize=4096)(self._part)
        self._total = max(1, sum(frequency.values()))

    def _read(self, word: str) -> str:
        candidates = self._finglish.read(word)[:6]
        return max(candidates, key=lambda candidate: self.frequency[candidate]) if candidates else word

    def words(self, text: str) -> list[str]:
        found = []
        for word in split(text):
            for part in re.findall(r"\d+|\D+", word):
                if part.isdigit():
                    found.append(part if part in NUMBERS else "0")
                elif len(part) > 2 and part.isascii():
                    found.append(self._persian(part))
                elif len(part) >= JOINED and self.frequency.get(part, 0) < COMMON:
                    found += self._parted(part)
                else:
                    found.append(part)
        return found

    def _part(self, word: str) -> tuple[str, ...]:
        """The known words that a long rare one is joined of («گازمیاددرکوچه»), the commonest; else itself."""
        best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ()), *[None] * len(word)]
        for end in range(2, len(word) + 1):
            for start in range(max(0, end - LONGEST), end - 1):
                before = best[start]
                if before is None:
                    continue
                # a letter that ends one word and begins the next is written once by `split`
                for part in (word[start:end], word[start - 1 : end] if start else ""):
                    times = self.frequency.get(part, 0)
                    if times < COMMON and not (times and 4 <= len(part) < JOINED):
                        continue
                    now, cost = best[end], before[0] + math.log(self._total / times)
                    if now is None or cost < now[0]:
                        best[end] = (cost, (*before[1], part))
        found = best[-1]
        return found[1] if found is not None and 3 * len(found[1]) <= len(word) else (word,)

    def windows(self, text: str) -> list[Window]:
        """A short text whole; of a longer one each sentence with those after it that fit, or its stretches."""
        seen = [(words, self.signals.find(words)) for words in self._stretches(text)]
        everywhere = {name for _, spans in seen for name in spans}
        return [_window(words, spans, everywhere) for words, spans in seen]

    def _stretches(self, text: str) -> list[Words]:
        parts = [words for part in sentences(text) if (words := self.words(part))]
        found: list[list[str]] = []
        if sum(map(len, parts)) <= TOGETHER:
            found.append([word for words in parts for word in words])
        else:
            for at in range(len(parts)):
                found += _cut(_together(parts[at:]))
        return [words for words in dict.fromkeys(map(tuple, found)) if words]


def _together(parts: list[list[str]]) -> list[str]:
    """The first sentence and the ones after it that still fit beside it."""
    words = list(parts[0])
    for part in parts[1:]:
        if len(words) + len(part) > TOGETHER:
            break
        words += part
    return words


def _cut(words: list[str]) -> list[list[str]]:
    if len(words) <= TOGETHER:
        return [words]
    last = len(words) - STRETCH
    return [words[at : at + STRETCH] for at in (*range(0, last, STEP), last)]


def _window(words: Words, spans: dict[str, list[tuple[int, int]]], everywhere: set[str]) -> Window:
    names = sorted(spans)
    groups = [f"={name}" for name in names]
    groups += [f"{a}+{b}" for place, a in enumerate(names) for b in names[place + 1 :]]
    marked = list(words)
    for name in names:
        for start, end in spans[name]:
            for place in range(start, end):
                if not marked[place].startswith("="):
                    marked[place] = f"={name}"
    pairs = _pairs(words) + [pair for pair in _pairs(tuple(marked)) if "=" in pair]
    context = [f"~{name}" for name in sorted(everywhere - spans.keys())]
    return Window(words, tuple(pairs), tuple(groups), tuple(context))


@lru_cache(maxsize=32768)
def letters(word: str) -> tuple[str, ...]:
    """The word, and the letters within it: slips, endings, joined words."""
    framed = f"<{word}>"
    return (f"w:{word}", *(framed[at : at + n] for n in LETTERS for at in range(len(framed) - n + 1)))


def _pairs(words: Words) -> list[str]:
    framed = ["^", *words, "$"]
    return [
        f"{framed[at]}{'~' if step > 1 else ' '}{framed[at + step]}"
        for at in range(len(framed))
        for step in range(1, REACH + 1)
        if at + step < len(framed)
    ]
