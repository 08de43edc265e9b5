"""Offsets through rewritings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persian.letters import fold
from persian.offsets import MappedText


def test_an_untouched_text_has_its_own_offsets() -> None:
    assert MappedText.identity("سلام").span(1, 3) == (1, 3)


def test_characters_dropped_behind_a_span_belong_to_it() -> None:
    mapped = MappedText.of_pairs("aـــb", [("a", 0), ("b", 4)])
    assert mapped.span(0, 1) == (0, 4)
    assert mapped.span(1, 2) == (4, 5)


def test_one_character_that_became_several_comes_back_whole() -> None:
    mapped = MappedText.of_pairs("½x", [("1/2", 0), ("x", 1)])
    assert mapped.span(1, 2) == (0, 1)
    assert mapped.span(0, 4) == (0, 2)


def test_two_rewritings_make_one() -> None:
    first = MappedText.of_pairs("a-b-c", [("a", 0), ("b", 2), ("c", 4)])
    second = MappedText.of_pairs("abc", [("b", 1), ("cc", 2)])
    both = first.then(second)
    assert (both.text, both.source, both.positions) == ("bcc", "a-b-c", (2, 4, 4))


def test_a_rewriting_of_another_text_is_refused() -> None:
    with pytest.raises(ValueError, match="does not start from this text"):
        MappedText.identity("a").then(MappedText.identity("b"))


@given(st.text(max_size=40), st.data())
def test_spans_lie_in_the_text_whatever_it_is(text: str, data: st.DataObject) -> None:
    mapped = fold(text)
    start = data.draw(st.integers(0, len(mapped.text)))
    end = data.draw(st.integers(start, len(mapped.text)))
    first, last = mapped.span(start, end)
    assert 0 <= first <= last <= len(text)
    assert (first == last) == (start == end)


@given(st.text(max_size=40))
def test_neighbouring_spans_do_not_run_into_each_other_where_characters_stay_single(text: str) -> None:
    mapped = MappedText.identity(text)
    for index in range(len(text)):
        assert mapped.span(0, index)[1] <= mapped.span(index, len(text))[0] or index == 0
