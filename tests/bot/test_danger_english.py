"""English texts are judged by a list of their own: read as Finglish they once said anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.paths import DATA
from bot.danger_english import EnglishCheck
from bot.danger_text import DangerFileError
from persian.english import is_english

FILE = DATA / "danger" / "english.yml"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("there is a fire in our building, help", "fire"),
        ("I smell gas in the hotel. Please come", "gas"),
        ("a man is unconscious in front of the shrine", "injury"),
        ("somebody with knife is attacking people in the street", "crime"),
        ("I lost my child near the station! help me", "social"),
        ("there is a live wire in the street", "power"),
        ("the street light is off near my house", None),
        ("Hello, there is a big pothole on Ahmadabad street, my wheel broke", None),
        ("where is the fire station?", None),
        ("there was a fire in the market last week, the trash is still there", None),
        ("how can I pay the gas bill of my house", None),
        ("my wallet was stolen yesterday", None),
    ],
)
def test_present_danger_in_english(text: str, kind: str | None) -> None:
    assert is_english(text)
    assert EnglishCheck.load(FILE).kind_of(text) == kind


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "english.yml"
    wrong.write_text("guards: [if]\nkinds: {flood: [help]}\n", encoding="utf-8")
    with pytest.raises(DangerFileError, match="english"):
        EnglishCheck.load(wrong)
