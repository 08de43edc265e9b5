"""Persian, Arabic and Latin digits."""

from __future__ import annotations

PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹"
ARABIC_DIGITS = "٠١٢٣٤٥٦٧٨٩"
LATIN_DIGITS = "0123456789"

_TO_LATIN = str.maketrans(PERSIAN_DIGITS + ARABIC_DIGITS, LATIN_DIGITS * 2)
_TO_PERSIAN = str.maketrans(LATIN_DIGITS + ARABIC_DIGITS, PERSIAN_DIGITS * 2)


def to_latin(text: str) -> str:
    """The text with every Persian or Arabic digit as a Latin one; same length."""
    return text.translate(_TO_LATIN)


def to_persian(text: str | int) -> str:
    """The text with every Latin or Arabic digit as a Persian one; same length."""
    return str(text).translate(_TO_PERSIAN)
