"""Spoken Persian, Finglish, thesaurus, clauses, noise."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

from nlu import finglish, noise
from nlu.clauses import split_clauses
from nlu.colloquial import Colloquial, load_table
from nlu.finglish import Finglish
from nlu.marks import marks_of
from nlu.noise import noisy
from nlu.thesaurus import Thesaurus, ThesaurusError, concepts_of
from nlu.words import read_words

ROOT = Path(__file__).resolve().parents[2]
DATA = sorted((ROOT / "data" / "nlu" / "requests").glob("*.yml"))[:5]
LEXICON = frozenset("خیابان چراغ کوچه پارک ایران قانون خاموش نیمکت درخت میدان اب".split())


@pytest.fixture(scope="module")
def spoken() -> Colloquial:
    return Colloquial(LEXICON, load_table(ROOT / "data" / "thesaurus" / "colloquial.yml"))


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("خیابون", "خیابان"),
        ("چراغا", "چراغها"),
        ("پارکمون", "پارکمان"),
        ("میخوام", "میخواهم"),
        ("نمیتونن", "نمیتوانند"),
        ("میشه", "میشود"),
        ("قانون", "قانون"),
        ("ایران", "ایران"),
    ],
)
def test_a_spoken_word_gets_its_written_form(spoken: Colloquial, said: str, written: str) -> None:
    assert spoken.standard(said) == written


@pytest.mark.parametrize(("word", "base"), [("چراغای", "چراغ"), ("خاموشه", "خاموش"), ("خیابونمون", "خیابان")])
def test_the_base_of_a_word_has_no_endings(spoken: Colloquial, word: str, base: str) -> None:
    assert spoken.base(word) == base


def test_finglish_is_read_with_the_words_that_are_known() -> None:
    finglish = Finglish(
        {"خیابان": 9, "چراغ": 9, "کوچه": 9, "خاموش": 5, "دوچرخه": 4, "ایستگاه": 6, "این": 9, "عین": 2}
    )
    read = [
        finglish.persian(w)
        for w in "khiaboon kheyaban cheraghe kuche kucheye khamoosh docharkhe istgah in".split()
    ]
    assert read[1:] == ["خیابان", "چراغ", "کوچه", "کوچه", "خاموش", "دوچرخه", "ایستگاه", "این"]


def test_words_given_up_early_are_those_that_would_not_have_been_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = Counter(
        word for file in DATA for word in re.findall(r"[آ-ی]{2,}", file.read_text(encoding="utf-8"))
    )
    sentences = [
        line.strip()[2:] for line in DATA[0].read_text(encoding="utf-8").splitlines() if " - " in line
    ]
    dice = random.Random(4)
    asked = sorted({word for text in sentences[:40] for word in noise.finglish(text, dice).split()})
    asked = [word for word in asked if finglish.is_latin(word)]
    early = [Finglish(known).persian(word) for word in asked]
    distance = finglish._distance
    monkeypatch.setattr(finglish, "_distance", lambda latin, persian, most: distance(latin, persian))
    monkeypatch.setattr(finglish, "_ROUNDING", 99.0)
    assert [Finglish(known).persian(word) for word in asked] == early
    assert len(asked) > 80 and len(set(early)) > 50


def test_the_longest_form_of_a_concept_is_found_with_its_endings() -> None:
    thesaurus = Thesaurus({"hole": ["چاله", "chale"], "bin": ["سطل آشغال"], "waste": ["آشغال"]})
    assert concepts_of(thesaurus, read_words("یه چاله‌ای کنار سطل آشغالمون هست")) == ["hole", "bin"]
    assert concepts_of(thesaurus, read_words("ye chale hast")) == ["hole"]


def test_a_broken_thesaurus_says_which_key_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "thesaurus.yml"
    file.write_text("hole: چاله\n", encoding="utf-8")
    with pytest.raises(ThesaurusError, match="hole"):
        Thesaurus.load(file)


def test_the_thesaurus_of_the_project_can_be_read() -> None:
    assert len(Thesaurus.load(ROOT / "data" / "thesaurus" / "thesaurus.yml")) > 7500


def test_clauses_cover_all_words_of_a_message_in_order() -> None:
    words = read_words("چراغ کوچه خاموش است. ضمنا آشغال‌ها را سه روز است نمی‌برند، و بوی بدی همه‌جا را گرفته")
    ranges = split_clauses(words)
    assert len(ranges) == 3
    assert ranges[0][0] == 0 and ranges[-1][1] == len(words)
    assert all(a[1] == b[0] for a, b in zip(ranges, ranges[1:], strict=False))


@pytest.mark.parametrize(
    "text",
    [
        "۱- چراغ قرمز چهارراه خرابه ۲- خط عابر پاک شده",
        "یکی اینکه شاخه‌ها رفته تو سیم دوم اینکه جوی گرفته",
        "کوچه پر از چاله شده جوب هم گرفته",
        "سطل سر کوچه نداریم - چراغ هم خاموش است",
    ],
)
def test_two_matters_stand_in_two_clauses(text: str) -> None:
    words = read_words(text)
    ranges = split_clauses(words)
    assert len(ranges) == 2, [" ".join(w.standard for w in words[a:b]) for a, b in ranges]


def test_marks_tell_how_a_message_begins_and_ends_and_whether_it_asks() -> None:
    marks = marks_of(("نه", "پلاک", "<number>"), ("،",), asks_last=False)
    assert marks == ("^نه", "^نه پلاک", "<number>$", "پلاک <number>$", "#3")
    assert set(marks_of(("چی", "شد"), ("؟", "!"), asks_last=True)) >= {"#2", "#?", "#?$", "#!"}
    assert marks_of(("و",) * 50, (), asks_last=False)[-1] == "#more"
    assert marks_of((), ("؟",), asks_last=True) == ()


def test_noise_is_the_same_on_every_run_and_different_by_number() -> None:
    text = "چراغ کوچه ما یک ماه است که خاموش است و شب‌ها می‌ترسیم"
    assert [noisy(text, n) for n in range(5)] == [noisy(text, n) for n in range(5)]
    assert len({noisy(text, n) for n in range(5)}) > 3
