"""Phones encrypted, and words without what names a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from casework.learning import learn
from casework.privacy import PhoneCipher, without_personal_data
from casework.store import Store
from casework.tables import LearningExample


def test_a_phone_is_unreadable_without_the_secret() -> None:
    cipher = PhoneCipher("secret")
    hidden = cipher.hide("۰۹۱۵۱۲۳۴۵۶۷")
    assert "0915" not in hidden and "۰۹۱۵" not in hidden
    assert cipher.show(hidden) == "09151234567"
    assert PhoneCipher("another").show(hidden) is None and cipher.show("nonsense") is None
    assert cipher.hide("09151234567") != hidden  # nobody sees that two have the same


@pytest.mark.parametrize(
    "personal",
    [
        "09151234567",
        "۰۹۱۵ ۱۲۳ ۴۵ ۶۷",
        "٠٩١٥١٢٣٤٥٦٧",
        "+98 (915) 123-4567",
        "۰۹۱۵\u200c۱۲۳\u200c۴۵۶۷",
        "0915_123_45_67",
        "کد ملی ۰۹۴۲۱۲۳۴۵۶",
        "6037-9971-1234-5678",
        "a.b@example.ir",
        "@maryam_1370",
        "https://example.ir/x?y=1",
        "WWW.example.ir",
        "t.me/joinchat/AbC",
        "ble.ir/maryam",
    ],
)
def test_what_names_a_person_is_taken_out_of_her_words(personal: str) -> None:
    kept = without_personal_data(f"چاله در هدایت، {personal} لطفاً")
    assert kept.startswith("چاله در هدایت") and kept.endswith("لطفاً")
    assert not any(character.isdigit() or character in "@/" for character in kept)


@pytest.mark.parametrize(
    "words", ["هدایت ۱۲، پلاک ۱۴", "خط ۱۰ و ۹۱", "ساعت ۲۲:۳۰", "سال ۱۴۰۵", "۱۰۰۰ بار گفتم"]
)
def test_numbers_of_streets_lines_and_hours_stay(words: str) -> None:
    assert without_personal_data(words) == words


@given(st.text())
def test_no_long_number_survives_whatever_stands_around_it(around: str) -> None:
    kept = without_personal_data(f"{around} 09151234567 {around}")
    assert "1234567" not in kept


async def test_an_example_is_learned_once_and_without_personal_data(store: Store) -> None:
    async with store.write() as session:
        for _ in range(2):
            await learn(session, "k", "تاکسی نیامد ۰۹۱۵۱۲۳۴۵۶۷", "taxi", None, "confirmed")
        await learn(session, "l", "09151234567", "taxi", None, "confirmed")  # nothing is left of it
    async with store.read() as session:
        (example,) = await session.scalars(select(LearningExample))
    assert example.text == "تاکسی نیامد"
