"""Folding: one spelling for matching, and the way back to the citizen's own text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persian.letters import ZWNJ, fold, folded

MIXED = st.text(
    alphabet=st.one_of(
        st.sampled_from("ابپتکيكىئأإآؤةۀهٔءگچژ ۱٢3\u200c\u200d\u200e\ufeffـًّٰ،؟ abZ_🌹👩🏽‍🔧ﷺﻻ½İßΣ\n\t"),
        st.characters(),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("كوچه علي", "کوچه علی"),
        ("وکیل‌آباد", "وکيل آباد"),
        ("منطقهٔ ۹", "منطقۀ ٩"),
        ("مسئول", "مسیول"),
        ("مُحَلّه", "محله"),
        ("خیـــابان", "خیابان"),
        ("مؤمن", "مومن"),
        ("ﻻﻟﻪ", "لاله"),
        ("Bolvar", "bolvar"),
        (f"می{ZWNJ}{ZWNJ}{ZWNJ}رود", "می رود"),
    ],
)
def test_spellings_of_one_word_fold_to_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("کال", "گال"), ("سال", "صال"), ("بازار", "پازار")])
def test_different_letters_stay_different(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(MIXED)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = folded(text)
    assert folded(once) == once


@given(MIXED)
def test_every_folded_character_knows_where_it_came_from(text: str) -> None:
    mapped = fold(text)
    assert len(mapped.positions) == len(mapped.text)
    assert list(mapped.positions) == sorted(mapped.positions)
    assert mapped.source == text
    for index, character in enumerate(mapped.text):
        if character != " ":
            # The very character of the text that it came from folds to something that holds it.
            assert character in folded(text[mapped.positions[index]])


@given(MIXED)
def test_the_span_of_the_whole_is_inside_the_text_and_folds_to_the_whole(text: str) -> None:
    mapped = fold(text)
    start, end = mapped.span(0, len(mapped.text))
    assert 0 <= start <= end <= len(text)
    assert folded(text[start:end]) == mapped.text


def test_the_span_of_a_word_is_the_word_as_the_citizen_wrote_it() -> None:
    text = "🌹 سلام، بولـــوارِ  هِدايت\u200c\u200c۱۲ خرابه"
    mapped = fold(text)
    start = mapped.text.index("هدایت")
    first, last = mapped.span(start, start + len("هدایت 12"))
    assert text[first:last] == "هِدايت\u200c\u200c۱۲"


@pytest.mark.parametrize("text", ["", " ", ZWNJ * 5, "ـ", "\u200f\u200e"])
def test_what_holds_no_letter_folds_to_nothing(text: str) -> None:
    assert folded(text) == ""
    assert fold(text).span(0, 0) == (len(text), len(text))


def test_four_thousand_characters_are_folded_at_once() -> None:
    text = ("سلام آقای شهردار 🌹 می‌خواهم " * 200)[:4000]
    folded(text)
    began = time.perf_counter()
    assert fold(text).positions[-1] < 4000
    assert time.perf_counter() - began < 0.2
