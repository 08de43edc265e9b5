"""hazm's normaliser, tokenizer and lemmatizer, built once per process; offsets kept.

The normaliser joins what belongs together («می روم» becomes «می‌روم», «کتاب ها» becomes «کتاب‌ها»), the
tokenizer parts the words, the lemmatizer brings verbs and plurals to one form. Each token is then looked
for in the stretch it came from, letter by letter, so that its offsets are true in the citizen's own text.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from nlu.hazm_normalizer import QuickNormalizer
from nlu.words import BREAKS, SPELLED, Word, spelled, split_plain
from persian.letters import ZWNJ, fold, folded
from persian.remembered import Remembered


class HazmWords:
    """`split(stretch) -> list[Word]` for `nlu.words.read_words`; building it takes a second or two.

    Of hazm's four lists of 193,000 words with their frequencies one set is kept, of its 346,000 forms of verbs those
    that the normaliser can meet. Lemmas need half a million forms more and are loaded when the first is asked for.
    """

    def __init__(self) -> None:
        from hazm import Normalizer, WordTokenizer

        with _words_read_once():
            normalizer = Normalizer()
            self._tokenizer = WordTokenizer()
        frequent = _compact(w for w, (n, _) in normalizer.words.items() if ZWNJ in w and n > 0)
        self.lexicon = _compact(normalizer.words)
        normalizer.words = normalizer.tokenizer.words = self._tokenizer.words = self.lexicon
        normalizer.verbs = _compact(v for v in normalizer.verbs if ZWNJ in v or "_" in v)
        self._quick = QuickNormalizer(normalizer, frequent)
        self._lemmatizer: Any = None
        self._lemmas = Remembered(self._lemma)
        gc.collect()

    def _lemma(self, token: str) -> str:
        if self._lemmatizer is None:
            from hazm import Lemmatizer

            with _words_read_once():
                self._lemmatizer = Lemmatizer()
            self._lemmatizer.words = self.lexicon
        lemma = str(self._lemmatizer.lemmatize(token))
        # Verbs come as past#present stem: the present stem tells them apart best.
        return spelled(lemma.rpartition("#")[2] or lemma)

    def split_with_lemmas(self, stretch: str) -> list[Word]:
        """`split` with hazm's lemmas; without them a word's lemma is its standard spelling."""
        tokens = self._tokens(stretch)
        words = self._words(tokens, stretch)
        if tokens is None:
            return [w._replace(lemma=self._lemmas[w.standard]) for w in words]
        # A token with punctuation in it was parted by `_words`: hazm's own lemma would be of the whole.
        lemma_at = {start: self._lemmas[token] for token, start, _ in tokens if BREAKS.isdisjoint(token)}
        return [
            w if w.kind == "break" else w._replace(lemma=lemma_at.get(w.start) or self._lemmas[w.standard])
            for w in words
        ]

    def split(self, stretch: str) -> list[Word]:
        """The words of a stretch without numbers or addresses."""
        return self._words(self._tokens(stretch), stretch)

    def _tokens(self, stretch: str) -> list[tuple[str, int, int]] | None:
        """hazm's tokens and where they stand; None where that cannot be told."""
        parted = self._quick.parted(self._quick.normalize(stretch))
        return _align(self._tokenizer.join_verb_parts(parted), stretch)

    def _words(self, tokens: list[tuple[str, int, int]] | None, stretch: str) -> list[Word]:
        if tokens is None:
            return split_plain(stretch)
        words = []
        for token, start, end in tokens:
            if token[0] in BREAKS and BREAKS.issuperset(token):
                words.append(Word(start, end, token[0], token[0], "break"))
                continue
            if not BREAKS.isdisjoint(token):
                # hazm leaves the Latin comma at its word («kharabe, chale») and dots before one («سلام...خوبی»).
                pieces = split_plain(stretch[start:end])
                words += [w._replace(start=w.start + start, end=w.end + start) for w in pieces]
                continue
            # Of the citizen's own letters: hazm leaves two of a stretched letter, `spelled` one.
            standard = SPELLED[stretch[start:end]]
            if standard:
                words.append(Word(start, end, standard, standard, "word"))
        return words


def _compact(words: Iterable[str]) -> frozenset[str]:
    """The words in strings of their own, one after another: what they came from can then be given back whole."""
    return frozenset("\n".join(words).split("\n"))


@contextlib.contextmanager
def _words_read_once() -> Iterator[None]:
    """hazm reads its list of words for each part it builds; here all parts get the same one."""
    from hazm import word_tokenizer

    read = word_tokenizer.words_list
    word_tokenizer.words_list = lru_cache(maxsize=1)(read)
    try:
        yield
    finally:
        word_tokenizer.words_list = read


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
