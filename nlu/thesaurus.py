"""The thesaurus: concepts and the ways people say them, as features beside the words themselves.

`data/thesaurus/thesaurus.yml` maps a concept to its forms. Forms are matched as whole words, longest first; the last
word of a form may carry an ending («چاله» finds «چاله‌ای»), unless it has three letters or fewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from nlu.words import Word, read_words
from persian.remembered import Remembered

# Endings that a form may carry and stay the same thing: plural, possession, «is», indefinite, Finglish ezafe.
_ENDINGS = frozenset(
    "ها های هایی هام هاش ا ای ام اش ات ان ون مون تون شون مان تان شان م ش ت و رو ی یی ست است هم "
    "e ye ha haye a o ro esh am".split()
)
_SHORT = 3


class ThesaurusError(ValueError):
    """A thesaurus file that cannot be used; says file, key and reason."""


@dataclass(slots=True)
class _Step:
    """Where a form may have come to by a word: what it means if it ends here, and the words that may follow."""

    concepts: tuple[str, ...] = ()
    following: dict[str, _Step] = field(default_factory=dict)

    def ends_at(self, word: str) -> tuple[str, ...]:
        """The concepts of the form that ends behind this step with `word`, bare or with an ending."""
        step = self.following.get(word)
        if step is not None and step.concepts:
            return step.concepts
        for cut in range(1, 5):
            base = word[:-cut]
            if len(base) <= _SHORT:
                break
            if word[-cut:] in _ENDINGS:
                step = self.following.get(base)
                if step is not None and step.concepts:
                    return step.concepts
        return ()


class Thesaurus:
    """Concepts found in a sequence of words."""

    def __init__(self, concepts: Mapping[str, Iterable[str]]) -> None:
        self._forms: dict[tuple[str, ...], set[str]] = {}
        for concept, forms in concepts.items():
            for form in forms:
                key = tuple(w.standard for w in read_words(str(form)) if w.kind != "break")
                if key:
                    self._forms.setdefault(key, set()).add(concept)
        self._build()

    def _build(self) -> None:
        self._root = _Step()
        for key, concepts in self._forms.items():
            step = self._root
            for word in key:
                step = step.following.setdefault(word, _Step())
            step.concepts = tuple(sorted(concepts))
        # Of most words neither a form begins nor is one: one look says so.
        self._begins = Remembered(self._beginning)

    def _beginning(self, word: str) -> tuple[tuple[str, ...], _Step | None] | None:
        """The concepts of a word alone, and its step if others may follow; None where it begins no form."""
        concepts, step = self._root.ends_at(word), self._root.following.get(word)
        if step is not None and not step.following:
            step = None
        return (concepts, step) if concepts or step else None

    def __getstate__(self) -> dict[str, object]:
        return {"_forms": self._forms}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._build()

    @classmethod
    def load(cls, path: Path) -> Thesaurus:
        """From YAML: `concept: [form, form …]`. An absent file is an empty thesaurus."""
        if not path.exists():
            return cls({})
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
        if not isinstance(data, dict):
            raise ThesaurusError(f"{path}: must map concepts to lists of forms")
        for concept, forms in data.items():
            if not isinstance(forms, list) or not all(isinstance(f, (str, int)) for f in forms):
                raise ThesaurusError(f"{path}: {concept}: must be a list of forms")
        return cls(data)

    def __len__(self) -> int:
        return len(self._forms)

    def find(self, words: Sequence[str]) -> list[tuple[str, int, int]]:
        """(concept, first word, behind last word) of the forms in the words, the longest at each place, no overlap."""
        found: list[tuple[str, int, int]] = []
        begins = self._begins
        free = 0
        for i, word in enumerate(words):
            if i < free or (beginning := begins[word]) is None:
                continue
            concepts, step = beginning
            end = at = i + 1
            while step is not None and at < len(words):
                if longer := step.ends_at(words[at]):
                    concepts, end = longer, at + 1
                step = step.following.get(words[at])
                at += 1
            if concepts:
                found += [(concept, i, end) for concept in concepts]
                free = end
        return found

    def forms(self) -> list[tuple[str, ...]]:
        """All forms as tuples of standard words."""
        return list(self._forms)


def concepts_of(thesaurus: Thesaurus, words: Sequence[Word]) -> list[str]:
    """The concepts in the words of a message, in order, repeated as they repeat."""
    return [concept for concept, _, _ in thesaurus.find([w.standard for w in words])]
