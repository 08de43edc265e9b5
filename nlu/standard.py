"""From the words of a message to its terms: Finglish and spoken forms standardised, bases, concepts.

What is learned from data (the vocabulary that Finglish is read with) is fitted on the training words; the rest comes
from `data/thesaurus/`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nlu.colloquial import Colloquial
from nlu.features import Terms
from nlu.finglish import Finglish, is_latin
from nlu.marks import ASKING, marks_of
from nlu.thesaurus import Thesaurus
from nlu.words import Word
from persian.remembered import Remembered

_OFTEN = 3


class _Either:
    """Words of the training data or of the given lexicon."""

    def __init__(self, often: frozenset[str], lexicon: Container[str]) -> None:
        self._often, self._lexicon = often, lexicon

    def __contains__(self, word: object) -> bool:
        return word in self._often or word in self._lexicon


class Standard:
    """`terms(words)`: what the classifier sees of a message or of one clause."""

    def __init__(
        self,
        frequencies: Mapping[str, int],
        table: Mapping[str, str],
        thesaurus: Thesaurus,
        lexicon: Container[str] = frozenset(),
    ) -> None:
        self.frequencies = dict(frequencies)
        self._table = dict(table)
        self.thesaurus = thesaurus
        self._lexicon = lexicon
        self._build()

    @classmethod
    def fit(
        cls,
        messages: Iterable[Sequence[Word]],
        table: Mapping[str, str],
        thesaurus: Thesaurus,
        lexicon: Container[str] = frozenset(),
    ) -> Standard:
        """Count the Persian words of the training messages; `lexicon` are further known words (hazm's)."""
        counts: Counter[str] = Counter(
            w.standard for words in messages for w in words if w.kind == "word" and not is_latin(w.standard)
        )
        for form in thesaurus.forms():
            for part in form:
                if not is_latin(part):
                    counts[part] += 1
        return cls(counts, table, thesaurus, lexicon)

    def _build(self) -> None:
        often = frozenset(w for w, n in self.frequencies.items() if n >= _OFTEN)
        self._colloquial = Colloquial(_Either(often, self._lexicon), self._table)
        self._finglish = Finglish({w: n for w, n in self.frequencies.items() if len(w) > 1})
        self._read = Remembered(self._of_word)

    def __getstate__(self) -> dict[str, object]:
        return {
            "frequencies": self.frequencies,
            "_table": self._table,
            "thesaurus": self.thesaurus,
            "_lexicon": self._lexicon,
        }

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._build()

    def word(self, standard: str) -> str:
        """A folded word in written Persian; Latin words are read as Finglish. May be empty."""
        if is_latin(standard):
            standard = self._finglish.persian(standard)
        return self._colloquial.standard(standard)

    def _of_word(self, standard: str) -> tuple[str, str]:
        """A word in written Persian and its base; a protected span stays as it is and has none."""
        if standard[0] == "<":
            return standard, ""
        written = self.word(standard)
        return written, self._colloquial.base(written) if written and written[0] != "<" else ""

    def terms(self, words: Sequence[Word]) -> Terms:
        """Words, bases and concepts; punctuation is left out, protected spans count as their kind."""
        return self.read(words).terms()

    def read(self, words: Sequence[Word]) -> Reading:
        """The same for the message and, without reading again, for each of its clauses."""
        at = [i for i, w in enumerate(words) if w.kind != "break"]
        raw = [words[i].standard for i in at]
        read = self._read
        kept: list[int] = []
        said: list[str] = []
        bases: list[str] = []
        for i, word in zip(at, raw, strict=True):
            written, base = read[word]
            if written:
                kept.append(i)
                said.append(written)
                bases.append(base)
        concepts = [(name, at[a], at[b - 1] + 1) for name, a, b in self.thesaurus.find(raw)]
        others = []
        if said != raw:
            others = [(name, kept[a], kept[b - 1] + 1) for name, a, b in self.thesaurus.find(said)]
        breaks = [(i, w.standard) for i, w in enumerate(words) if w.kind == "break"]
        return Reading(len(words), kept, said, bases, concepts, others, breaks)


@dataclass(frozen=True)
class Reading:
    """A message in written Persian: `said[i]` is what the word at index `at[i]` stands for.

    `concepts` are found in the words as typed, `others` in the words as written; spans are word indexes. `breaks` are
    punctuation with its word index.
    """

    length: int
    at: list[int]
    said: list[str]
    bases: list[str]
    concepts: list[tuple[str, int, int]]
    others: list[tuple[str, int, int]]
    breaks: list[tuple[int, str]]

    def terms(self, start: int = 0, end: int | None = None) -> Terms:
        """The terms of the words [start, end)."""
        end = self.length if end is None else end
        a, b = bisect_left(self.at, start), bisect_left(self.at, end)
        concepts = [name for name, first, last in self.concepts if start <= first and last <= end]
        have = set(concepts)
        concepts += [n for n, first, last in self.others if start <= first and last <= end and n not in have]
        words = tuple(self.said[a:b])
        breaks = [(i, mark) for i, mark in self.breaks if start <= i < end]
        asks_last = bool(breaks) and breaks[-1][0] == end - 1 and breaks[-1][1] in ASKING
        marks = marks_of(words, [mark for _, mark in breaks], asks_last)
        return Terms(words, tuple(base for base in self.bases[a:b] if base), tuple(concepts), marks)
