"""Places that a citizen says are not meant."""

from __future__ import annotations

import pytest

from actions.dialogue import Knowledge, Understanding
from actions.refused_places import without
from tests.actions.dialogue_driver import Dialogue, place, understood


def at(text: str, *names: str) -> tuple[dict[str, object], ...]:
    return tuple(
        {**place(name, None), "start": text.index(name), "end": text.index(name) + len(name)}
        for name in names
    )


@pytest.mark.parametrize(
    ("text", "named", "noted", "meant"),
    [
        ("پارک ملت نه، اون کوچیکه توی هاشمیه", ["پارک ملت", "هاشمیه"], None, ["هاشمیه"]),
        ("پارک ملت نه! بوستان کوچیکه سر هاشمیه ۲۰", ["پارک ملت", "هاشمیه ۲۰"], "پارک ملت", ["هاشمیه ۲۰"]),
        ("معلم نه، منظورم فلاحی ۲۰ بود", ["معلم", "فلاحی ۲۰"], "معلم ۲۰", ["فلاحی ۲۰"]),
        ("تقی آباد نه کوهسنگی!", ["تقی آباد", "کوهسنگی"], "کوهسنگی", ["تقی آباد"]),
        ("تقی آباد نه کوهسنگی!", ["تقی آباد", "کوهسنگی"], None, ["کوهسنگی"]),
        ("نه نه شاهد ۳۲ نه، ۲۳ اشتباه نوشتم", ["شاهد ۳۲"], "شاهد ۳۲", ["شاهد ۲۳"]),
        ("گفتم کوچه ۲۳ نه ۳۲", [], "بولوار شاهد ۳۲", ["بولوار شاهد ۲۳"]),
        ("چراغ هدایت ۱۰ نه ماهه خاموشه", ["هدایت ۱۰"], None, ["هدایت ۱۰"]),
        ("هدایت ۱۰ نه شب چراغ دارد نه روز", ["هدایت ۱۰"], None, ["هدایت ۱۰"]),
        ("نه، هدایت ۱۲", ["هدایت ۱۲"], "هدایت ۱۰", ["هدایت ۱۲"]),
        ("هدایت ۱۲", ["هدایت ۱۲"], None, ["هدایت ۱۲"]),
        ("۲ نه ۳ تا", [], "هدایت ۱۰", []),
    ],
)
def test_the_places_that_are_meant(
    knowledge: Knowledge, text: str, named: list[str], noted: str | None, meant: list[str]
) -> None:
    understanding = Understanding("correct", 0.9, locations=at(text, *named))
    known = place(noted, None) if noted else None
    assert [one["name"] for one in without(knowledge.texts, understanding, text, known).locations] == meant


def test_a_number_put_right_at_the_card(dialogue: Dialogue) -> None:
    dialogue.says(
        "چراغ شاهد ۳۲ خاموش است", understood(service="street_light", locations=(place("شاهد ۳۲", "10"),))
    )
    dialogue.says("نه نه شاهد ۳۲ نه، ۲۳", understood("correct", locations=(place("شاهد ۳۲", "10"),)))
    assert dialogue.position.draft is not None and dialogue.position.draft.place is not None
    assert dialogue.position.draft.place["name"] == "شاهد ۲۳"
    assert "شاهد ۲۳" in dialogue.heard
