"""hazm's normaliser, quicker: the same text comes out, but its forty rewritings are tried only where they can bite.

hazm makes its tables anew for every text and runs every pattern over it; most texts hold nothing that most of them
look for. A test compares the two on any text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

_ZWNJ = "\u200c"
# A ZWNJ that does not stand between two letters; hazm's five patterns about ZWNJs change nothing else.
_LOOSE_ZWNJ = re.compile(rf"{_ZWNJ}(?:(?<!\w{_ZWNJ})|(?!\w))")
_USUAL = "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیئءأؤ،؛؟«»…\n\u200c" + "".join(map(chr, range(32, 127)))
_AFFIXES = (("ه ی ",), ("می ",), (" تر", " گر", " ها"), ("ه ا",), ("هها",))
"""What must stand in a text for each of hazm's patterns about prefixes and endings."""
# hazm's tokenizer has this as three alternatives; with the first letter named, `re` skips to the marks.
_MARK = re.compile(r'[؟!?\d.:،؛»\])}"«\[({/\\](?:(?<=[؟!?])[؟!?]*|(?<=[\d.:])[\d.:]*|)')


class QuickNormalizer:
    """`normalize(text)` gives what `hazm.Normalizer.normalize` gives; `parted` what its tokenizer makes of a line."""

    def __init__(self, hazm: Any, joined_words: frozenset[str]) -> None:
        """`hazm` is a Normalizer with sets of its words and verbs, `joined_words` its frequent words with a ZWNJ."""
        self._hazm = hazm
        self._letters = {ord(a): b for a, b in zip(hazm.translation_src, hazm.translation_dst, strict=False)}
        self._numbers = {
            ord(a): b for a, b in zip(hazm.number_translation_src, hazm.number_translation_dst, strict=False)
        }
        self._style = _compiled(hazm.persian_style_patterns)
        self._diacritics = _compiled(hazm.diacritics_patterns)
        self._extra = _compiled(hazm.extra_space_patterns)
        self._affixes = _compiled(hazm.affix_spacing_patterns)
        self._marks = _compiled(hazm.punctuation_spacing_patterns)
        self._signs = _compiled(hazm.replacements)
        self._special = _compiled(hazm.specials_chars_patterns)
        self._stretched = re.compile(hazm.more_than_two_repeat_pattern)
        self._mi = re.compile(hazm.joint_mi_patterns)
        self._suffixes = hazm.suffixes
        self._words, self._verbs, self._joined_words = hazm.words, hazm.verbs, joined_words
        self._has_letters, self._has_numbers = _any_of(self._letters), _any_of(self._numbers)
        single = (*self._diacritics, *self._special, *self._signs)
        kept = "".join(c for c in _USUAL if not any(pattern.search(c) for pattern, _ in single))
        self._has_odd = re.compile(f"[^{re.escape(kept)}]").search
        self._has_mark = re.compile(r"[.:!،؛؟»\])}«\[({]").search
        self._has_opening = re.compile(r"[«\[({]").search
        self._has_digit = re.compile(r"\d").search

    def normalize(self, text: str) -> str:
        """The text as hazm writes it."""
        if self._has_letters(text):
            text = text.translate(self._letters)
        if '"' in text or "." in text:
            text = _rewritten(self._style, text)
        if self._has_numbers(text):
            text = text.translate(self._numbers)
        odd = self._has_odd(text)
        if odd:
            text = _rewritten(self._diacritics, text)
        text = self._spaced(text)
        if odd:
            text = _rewritten(self._special, _rewritten(self._signs, text))
        if self._stretched.search(text):
            text = self._hazm.decrease_repeated_chars(text)
        return self._with_mi(text) if "می" in text else text

    def parted(self, line: str) -> list[str]:
        """The words and marks of a line, as hazm's tokenizer gives them before it joins verbs."""
        if "\n" in line or "\t" in line:
            line = line.replace("\n", " ").replace("\t", " ")
        return [word for word in _MARK.sub(r" \g<0> ", line).split(" ") if word]

    def _spaced(self, text: str) -> str:
        """`correct_spacing`: each guard names what its patterns need."""
        if (
            "  " in text
            or (_ZWNJ in text and _LOOSE_ZWNJ.search(text))
            or "\n\n\n" in text
            or "ـ" in text
            or "\r" in text
        ):
            text = _rewritten(self._extra, text)
        text = "\n".join([" ".join(self._joined(self.parted(line))) for line in text.split("\n")])
        for (pattern, new), needs in zip(self._affixes, _AFFIXES, strict=True):
            if any(need in text for need in needs):
                text = pattern.sub(new, text)
        quoted, before, after, behind, behind_too, opening, *digits = self._marks
        if '" ' in text:
            text = _rewritten([quoted], text)
        if self._has_mark(text):
            opens = self._has_opening(text)
            text = _rewritten(
                [before, after, behind, behind_too, opening] if opens else [before, behind, behind_too], text
            )
        return _rewritten(digits, text) if self._has_digit(text) else text

    def _joined(self, tokens: list[str]) -> list[str]:
        """`token_spacing`: «کتاب» «ها» become «کتاب‌ها»."""
        verbs, words, suffixes = self._verbs, self._joined_words, self._suffixes
        known = self._words
        result: list[str] = []
        last = ""
        for at, token in enumerate(tokens):
            if result:
                pair = f"{last}{_ZWNJ}{token}"
                if pair in verbs or pair in words:
                    joined = at == len(tokens) - 1 or f"{token}_{tokens[at + 1]}" not in verbs
                else:
                    joined = token in suffixes and last in known
                if joined:
                    result[-1] = last = pair
                    continue
            result.append(token)
            last = token
        return result

    def _with_mi(self, text: str) -> str:
        """`seperate_mi`: «نمیدانم» becomes «نمی‌دانم» where that is a verb."""
        for found in self._mi.findall(text):
            cut = found.index("می") + 2
            parted = f"{found[:cut]}{_ZWNJ}{found[cut:]}"
            if parted in self._verbs:
                text = text.replace(found, parted)
        return text


def _compiled(patterns: Iterable[tuple[str, str]]) -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(pattern), new) for pattern, new in patterns]


def _any_of(table: Mapping[int, str]) -> Callable[[str], object]:
    """A search for any of the characters that a table translates to something else."""
    return re.compile(f"[{re.escape(''.join(chr(c) for c, new in table.items() if new != chr(c)))}]").search


def _rewritten(patterns: list[tuple[re.Pattern[str], str]], text: str) -> str:
    for pattern, new in patterns:
        text = pattern.sub(new, text)
    return text
