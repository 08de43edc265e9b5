"""hazm's normaliser, tokenizer and lemmatizer, built once per process; offsets kept.

The normaliser joins what belongs together («می روم» becomes «می‌روم», «کتاب ها» becomes «کتاب‌ها»), the
tokenizer parts the words, the lemmatizer brings verbs and plurals to one form. Each token is then looked
for in the stretch it came from, letter by letter, so that its offsets are true in the citizen's own text.
"""

from __future__ import annotations

import gc
from collections.abc import Container
from typing import Any

from nlu.hazm_normalizer import QuickNormalizer
from nlu.words import BREAKS, SPELLED, Word, spelled, split_plain
from persian.letters import fold, folded
from persian.remembered import Remembered


class HazmWords:
    """`split(stretch) -> list[Word]` for `nlu.words.read_words`; building it takes 2.7 s."""

    def __init__(self) -> None:
        from hazm import Lemmatizer, Normalizer, WordTokenizer

        self._normalizer = Normalizer()
        self._tokenizer = WordTokenizer()
        # Each of the three loads the same 193,000 words; one copy does, the others give back 55 MB each.
        self._tokenizer.words = self._normalizer.words
        self._lemmatizer = Lemmatizer()
        self._lemmatizer.words = self._normalizer.words
        gc.collect()
        self._quick = QuickNormalizer(self._normalizer)
        self.lemmas = Remembered(self._lemma)

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
        tokens = self._tokenizer.join_verb_parts(self._quick.parted(self._quick.normalize(stretch)))
        found = _align(tokens, stretch)
        if found is None:
            return [
                Word(w.start, w.end, w.standard, self.lemmas[w.standard], w.kind)
                for w in split_plain(stretch)
            ]
        words = []
        lemmas = self.lemmas
        for token, start, end in found:
            if token[0] in BREAKS and BREAKS.issuperset(token):
                words.append(Word(start, end, token[0], token[0], "break"))
                continue
            # Of the citizen's own letters: hazm leaves two of a stretched letter, `spelled` one.
            standard = SPELLED[stretch[start:end]]
            if standard:
                words.append(Word(start, end, standard, lemmas[token], "word"))
        return words


_LETTERS = Remembered(lambda token: folded(token).replace(" ", ""))


def _align(tokens: list[str], stretch: str) -> list[tuple[str, int, int]] | None:
    """Where each token stands in the stretch; None where the normaliser changed more than spacing."""
    mapped = fold(stretch)
    kept = mapped.text.replace(" ", "")
    # Where each letter of `kept` stands in the stretch.
    places = [i for i, letter in zip(mapped.positions, mapped.text, strict=True) if letter != " "]
    at, end = 0, len(kept)
    found = []
    for token in tokens:
        letters = _LETTERS[token]
        if not letters:
            continue
        begin = at
        if kept.startswith(letters, at):
            at += len(letters)
        else:
            previous = ""
            for letter in letters:
                # The normaliser shortens stretched letters: skip repetitions of the letter just taken.
                while at < end and kept[at] != letter and kept[at] == previous:
                    at += 1
                if at >= end or kept[at] != letter:
                    return None
                previous = letter
                at += 1
        last = places[at - 1]
        while at < end and kept[at] == letters[-1] and places[at] == last + 1:
            last = places[at]
            at += 1
        found.append((token, places[begin], last + 1))
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
