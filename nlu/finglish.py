"""Persian written in Latin letters, word by word, with the vocabulary of our own data.

«khiyabune ma chale dare» becomes «خیابون ما چاله داره». A word is reduced to its consonants; the Persian words of the
lexicon with the same consonants are compared vowel by vowel, and the likeliest, more frequent one is taken. What the
lexicon does not know is spelled letter by letter, so that character n-grams still see something.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache

_DIGRAPHS = (
    ("kh", "X"),
    ("sh", "S"),
    ("ch", "C"),
    ("gh", "Q"),
    ("zh", "J"),
    ("ph", "f"),
    ("ou", "u"),
    ("oo", "u"),
    ("ee", "i"),
    ("aa", "a"),
    ("ck", "k"),
)
_SOUND = {
    "ب": "b",
    "پ": "p",
    "ت": "t",
    "ط": "t",
    "ث": "s",
    "س": "s",
    "ص": "s",
    "ج": "j",
    "چ": "C",
    "ح": "h",
    "ه": "h",
    "خ": "X",
    "د": "d",
    "ذ": "z",
    "ز": "z",
    "ض": "z",
    "ظ": "z",
    "ژ": "J",
    "ر": "r",
    "ش": "S",
    "غ": "Q",
    "ق": "Q",
    "ف": "f",
    "ک": "k",
    "گ": "g",
    "ل": "l",
    "م": "m",
    "ن": "n",
    "و": "v",
    "ی": "y",
    "ا": "A",
    "ع": "E",
}
_LETTER = {
    "b": "ب",
    "p": "پ",
    "t": "ت",
    "s": "س",
    "j": "ج",
    "C": "چ",
    "h": "ه",
    "X": "خ",
    "d": "د",
    "z": "ز",
    "J": "ژ",
    "r": "ر",
    "S": "ش",
    "Q": "ق",
    "f": "ف",
    "k": "ک",
    "g": "گ",
    "l": "ل",
    "m": "م",
    "n": "ن",
    "v": "و",
    "w": "و",
    "y": "ی",
    "i": "ی",
    "u": "و",
    "a": "ا",
    "x": "خ",
    "q": "ق",
    "c": "ک",
}
# Short words of every day that the comparison cannot tell apart.
WHOLE = {
    "in": "این",
    "dare": "داره",
    "nadare": "نداره",
    "e": "",
    "o": "و",
    "va": "و",
    "ro": "رو",
    "to": "تو",
    "too": "تو",
    "tu": "تو",
    "az": "از",
    "be": "به",
    "ke": "که",
    "ki": "کی",
    "key": "کی",
    "ye": "یه",
    "yek": "یک",
    "nist": "نیست",
    "hast": "هست",
    "ast": "است",
    "ma": "ما",
    "man": "من",
    "shoma": "شما",
    "un": "اون",
    "oon": "اون",
    "kheyli": "خیلی",
    "kheili": "خیلی",
    "bot": "ربات",
    "chera": "چرا",
    "koja": "کجا",
    "kojast": "کجاست",
    "chie": "چیه",
    "va3": "واسه",
    "salam": "سلام",
    "slm": "سلام",
    "mamnun": "ممنون",
    "merci": "مرسی",
    "mersi": "مرسی",
    "ok": "باشه",
    "okay": "باشه",
}
_VOWELS = frozenset("aeiou")
_ENDINGS = (
    "haye",
    "hay",
    "haro",
    "ha",
    "ye",
    "ro",
    "esh",
    "eshun",
    "emun",
    "emoon",
    "etun",
    "amun",
    "mun",
    "moon",
    "am",
    "e",
    "o",
    "a",
    "i",
    "m",
    "sh",
)
_LATIN = re.compile(r"^[a-z']+$")
# Cost of a Latin sound standing for a Persian letter that may be a vowel, and of one that stands for nothing.
_PAIRS: dict[str, dict[str, float]] = {
    "a": {"A": 0.0, "v": 0.8, "y": 0.8, "E": 0.0, "h": 0.2},
    "o": {"A": 0.4, "v": 0.1, "E": 0.1},
    "u": {"A": 0.35, "v": 0.0},
    "e": {"A": 0.3, "y": 0.35, "E": 0.0, "h": 0.0},
    "i": {"A": 0.5, "y": 0.0},
    "w": {"v": 0.0},
    "y": {"y": 0.0, "i": 0.0},
    "q": {"Q": 0.0},
    "x": {"X": 0.1},
    "c": {"k": 0.2, "s": 0.4},
    "k": {"X": 0.5},
    "g": {"Q": 0.3},
    "j": {"J": 0.2},
    "z": {"J": 0.3},
}
_NO_PAIRS: dict[str, float] = {}
_ROUNDING = 1e-9
_SKIP_LATIN = {"a": 0.08, "e": 0.02, "o": 0.05, "u": 0.35, "i": 0.25, "y": 0.25, "h": 0.4}
_SKIP_PERSIAN = {"A": 0.35, "v": 0.5, "y": 0.35, "E": 0.05, "h": 0.35}


def is_latin(word: str) -> bool:
    """Whether a folded word is written in Latin letters."""
    return bool(_LATIN.match(word))


def sounds(word: str) -> str:
    """A Latin word with one sign a sound: `khiaboon` -> `Xiabun`."""
    for pair, sign in _DIGRAPHS:
        word = word.replace(pair, sign)
    return re.sub(r"(.)\1+", r"\1", word.replace("'", "").replace("q", "Q"))


def _key(signs: str) -> str:
    """Consonants that are always written, both sides: no vowels, no h, v, y, alef, ain; one kind of z, k, Q."""
    key = (
        re.sub("[aeiouyhvwAE]", "", signs)
        .replace("x", "X")
        .replace("c", "k")
        .replace("J", "z")
        .replace("q", "Q")
    )
    return re.sub(r"(.)\1+", r"\1", key)


class Finglish:
    """`persian(word)` for a folded Latin word; cached."""

    def __init__(self, frequencies: Mapping[str, int], keep: frozenset[str] = frozenset()) -> None:
        self.frequencies = dict(frequencies)
        self._keep = keep
        self._by_key: dict[str, list[tuple[str, str]]] = {}
        for word in self.frequencies:
            signs = "".join(_SOUND.get(c, "") for c in word)
            if len(signs) == len(word):
                self._by_key.setdefault(_key(signs), []).append((word, signs))
        self.persian = lru_cache(maxsize=32768)(self._persian)

    def _persian(self, word: str) -> str:
        if word in self._keep:
            return word
        if word in WHOLE:
            return WHOLE[word]
        best = self._best(sounds(word), 0.0)
        if word.endswith("an") and len(word) > 4:  # tanvin: lotfan, hatman
            plain = self._best(sounds(word[:-1]), 0.1, best[0] if best else math.inf)
            if plain and plain[1].endswith("ا"):
                best = plain
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 2:
                stem = self._best(sounds(word[: -len(ending)]), 0.25, best[0] if best else math.inf)
                best = stem or best
        return best[1] if best else spelled_out(word)

    def _best(self, latin: str, handicap: float, below: float = math.inf) -> tuple[float, str] | None:
        """The word with the lowest score below the given one; distances that cannot lead there are given up early."""
        best: tuple[float, str] | None = None
        limit = 0.45 + 0.12 * len(latin)
        for candidate, signs in self._by_key.get(_key(latin), ()):
            start, often = _at_the_start(latin[0], signs[0]), 0.06 * math.log1p(self.frequencies[candidate])
            most = min(limit, below - handicap + often) - start + _ROUNDING
            cost = (_distance(latin, signs, most) if most >= 0 else math.inf) + start
            if cost <= limit and cost + handicap - often < below:
                below = cost + handicap - often
                best = (below, candidate)
        return best


def _at_the_start(sound: str, sign: str) -> float:
    """A vowel begins a Persian word only on alef or ain; «in» is not «عین» where «این» is known."""
    if sound in _VOWELS:
        return 0.0 if sign == "A" else 0.3 if sign == "E" else 1.0
    return 0.3 if sign in "AE" else 0.0


def _distance(latin: str, persian: str, most: float = math.inf) -> float:
    """How badly the sounds fit, 0 for a plain fit; edit distance with the costs above, infinite if more than `most`."""
    skips = [_SKIP_PERSIAN.get(sign, 1.0) for sign in persian]
    row = [0.0]
    for of_sign in skips:
        row.append(row[-1] + of_sign)
    for sound in latin:
        skip, pairs = _SKIP_LATIN.get(sound, 1.0), _PAIRS.get(sound, _NO_PAIRS)
        new = [row[0] + skip]
        for j, sign in enumerate(persian):
            pair = 0.0 if sound == sign else pairs.get(sign, 1.5)
            new.append(min(row[j] + pair, row[j + 1] + skip, new[j] + skips[j]))
        row = new
        if min(row) > most:
            return math.inf
    return row[-1]


def spelled_out(word: str) -> str:
    """A Latin word letter by letter; short vowels inside it fall away."""
    signs = sounds(word)
    letters = []
    for i, sign in enumerate(signs):
        if sign in "eo" and 0 < i < len(signs) - 1:
            continue
        if i == 0 and sign in _VOWELS:
            letters.append("ا")
        elif sign == "e":
            letters.append("ه")
        elif sign == "o":
            letters.append("و")
        else:
            letters.append(_LETTER.get(sign, ""))
    return "".join(letters)
