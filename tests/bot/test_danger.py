"""The emergency check on sentences of our own, and what a mistake in its file says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.danger import KINDS, Danger, DangerCheck, DangerFileError
from casework.datafile import YAML

DATA = Path(__file__).parents[2] / "data"
FILE = DATA / "danger" / "danger.yml"
CASES: dict[str, Any] = yaml.load(
    (Path(__file__).parent / "danger_cases.yml").read_text(encoding="utf-8"), Loader=YAML
)
PRESENT = [(kind, text) for kind, texts in CASES["danger"].items() for text in texts]
NUMBERS = {
    "fire": "125",
    "gas": "194",
    "power": "121",
    "injury": "115",
    "crime": "110",
    "collapse": "125",
    "social": "123",
}


@pytest.fixture(scope="module")
def check(danger: DangerCheck) -> DangerCheck:
    return danger


def test_at_least_97_of_100_dangers_are_seen(check: DangerCheck) -> None:
    missed = [text for _, text in PRESENT if check.look(text) is None]
    assert len(missed) <= 0.03 * len(PRESENT), missed


def test_the_kind_is_right_so_that_the_number_is(check: DangerCheck) -> None:
    wrong = [
        (kind, found.kind, text)
        for kind, text in PRESENT
        if (found := check.look(text)) is not None and found.kind != kind
    ]
    assert len(wrong) <= 0.04 * len(PRESENT), wrong


def test_ordinary_requests_with_dangerous_words_raise_no_alarm(check: DangerCheck) -> None:
    # harder than what citizens send: half of these sentences were made to mislead; of ordinary requests 2 in 100 raise
    # an alarm (bench.danger)
    alarms = [(found.kind, text) for text in CASES["ordinary"] if (found := check.look(text)) is not None]
    assert len(alarms) <= 0.06 * len(CASES["ordinary"]), alarms


def test_a_text_without_danger_gives_nothing(check: DangerCheck) -> None:
    for text in ("", "   ", "؟!", "سلام", "https://example.org/آتش", "۱۲۵"):
        assert check.look(text) is None


def test_each_kind_has_the_number_that_helps(check: DangerCheck) -> None:
    assert {danger.kind: danger.number for danger, _ in check.kinds} == NUMBERS


@pytest.mark.parametrize(
    "text",
    [
        "بوي گاز مي‌آيد",
        "بوی‌گاز میاد",
        "بوی    گاز می آید",
        "بووووی گااااز میاد",
        "BOOYE GAZ MIAD",
        "بوی گاز\nمیاد",
    ],
)
def test_spelling_makes_no_difference(check: DangerCheck, text: str) -> None:
    assert check.look(text) == Danger("gas", "194")


def test_a_danger_in_a_long_request_is_seen(check: DangerCheck) -> None:
    text = (
        "سلام، چند ماه است که آسفالت کوچه خراب است و کسی نیامده. " * 10 + "الان هم سیم برق افتاده وسط کوچه."
    )
    assert check.look(text) == Danger("power", "121")


def test_a_guard_in_one_sentence_does_not_silence_another(check: DangerCheck) -> None:
    assert check.look("پارسال هم گفتیم. الان مغازه آتش گرفته!") == Danger("fire", "125")


def test_each_kind_has_a_short_reply_with_the_number_first() -> None:
    texts = yaml.safe_load((DATA / "messages" / "danger.yml").read_text(encoding="utf-8"))["danger"]
    assert set(texts) == set(KINDS)
    for kind, text in texts.items():
        lines = text.strip().splitlines()
        assert NUMBERS[kind].translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")) in lines[0]
        assert len(lines) <= 3, kind


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{all: [shocked]", "{all: [shoked]", "there are no words 'shoked'"),
        ("  fire:\n    number", "  blaze:\n    number", "not one of"),
        ("guards: [wish]}", "guards: [dream]}", "there are no guards 'dream'"),
        ("harmless:", "harmles:", "unknown key"),
        ("{all: [gas_now]", "{all: []", "at least one list"),
    ],
)
def test_a_mistake_is_named_with_file_key_and_reason(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "danger.yml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DangerFileError) as caught:
        DangerCheck.load(path)
    assert "danger.yml" in str(caught.value) and says in str(caught.value)
