"""Misspelt words: which one was meant, and what is left alone."""

from __future__ import annotations

import pytest

from persian.gazetteer import Gazetteer
from persian.place_slips import readings
from persian.slips import LIKELY, MISSING, OTHER, SOUND, Heard, slip


@pytest.mark.parametrize(
    ("written", "meant", "most"),
    [
        ("کوحسنگی", "کوهسنگی", SOUND),  # the same sound
        ("گوهسنگی", "کوهسنگی", LIKELY),  # the key beside it
        ("کوهسنگیی", "کوهسنگی", LIKELY),  # a letter twice
        ("کوهنسگی", "کوهسنگی", LIKELY),  # two letters swapped
        ("کوسنگی", "کوهسنگی", MISSING),
        ("کوهسنلی", "کوهسنگی", OTHER),
    ],
)
def test_a_slip_costs_the_less_the_likelier_it_is(written: str, meant: str, most: float) -> None:
    found, cost = Heard([meant, "وکیلآباد"]).meant(written)
    assert found == (meant,)
    assert 0 < cost <= most


def test_a_word_that_is_known_and_one_two_slips_away_are_left() -> None:
    index = Heard(["کوهسنگی"])
    assert index.meant("کوهسنگی") == ((), 0.0)
    assert index.meant("کوهستان") == ((), 0.0)


def test_of_several_words_the_one_of_the_likelier_slip_is_taken() -> None:
    assert Heard(["صادق", "صابق"]).meant("ثادق") == (("صادق",), SOUND)
    assert Heard(["هدایت", "رعایت"]).meant("حدایت") == (("هدایت",), SOUND)


def test_the_cost_of_a_slip_is_nothing_only_for_the_word_itself() -> None:
    assert slip("ملت", "ملت") == 0
    assert slip("ملتک", "ملت") > slip("مل", "ملت") > 0


@pytest.mark.parametrize("word", ["حاشیه", "طلاق", "کویر", "شیراز", "سواد"])
def test_a_word_that_only_looks_like_a_misspelt_name_is_none(gazetteer: Gazetteer, word: str) -> None:
    assert gazetteer.meant(word) is None or gazetteer.everyday_slip(word) == 0


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("ایسستگاه", "ایستگاه"),
        ("مقاابل", "مقابل"),
        ("منزقه", "منطقه"),
        ("مقابله", 0),
        ("کوچه", 0),
        ("مسجدالرضا", 0),
        ("روبرویپارک", len("روبروی")),
        ("کتابخانهرازی", len("کتابخانه")),
        ("الهیهرا", len("الهیه")),
        ("درکوچه", len("در")),
    ],
)
def test_words_around_names_are_read_as_they_were_meant(
    gazetteer: Gazetteer, word: str, read: str | int
) -> None:
    assert readings(gazetteer)[word] == read
