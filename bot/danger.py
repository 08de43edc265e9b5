"""The emergency check: does this text speak of a danger that is present now? It looks before anything else does.

A linear model that is learned from examples tells danger from none (bot/danger_net.py, bot/danger_examples.py). Rules
say which danger it is where one is met; where none is, the model does. (Rules raised alarms of their own once: on
messages written apart from the project what they added was mostly false.) Neither needs a server: the check runs when
Rasa is down.

All words of the rules stand in data/danger/danger.yml, where they can be extended without touching this file:

- `words`: named lists of words. `word*` takes any ending, several words in a row count as one.
- `kinds`: per kind its telephone number and rules, the most threatening kind first. A rule is met when each of its
  lists is found in one sentence, within `within` words. A list is named, or written out as a list of words.
- `harmless`: word groups that are taken out first (a fire station is no fire).
- `guards`: named lists; a sentence with one of the guards that a rule names does not count (if, last year, a wish).

Spelling: `persian.letters.folded`, repeated letters once, the prefix mi- joined to its verb; in longer words one wrong,
missing, additional or swapped letter is forgiven unless it makes a word listed under `not_typos`.

    DangerFileError        the file is wrong: file, key, reason
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.danger_english import EnglishCheck
from bot.danger_examples import learned
from bot.danger_net import Net
from bot.danger_text import KINDS, DangerFileError, Phrase, as_phrase, fits, sentences, split
from casework.datafile import Section
from persian.english import is_english

SHORTEST_WITH_TYPO = 5
DEFAULT_WINDOW = 8
# How much surer than for an alarm the net must be of a kind of its own beside a rule's, or beside a surer window's.
SURE = 0.8

_NEGATION = "\u0646"

Span = tuple[int, int]


@dataclass(frozen=True)
class Danger:
    """`kind` as in `hamyar parse`; `number` in Latin digits. The reply is `danger.<kind>` of data/messages."""

    kind: str
    number: str


@dataclass(frozen=True)
class _Rule:
    lists: tuple[frozenset[Phrase], ...]
    within: int
    guards: tuple[Phrase, ...]


class _Phrases:
    """All phrases of the file, found in one pass over the words: by their first word, or by its beginning."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._by_word: dict[str, list[Phrase]] = {}
        self._by_beginning: dict[str, list[Phrase]] = {}
        for phrase in set(phrases):
            first = phrase[0]
            if first.endswith("*"):
                self._by_beginning.setdefault(first[:-1], []).append(phrase)
            else:
                self._by_word.setdefault(first, []).append(phrase)

    def find(self, words: list[str]) -> dict[Phrase, list[Span]]:
        found: dict[Phrase, list[Span]] = {}
        for start, word in enumerate(words):
            candidates = list(self._by_word.get(word, ()))
            for end in range(1, len(word) + 1):
                candidates += self._by_beginning.get(word[:end], ())
            for phrase in candidates:
                rest = words[start + 1 : start + len(phrase)]
                if len(rest) == len(phrase) - 1 and all(map(fits, phrase[1:], rest)):
                    found.setdefault(phrase, []).append((start, start + len(phrase)))
        return found


@dataclass(frozen=True, repr=False)
class DangerCheck:
    """Built once, then `look` for each text; it keeps no state."""

    kinds: tuple[tuple[Danger, tuple[_Rule, ...]], ...]
    phrases: _Phrases
    harmless: _Phrases
    corrections: dict[str, tuple[str, ...]]
    known_words: frozenset[str]
    net: Net
    english: EnglishCheck

    @classmethod
    def load(cls, path: Path, cache: Path | None = None) -> DangerCheck:
        """Rules of `path`, examples beside it. `cache`: where the net is kept; `var` beside `data` unless told.

        Without a fitting cache file loading takes some 45 s. Raises DangerFileError.
        """
        folder = path.parent
        if cache is None and folder.parent.name == "data":
            cache = folder.parent.parent / "var"
        return _load(path, lambda: learned(folder, cache))

    def look(self, text: str) -> Danger | None:
        """The danger the text speaks of as present, the most threatening kind (the first in the file) if there are
        several; None where none is. English is judged by a list of its own."""
        if is_english(text):
            kind = self.english.kind_of(text)
            return next((danger for danger, _ in self.kinds if danger.kind == kind), None)
        alarms = [window for window in self.net.score(text) if window.score >= self.net.threshold]
        if not alarms:
            return None
        by_rule = self.by_rule(text)
        sure = max(alarms[0].score - SURE, self.net.threshold + SURE)
        kinds = {window.kind for window in alarms if window.score >= sure}
        kinds.add(by_rule.kind if by_rule is not None else alarms[0].kind)
        return next(danger for danger, _ in self.kinds if danger.kind in kinds)

    def by_rule(self, text: str) -> Danger | None:
        """What the rules alone find: the first kind of the file that fits."""
        found = [self.phrases.find(words) for part in sentences(text) if (words := self._words(part))]
        for danger, rules in self.kinds:
            if any(_met(rule, phrases) for phrases in found for rule in rules):
                return danger
        return None

    def _words(self, text: str) -> list[str]:
        words = [self._corrected(word) for word in split(text)]
        for spans in self.harmless.find(words).values():
            for start, end in spans:
                words[start:end] = [""] * (end - start)
        return words

    def _corrected(self, word: str) -> str:
        if len(word) < SHORTEST_WITH_TYPO or word in self.known_words:
            return word
        for variant in _shortened(word):
            for meant in self.corrections.get(variant, ()):
                if _one_slip(word, meant):
                    return meant
        return word


def _met(rule: _Rule, found: dict[Phrase, list[Span]]) -> bool:
    spans = []
    for phrases in rule.lists:
        spans.append([span for phrase in found if phrase in phrases for span in found[phrase]])
        if not spans[-1]:
            return False
    if any(phrase in found for phrase in rule.guards):
        return False
    return _close(spans, rule.within)


def _close(found: list[list[Span]], within: int) -> bool:
    """Whether one span of each list can be chosen so that all lie within so many words and none overlap."""
    return any(_join(found[1:], span, (span,), within) for span in found[0])


def _join(found: list[list[Span]], hull: Span, taken: tuple[Span, ...], within: int) -> bool:
    if not found:
        return True
    for span in found[0]:
        wider = (min(hull[0], span[0]), max(hull[1], span[1]))
        apart = all(span[1] <= other[0] or other[1] <= span[0] for other in taken)
        if apart and wider[1] - wider[0] <= within and _join(found[1:], wider, (*taken, span), within):
            return True
    return False


def _shortened(word: str) -> list[str]:
    """The word and the word without one of its letters: two words one slip apart share one of these."""
    return [word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]


def _one_slip(written: str, meant: str) -> bool:
    """One letter wrong, missing or too many, or two neighbours swapped; a leading n- negates, it is no slip."""
    start = 0
    while start < min(len(written), len(meant)) and written[start] == meant[start]:
        start += 1
    a, b = written[start:], meant[start:]
    if start == 0 and _NEGATION in (a[:1], b[:1]) and len(a) != len(b):
        return False
    swapped = a[:2] == b[1::-1] and len(a) > 1 and a[2:] == b[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped


def _load(path: Path, net: Callable[[], Net]) -> DangerCheck:
    root = Section.of_file(path, DangerFileError)
    root.known("words", "guards", "harmless", "not_typos", "kinds")
    lists = _lists(root.section("words"))
    guards = _lists(root.section("guards"))
    kinds = root.section("kinds")
    loaded: list[tuple[Danger, tuple[_Rule, ...]]] = []
    for kind in kinds.names():
        if kind not in KINDS:
            raise kinds.fail(kind, f"not one of {', '.join(KINDS)}")
        one = kinds.section(kind)
        one.known("number", "rules")
        rules = tuple(_rule(section, lists, guards) for section in one.sections("rules"))
        if not rules:
            raise one.fail("rules", "at least one is needed")
        loaded.append((Danger(kind, one.text("number")), rules))
    missing = set(KINDS) - {danger.kind for danger, _ in loaded}
    if missing:
        raise kinds.fail("", f"missing: {', '.join(sorted(missing))}")
    vocabulary = {
        word
        for _, rules in loaded
        for rule in rules
        for phrases in rule.lists
        for phrase in phrases
        for word in phrase
        if not word.endswith("*")
    }
    corrections: dict[str, list[str]] = {}
    for word in sorted(vocabulary):
        if len(word) >= SHORTEST_WITH_TYPO:
            for variant in _shortened(word):
                corrections.setdefault(variant, []).append(word)
    not_typos = {word for text in root.texts("not_typos") for word in as_phrase(text)}
    phrases = (
        phrase
        for _, rules in loaded
        for rule in rules
        for group in (*rule.lists, rule.guards)
        for phrase in group
    )
    return DangerCheck(
        kinds=tuple(loaded),
        phrases=_Phrases(phrases),
        harmless=_Phrases(as_phrase(text) for text in root.texts("harmless")),
        corrections={variant: tuple(words) for variant, words in corrections.items()},
        known_words=frozenset(vocabulary | not_typos),
        net=net(),
        english=EnglishCheck.load(path.with_name("english.yml")),
    )


def _lists(section: Section) -> dict[str, tuple[Phrase, ...]]:
    return {name: tuple(as_phrase(text) for text in section.texts(name)) for name in section.names()}


def _rule(
    section: Section, lists: dict[str, tuple[Phrase, ...]], guards: dict[str, tuple[Phrase, ...]]
) -> _Rule:
    section.known("all", "within", "guards")
    chosen = tuple(frozenset(_alternatives(section, item, lists)) for item in section.items("all"))
    if not chosen:
        raise section.fail("all", "at least one list is needed")
    names = section.texts("guards")
    for name in names:
        if name not in guards:
            raise section.fail("guards", f"there are no guards {name!r}")
    return _Rule(
        lists=chosen,
        within=section.number_or_none("within") or DEFAULT_WINDOW,
        guards=tuple(phrase for name in names for phrase in guards[name]),
    )


def _alternatives(section: Section, item: Any, lists: dict[str, tuple[Phrase, ...]]) -> tuple[Phrase, ...]:
    if isinstance(item, str):
        if item not in lists:
            raise section.fail("all", f"there are no words {item!r}")
        return lists[item]
    if isinstance(item, list) and item and all(isinstance(text, str) for text in item):
        return tuple(as_phrase(text) for text in item)
    raise section.fail("all", f"a name of `words` or a list of words is expected, not {item!r}")
