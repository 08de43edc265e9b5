"""Tracking numbers: what a slip of the finger does to them, and how people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persian import tracking
from persian.digits import to_persian

NUMBERS = st.integers(10 ** (tracking.LENGTH - 2), 10 ** (tracking.LENGTH - 1) - 1).map(
    lambda body: f"{body}{tracking.check_digit(str(body))}"
)


@given(NUMBERS)
def test_a_number_with_its_check_digit_is_valid(number: str) -> None:
    assert tracking.is_valid(number)
    assert len(number) == tracking.LENGTH <= 10


@given(NUMBERS)
def test_every_single_wrong_digit_is_caught(number: str) -> None:
    for at in range(len(number)):
        for digit in "0123456789":
            if digit != number[at]:
                assert not tracking.is_valid(number[:at] + digit + number[at + 1 :])


@given(NUMBERS)
def test_every_swap_of_neighbours_is_caught(number: str) -> None:
    for at in range(len(number) - 1):
        if number[at] != number[at + 1]:
            swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
            assert not tracking.is_valid(swapped)


@pytest.mark.parametrize(
    "text", ["", "12345678", "1234567890", "۱۲۳۴۵۶۷۸۹", "12345678x", "²34567890", "012345672"]
)
def test_what_is_no_nine_latin_digits_is_no_number(text: str) -> None:
    assert not tracking.is_valid(text)


def test_new_numbers_are_valid_begin_with_no_zero_and_are_not_in_sequence() -> None:
    numbers = [tracking.new() for _ in range(200)]
    assert all(tracking.is_valid(number) for number in numbers)
    assert all(number[0] != "0" for number in numbers)
    assert len(set(numbers)) == 200
    assert numbers != sorted(numbers)


@pytest.mark.parametrize("edge", [0, -1])
def test_the_smallest_and_the_largest_number_have_nine_digits(edge: int) -> None:
    number = tracking.new(lambda below: edge % below)
    assert len(number) == tracking.LENGTH
    assert tracking.is_valid(number)


@given(NUMBERS)
def test_a_shown_number_is_read_again(number: str) -> None:
    shown = tracking.show(number)
    assert tracking.read(f"کد من {shown} است") == [(number, 6, 6 + len(shown))]
    assert len(shown.split("\u00a0")) == 3


@pytest.mark.parametrize(
    "written",
    [
        "123456789",
        "۱۲۳۴۵۶۷۸۹",
        "١٢٣٤٥٦٧٨٩",
        "۱۲۳-۴۵۶-۷۸۹",
        "123 456 789",
        "۱۲۳ ۴۵۶ 789",
        "۱۲۳\u200c۴۵۶\u200c۷۸۹",
        "123.456.789",
        "۱۲۳ - ۴۵۶ - ۷۸۹",
    ],
)
def test_a_number_is_read_however_it_is_written(written: str) -> None:
    text = f"🌹 پیگیری {written} لطفاً"
    found = tracking.read(text)
    assert [number for number, _, _ in found] == ["123456789"]
    assert text[found[0][1] : found[0][2]] == written


@pytest.mark.parametrize("text", ["09151234567", "۰۹۱۵ ۱۲۳ ۴۵ ۶۷", "12345678", "ساعت ۱۲ تا ۱۴", ""])
def test_phones_and_short_numbers_are_not_taken_for_one(text: str) -> None:
    assert tracking.read(text) == []


def test_two_numbers_in_one_message_are_both_read() -> None:
    text = to_persian("123456789 و 987654321")
    assert [number for number, _, _ in tracking.read(text)] == ["123456789", "987654321"]
