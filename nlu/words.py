"""The words of a message, each with its place in the citizen's own text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from nlu.protected import find_protected
from persian.letters import ZWNJ, folded
from persian.remembered import Remembered

# Words may hold a ZWNJ; everything that is neither letter, digit nor space stands alone.
_PIECES = re.compile(rf"[^\W_]+(?:{ZWNJ}+[^\W_]+)*|[^\w\s{ZWNJ}]", re.UNICODE)
_DIACRITICS = re.compile("[\u064b-\u065f\u0670\u0640]+")
_STRETCHED = re.compile(r"(\w)\1{2,}")
BREAKS = frozenset('.!?؟؛;،,:\n()«»"…')


class Word(NamedTuple):
    """A word: what stands in `text[start:end]`, its folded standard spelling, its lemma.

    `kind` is `word`, `break` (punctuation that may end a clause), or a kind of `nlu.protected`.
    """

    start: int
    end: int
    standard: str
    lemma: str
    kind: str = "word"


def _spelled(surface: str) -> str:
    return _STRETCHED.sub(r"\1", folded(surface).replace(" ", ""))


SPELLED = Remembered(_spelled)


def spelled(surface: str) -> str:
    """One spelling for all ways to write a word: folded, without ZWNJ, stretched letters shortened."""
    return SPELLED[surface]


def split_plain(text: str) -> list[Word]:
    """Words by letters alone, without hazm: what is left when the normaliser cannot be followed."""
    words = []
    # A diacritic is no letter to `re`; blanked with a joiner-free space it would part the word.
    if _DIACRITICS.search(text):
        return _split_with_marks(text)
    for match in _PIECES.finditer(text):
        words.append(_word(match.group(), match.start(), match.end()))
    return words


def _split_with_marks(text: str) -> list[Word]:
    kept = [i for i, c in enumerate(text) if not _DIACRITICS.match(c)]
    bare = "".join(text[i] for i in kept)
    return [_word(m.group(), kept[m.start()], kept[m.end() - 1] + 1) for m in _PIECES.finditer(bare)]


def _word(surface: str, start: int, end: int) -> Word:
    if surface in BREAKS:
        return Word(start, end, surface, surface, "break")
    standard = spelled(surface)
    return Word(start, end, standard, standard)


def read_words(text: str, split: Callable[[str], list[Word]] = split_plain) -> list[Word]:
    """All words of a message: protected spans as one word of their kind, the rest by `split`.

    `split` gets a stretch of text without numbers and addresses; its offsets are within that stretch.
    """
    words: list[Word] = []
    at = 0
    for span in find_protected(text):
        _add(words, text, at, span.start, split)
        words.append(Word(span.start, span.end, f"<{span.kind}>", f"<{span.kind}>", span.kind))
        at = span.end
    _add(words, text, at, len(text), split)
    return words


def _add(words: list[Word], text: str, start: int, end: int, split: Callable[[str], list[Word]]) -> None:
    stretch = text[start:end]
    if not stretch or stretch.isspace():
        return
    found = split(stretch)
    words += [Word(a + start, b + start, *rest) for a, b, *rest in found] if start else found
