"""The thesaurus: concepts and the ways people say them, as features beside the words themselves.

`data/thesaurus/thesaurus.yml` maps a concept to its forms. Forms are matched as whole words, longest first; the last
word of a form may carry an ending («چاله» finds «چاله‌ای»), unless it has three letters or fewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import yaml

from nlu.words import Word, read_words

# Endings that a form may carry and stay the same thing: plural, possession, «is», indefinite, Finglish ezafe.
_ENDINGS = frozenset(
    "ها های هایی هام هاش ا ای ام اش ات ان ون مون تون شون مان تان شان م ش ت و رو ی یی ست است هم "
    "e ye ha haye a o ro esh am".split()
)
_SHORT = 3


class ThesaurusError(ValueError):
    """A thesaurus file that cannot be used; says file, key and reason."""


class Thesaurus:
    """Concepts found in a sequence of words."""

    def __init__(self, concepts: Mapping[str, Iterable[str]]) -> None:
        self._forms: dict[tuple[str, ...], set[str]] = {}
        for concept, forms in concepts.items():
            for form in forms:
                key = tuple(w.standard for w in read_words(str(form)) if w.kind != "break")
                if key:
                    self._forms.setdefault(key, set()).add(concept)
        # First word -> how long the longest form is that begins with it.
        self._first: dict[str, int] = {}
        for key in self._forms:
            self._first[key[0]] = max(len(key), self._first.get(key[0], 0))

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
        i = 0
        while i < len(words):
            step = 1
            reach = self._reach(words[i])
            if reach:
                for length in range(min(reach, len(words) - i), 0, -1):
                    concepts = self._look(tuple(words[i : i + length]))
                    if concepts:
                        found.extend((concept, i, i + length) for concept in sorted(concepts))
                        step = length
                        break
            i += step
        return found

    def _reach(self, word: str) -> int:
        """How many words the longest form has that begins with this word, or with it without an ending; 0: none."""
        longest = self._first.get(word, 0)
        for cut in range(1, 5):
            if len(word) - cut > _SHORT:
                longest = max(longest, self._first.get(word[:-cut], 0))
        return longest

    def _look(self, key: tuple[str, ...]) -> set[str]:
        exact = self._forms.get(key)
        if exact:
            return exact
        last = key[-1]
        for cut in range(1, 5):
            base = last[:-cut]
            if len(base) <= _SHORT:
                break
            if last[-cut:] in _ENDINGS:
                exact = self._forms.get((*key[:-1], base))
                if exact:
                    return exact
        return set()

    def forms(self) -> list[tuple[str, ...]]:
        """All forms as tuples of standard words."""
        return list(self._forms)


def concepts_of(thesaurus: Thesaurus, words: Sequence[Word]) -> list[str]:
    """The concepts in the words of a message, in order, repeated as they repeat."""
    return [concept for concept, _, _ in thesaurus.find([w.standard for w in words])]
