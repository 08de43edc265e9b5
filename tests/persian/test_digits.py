"""Digits of three scripts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from persian.digits import ARABIC_DIGITS, LATIN_DIGITS, PERSIAN_DIGITS, to_latin, to_persian


def test_persian_and_arabic_digits_become_latin() -> None:
    assert to_latin(f"{PERSIAN_DIGITS} {ARABIC_DIGITS}") == f"{LATIN_DIGITS} {LATIN_DIGITS}"


def test_a_number_is_written_in_persian_digits() -> None:
    assert to_persian(137) == "۱۳۷"
    assert to_persian("خط ٨٣٠ و 12") == "خط ۸۳۰ و ۱۲"


@given(st.text())
def test_digits_change_nothing_else_and_no_length(text: str) -> None:
    assert len(to_latin(text)) == len(to_persian(text)) == len(text)
    assert to_latin(to_persian(to_latin(text))) == to_latin(text)
