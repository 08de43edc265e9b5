"""Tracking numbers: nine digits, not in sequence, the last one a check digit.

The check digit is Damm's (H. M. Damm, 2004): it catches every single wrong digit and every swap of
two neighbours. The first digit is never 0, so that no reader drops it. It is an identifier, never a
credential.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from persian.digits import to_latin, to_persian

LENGTH = 9

_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)

# What people put between the groups of a number: spaces of all kinds, dashes, dots, slashes.
_SEPARATORS = r"[\s\u200b-\u200f\u2060\u00a0\-‐‑–—_./٫٬،]"
_BETWEEN = rf"{_SEPARATORS}{{0,3}}"
# A telephone number («۰۹۱۵ ۱۲۳ ۴۵ ۶۷») goes on behind its first nine digits.
_CANDIDATE = re.compile(
    rf"(?<![0-9])(?:[1-9]|0(?!(?:{_BETWEEN}[0-9]){{{LENGTH}}}))(?:{_BETWEEN}[0-9]){{{LENGTH - 1}}}(?![0-9])"
)


def check_digit(digits: str) -> str:
    """Damm's check digit for a string of Latin digits."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return str(interim)


def is_valid(number: str) -> bool:
    """True for `LENGTH` Latin digits, first not 0, with the right check digit."""
    return (
        len(number) == LENGTH
        and number.isascii()
        and number.isdigit()
        and number[0] != "0"
        and check_digit(number) == "0"
    )


def new(randbelow: Callable[[int], int] = secrets.randbelow) -> str:
    """A fresh number; that it is not taken is for the database's unique key to say."""
    body = str(10 ** (LENGTH - 2) + randbelow(9 * 10 ** (LENGTH - 2)))
    return body + check_digit(body)


def read(text: str) -> list[tuple[str, int, int]]:
    """Every run of `LENGTH` digits in a text as (Latin digits, start, end), valid or not.

    Persian, Arabic and Latin digits, with spaces, dashes or dots between them.
    """
    latin = to_latin(text)
    return [
        (re.sub(r"[^0-9]", "", match.group()), match.start(), match.end())
        for match in _CANDIDATE.finditer(latin)
    ]


def show(number: str) -> str:
    """In groups of three, in Persian digits: `۱۲۳ ۴۵۶ ۷۸۹` (no-break spaces)."""
    groups = [number[i : i + 3] for i in range(0, len(number), 3)]
    return to_persian("\u00a0".join(groups))
