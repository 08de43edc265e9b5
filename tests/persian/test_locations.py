"""Places in citizens' messages."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from persian.gazetteer import DISTRICTS, Gazetteer
from persian.locations import find_locations
from persian.place_reader import Reader
from tests.persian.conftest import GAZETTEER

_TABLE: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("locations.yml").read_text("utf-8"))
ROOT = Path(__file__).resolve().parents[2]
_LOADED = Gazetteer.load(GAZETTEER)
_PIECES = [
    "بولوار", "خیابون", "کوچه", "هدایت", "وکیل‌آباد", "شهید", "نبش", "بین", "۱۲", "۱۲/۳", "و", "تا", "،", "پلاک",
    "منطقهٔ", "ناحیه", "م.", "خ", "🌹", "👩🏽‍🔧", "\u200c\u200c", "bolvar", "vakil", "abad", "e", "ـ",
    "راهنمایی", "دوازدهم",
    "ایستگاه مترو", ".",
    "؟", "\n", "آباد", "4راه",
]  # fmt: skip


@pytest.mark.parametrize("row", _TABLE, ids=lambda row: row["text"][:40])
def test_the_places_of_a_message_are_found(gazetteer: Gazetteer, row: dict[str, Any]) -> None:
    found = find_locations(row["text"], gazetteer)
    assert [[place["text"], place["kind"], place["name"], place["district"]] for place in found] == row[
        "places"
    ]


@given(st.lists(st.sampled_from(_PIECES) | st.text(max_size=6), max_size=25).map(" ".join))
def test_whatever_is_written_places_lie_in_the_text_in_order_and_apart(text: str) -> None:
    last = 0
    for place in find_locations(text, _LOADED):
        assert last <= place["start"] < place["end"] <= len(text)
        assert place["text"] == text[place["start"] : place["end"]]
        assert place["name"].strip()
        assert place["district"] is None or place["district"] in DISTRICTS
        last = place["end"]


@pytest.mark.parametrize("text", ["", " ", "؟!", "🌹", "\u200c" * 50, "۱۲", "منطقه", "بولوار", "خ.", "م"])
def test_nothing_is_found_in_nearly_nothing(gazetteer: Gazetteer, text: str) -> None:
    assert find_locations(text, gazetteer) == []


def test_one_message_of_two_hundred_letters_costs_under_a_millisecond(gazetteer: Gazetteer) -> None:
    text = (
        "سلام، چند هفته است در بولوار وکیل‌آباد نرسیده به هفت تیر کنار ایستگاه چراغ‌ها خاموش است و کسی نمی‌آید. "
        * 2
    )
    find_locations(text, gazetteer)
    assert _seconds(text[:200], gazetteer) < 0.003  # 0.9 ms on an idle machine of 2 cores


@pytest.mark.parametrize(
    "unit", ["شهید ", "هدایت ۱۲ ", "کوچه ۱۲ ", "bolvar ", "12/", "نبش ", "خیابان گلی ", "a", "پلاک ۱ "]
)
def test_time_grows_with_the_length_and_no_faster(gazetteer: Gazetteer, unit: str) -> None:
    short, long = (unit * 4000)[:1000], (unit * 4000)[:4000]
    find_locations(long, gazetteer)
    assert _seconds(long, gazetteer) < 12 * max(_seconds(short, gazetteer), 0.0005)


def _seconds(text: str, gazetteer: Gazetteer) -> float:
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        find_locations(text, gazetteer)
        best = min(best, time.process_time() - began)
    return best


def test_ordinary_words_are_passed_over_only_where_no_place_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The short way past the everyday words of a message finds what the long way does."""
    files = sorted((ROOT / "tests" / "nlu" / "dev").glob("*.jsonl"))
    texts = [json.loads(line)["text"] for file in files for line in file.read_text("utf-8").splitlines()]
    texts += [row["text"] for row in _TABLE]
    quick = [find_locations(text, _LOADED) for text in texts]
    monkeypatch.setattr(Reader, "begins_nothing", lambda reader, at: False)
    assert [find_locations(text, _LOADED) for text in texts] == quick
