"""hazm's normaliser, tokenizer and lemmatizer, built once per process; offsets kept.

The normaliser joins what belongs together («می روم» becomes «می‌روم», «کتاب ها» becomes «کتاب‌ها»), the
tokenizer parts the words, the lemmatizer brings verbs and plurals to one form. Each token is then looked
for in the stretch it came from, letter by letter, so that its offsets are true in the citizen's own text.
"""

from __future__ import annotations

import gc
from collections.abc import Container
from functools import lru_cache
from typing import Any

from nlu.words import BREAKS, Word, spelled, split_plain
from persian.letters import folded


class HazmWords:
    """`split(stretch) -> list[Word]` for `nlu.words.read_words`; building it takes 2.7 s."""

    def __init__(self) -> None:
        from hazm import Lemmatizer, Normalizer, WordTokenizer, normalizer

        # hazm makes its two translation tables anew for every text.
        normalizer.maketrans = lru_cache(maxsize=16)(normalizer.maketrans)
        self._normalizer = Normalizer()
        self._tokenizer = WordTokenizer()
        # Each of the three loads the same 193,000 words; one copy does, the others give back 55 MB each.
        self._tokenizer.words = self._normalizer.words
        self._lemmatizer = Lemmatizer()
        self._lemmatizer.words = self._normalizer.words
        gc.collect()
        self.lemma = lru_cache(maxsize=65536)(self._lemma)

    @property
    def lexicon(self) -> Container[str]:
        """hazm's own list of Persian words (some hundred thousand), in hazm's spelling."""
        words: Container[str] = self._lemmatizer.words
        return words

    def _lemma(self, token: str) -> str:
        lemma = str(self._lemmatizer.lemmatize(token))
        # Verbs come as past#present stem: the present stem tells them apart best.
        return spelled(lemma.rpartition("#")[2] or lemma)

    def split(self, stretch: str) -> list[Word]:
        """The words of a stretch without numbers or addresses."""
        tokens = self._tokenizer.tokenize(self._normalizer.normalize(stretch))
        found = _align(tokens, stretch)
        if found is None:
            return [
                Word(w.start, w.end, w.standard, self.lemma(w.standard), w.kind) for w in split_plain(stretch)
            ]
        words = []
        for token, start, end in found:
            if token in BREAKS or (len(token) > 1 and all(c in BREAKS for c in token)):
                words.append(Word(start, end, token[0], token[0], "break"))
                continue
            # Of the citizen's own letters: hazm leaves two of a stretched letter, `spelled` one.
            standard = spelled(stretch[start:end])
            if standard:
                words.append(Word(start, end, standard, self.lemma(token)))
        return words


@lru_cache(maxsize=4096)
def _letters_of(character: str) -> str:
    return folded(character).replace(" ", "")


def _align(tokens: list[str], stretch: str) -> list[tuple[str, int, int]] | None:
    """Where each token stands in the stretch; None where the normaliser changed more than spacing."""
    kept = [(letter, i) for i, c in enumerate(stretch) for letter in _letters_of(c)]
    at = 0
    found = []
    for token in tokens:
        letters = [letter for c in token for letter in _letters_of(c)]
        if not letters:
            continue
        first = None
        last = -1
        previous = ""
        for letter in letters:
            # The normaliser shortens stretched letters: skip repetitions of the letter just taken.
            while at < len(kept) and kept[at][0] != letter and kept[at][0] == previous:
                at += 1
            if at >= len(kept) or kept[at][0] != letter:
                return None
            if first is None:
                first = kept[at][1]
            last = kept[at][1]
            previous = letter
            at += 1
        while (
            at < len(kept)
            and kept[at][0] == previous
            and at > 0
            and kept[at - 1][0] == previous
            and kept[at][1] == last + 1
        ):
            last = kept[at][1]
            at += 1
        assert first is not None
        found.append((token, first, last + 1))
    return found


_SHARED: list[Any] = []


def shared() -> HazmWords:
    """The one instance of this process."""
    if not _SHARED:
        _SHARED.append(HazmWords())
    instance: HazmWords = _SHARED[0]
    return instance


class KnownWords:
    """Membership in hazm's word list for folded words; pickled as a reference, not as the list."""

    def __contains__(self, word: object) -> bool:
        words = shared().lexicon
        return word in words or (isinstance(word, str) and word[:1] == "ا" and "آ" + word[1:] in words)
