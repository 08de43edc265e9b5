"""Cutting long texts, and Bale's Markdown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.bale_text import neutral
from bot.channels.botapi.request import file_url
from bot.channels.text_parts import length, split_text


def test_a_text_is_cut_at_empty_lines_before_lines_before_sentences_before_spaces() -> None:
    assert split_text("الف ب\nپ ت\n\nث ج چ ح", 14) == ["الف ب\nپ ت", "ث ج چ ح"]
    assert split_text("الف ب پ\nت ث ج چ", 10) == ["الف ب پ", "ت ث ج چ"]
    assert split_text("این شد؟ آن نشد. باز", 16) == ["این شد؟ آن نشد.", "باز"]
    assert split_text("یک دو سه چهار", 9) == ["یک دو سه", "چهار"]


def test_a_word_without_end_is_cut_but_no_letter_from_its_signs() -> None:
    assert split_text("ا" * 25, 10) == ["ا" * 10, "ا" * 10, "ا" * 5]
    family = "👨‍👩‍👧"
    assert all(
        not part.startswith("\u200d") and not part.endswith("\u200d") for part in split_text(family * 9, 20)
    )


def test_an_emoji_counts_two() -> None:
    assert length("🌳ب") == 3
    assert split_text("🌳" * 5, 4) == ["🌳🌳", "🌳🌳", "🌳"]


@given(st.text(alphabet="ابپ می‌شود.\n؟، 🌳👩‍👧ِ", max_size=400), st.integers(8, 60))
def test_no_part_is_too_long_or_empty_and_no_letter_is_lost(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(0 < length(part) <= limit for part in parts)
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    "words",
    [
        "*سیاه*",
        "_کج_",
        "[اینجا](http://a.ir)",
        "```[عنوان]متن```",
        "`کد`",
        "~خط~",
        "user_name",
        "۲*۳*۴",
        "**",
        "](",
    ],
)
def test_nothing_that_bale_formats_is_left(words: str) -> None:
    plain = neutral(words)
    assert not re.search(r"[*_`~]|\]\(", plain)
    assert neutral(plain) == plain


def test_plain_words_stay_as_they_are_and_line_breaks_too() -> None:
    words = "سلام.\nمنطقهٔ ۹، «بولوار هدایت» (کنار پارک) [بزرگ] #۱۳۷ - ۵٪"
    assert neutral(words) == words


def test_an_address_still_leads_to_the_same_place() -> None:
    assert neutral("https://a.ir/x_y*z?q=[1] و a_b") == "https://a.ir/x%5Fy%2Az?q=%5B1%5D و aˍb"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("photos/file_1.jpg", "http://h/file/botT/photos/file_1.jpg"),
        ("../../secret", "http://h/file/botT/secret"),
        ("http://evil.example/x", "http://h/file/botT/http:/evil.example/x"),
        ("a b?c#d", "http://h/file/botT/a%20b%3Fc%23d"),
        ("1:-2:3:ff", "http://h/file/botT/1:-2:3:ff"),
    ],
)
def test_a_file_is_only_fetched_below_the_messengers_own_address(path: str, expected: str) -> None:
    assert file_url("http://h/file/botT", path) == expected
