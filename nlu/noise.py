"""Noise as people make it, for training: slips, joined words, spoken endings, Finglish, greetings put on.

Deterministic: the same sentence and number give the same noisy copy on every machine.
"""

from __future__ import annotations

import random
import re
import zlib

ZWNJ = "\u200c"
_KEYS = ("ضصثقفغعهخحجچ", "شسیبلاتنمکگ", "ظطزرذدپو")
_SOUNDS = ("صسث", "حه", "زذضظ", "قغ", "تط", "عا", "اآ")
_SPOKEN = (
    (r"ها\b", "ا"),
    (r"های\b", "ای"),
    (r"ان\b", "ون"),
    (r"\bرا\b", "رو"),
    (r"\bاست\b", "ه"),
    (r"\bبرای\b", "واسه"),
    (r"\bیک\b", "یه"),
    (r"\bدیگر\b", "دیگه"),
    (r"\bاگر\b", "اگه"),
    (r"می[\u200c ]?شود\b", "میشه"),
    (r"می[\u200c ]?خواهم\b", "میخوام"),
    (r"می[\u200c ]?کنند\b", "میکنن"),
    (r"می[\u200c ]?دهند\b", "میدن"),
    (r"می[\u200c ]?دهد\b", "میده"),
    (r"\bکنید\b", "کنین"),
    (r"می[\u200c ]?آید\b", "میاد"),
    (r"خیابان", "خیابون"),
    (r"میدان", "میدون"),
    (r"\bآن\b", "اون"),
    (r"شده است\b", "شده"),
    (r"(?<=[^\W\d_]{3})مان\b", "مون"),
    (r"(?<=[^\W\d_]{3})شان\b", "شون"),
    (r"\bاین را\b", "اینو"),
)
_ROMAN = {
    "ا": ("a", "a", "aa"),
    "آ": ("a", "aa"),
    "ب": ("b",),
    "پ": ("p",),
    "ت": ("t",),
    "ث": ("s",),
    "ج": ("j",),
    "چ": ("ch",),
    "ح": ("h",),
    "خ": ("kh", "kh", "x"),
    "د": ("d",),
    "ذ": ("z",),
    "ر": ("r",),
    "ز": ("z",),
    "ژ": ("zh", "j"),
    "س": ("s",),
    "ش": ("sh",),
    "ص": ("s",),
    "ض": ("z",),
    "ط": ("t",),
    "ظ": ("z",),
    "ع": ("a", "e", ""),
    "غ": ("gh",),
    "ف": ("f",),
    "ق": ("gh", "q"),
    "ک": ("k",),
    "گ": ("g",),
    "ل": ("l",),
    "م": ("m",),
    "ن": ("n",),
    "و": ("o", "u", "v", "oo"),
    "ه": ("h",),
    "ی": ("i", "i", "y", "ee"),
    "ئ": ("", "y"),
    "أ": ("a",),
    "ؤ": ("o",),
}
_GREETINGS = (
    "سلام",
    "سلام وقت بخیر",
    "با سلام",
    "سلام خسته نباشید",
    "درود",
    "با سلام و احترام،",
    "ببخشید",
    "سلام علیکم",
    "salam",
    "آقا",
    "سلام دوستان",
)
_CLOSINGS = (
    "ممنون",
    "لطفا رسیدگی کنید",
    "با تشکر",
    "تشکر",
    "خواهشا پیگیری کنید",
    "مرسی",
    "لطفاً",
    "سپاسگزارم",
    "رسیدگی کنید لطفا",
    "mamnun",
    "🙏",
)


def _neighbours(letter: str) -> str:
    for row in _KEYS:
        at = row.find(letter)
        if at >= 0:
            return row[max(0, at - 1) : at] + row[at + 1 : at + 2]
    return ""


def _alike(letter: str) -> str:
    return "".join(group.replace(letter, "") for group in _SOUNDS if letter in group)


def slip(text: str, rng: random.Random, share: float = 0.06) -> str:
    """Wrong neighbours on the keyboard, letters of the same sound, dropped, doubled and swapped letters."""
    out = list(text)
    for i, letter in enumerate(text):
        if not letter.isalpha() or rng.random() >= share:
            continue
        kind = rng.randrange(5)
        if kind == 0 and _neighbours(letter):
            out[i] = rng.choice(_neighbours(letter))
        elif kind == 1 and _alike(letter):
            out[i] = rng.choice(_alike(letter))
        elif kind == 2:
            out[i] = ""
        elif kind == 3:
            out[i] = letter * 2
        elif i + 1 < len(text) and text[i + 1].isalpha():
            out[i], out[i + 1] = out[i + 1] or text[i + 1], letter
    return "".join(out)


def respace(text: str, rng: random.Random) -> str:
    """ZWNJ lost or made a space, some words joined."""
    text = text.replace(ZWNJ, rng.choice(("", " ", " ")))
    words = text.split(" ")
    out = words[0]
    for word in words[1:]:
        out += ("" if rng.random() < 0.12 and out[-1:].isalpha() else " ") + word
    return out


def spoken(text: str, rng: random.Random) -> str:
    """Written endings as they are spoken."""
    for pattern, said in _SPOKEN:
        if rng.random() < 0.8:
            text = re.sub(pattern, said, text)
    return text.replace(ZWNJ, rng.choice(("", ZWNJ)))


def finglish(text: str, rng: random.Random) -> str:
    """Latin letters in one of the usual spellings; short vowels are guessed, as they cannot be known."""
    words = []
    for word in text.replace(ZWNJ, "").split():
        letters = []
        for i, letter in enumerate(word):
            if letter not in _ROMAN:
                letters.append(letter)
                continue
            roman = rng.choice(_ROMAN[letter])
            if letter == "ه" and i == len(word) - 1 and i > 1:
                roman = rng.choice(("e", "eh"))
            if letter == "و" and i == 0 and len(word) > 1:
                roman = "v"
            if letter == "ی" and i == 0:
                roman = "y"
            letters.append(roman)
        vowelled = ""
        for i, piece in enumerate(letters):
            after = letters[i + 1] if i + 1 < len(letters) else ""
            vowelled += piece
            if (
                piece
                and after
                and piece[-1] not in "aeiouy"
                and after[0] not in "aeiouy"
                and piece.isalpha()
                and (i == 0 or rng.random() < 0.45)
            ):
                vowelled += rng.choice("aeo")
        words.append(vowelled)
    return " ".join(words)


def noisy(text: str, number: int = 0) -> str:
    """The `number`-th noisy copy of a sentence."""
    rng = random.Random(zlib.crc32(f"{number}:{text}".encode()))
    kind = rng.random()
    if kind < 0.2 and len(text) < 160:
        return finglish(spoken(text, rng), rng)
    if kind < 0.55:
        text = spoken(text, rng)
    if rng.random() < 0.6:
        text = slip(text, rng, rng.choice((0.03, 0.06)))
    if rng.random() < 0.6:
        text = respace(text, rng)
    if rng.random() < 0.1:
        text = text.replace("ی", "ي").replace("ک", "ك")
    if len(text) > 12 and rng.random() < 0.3:
        text = f"{rng.choice(_GREETINGS)} {text}"
    if len(text) > 12 and rng.random() < 0.3:
        text = f"{text} {rng.choice(_CLOSINGS)}"
    return text
