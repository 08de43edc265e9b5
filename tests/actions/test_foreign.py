"""A guest who writes Arabic or English is told in it what is understood; nobody who writes Persian is."""

from __future__ import annotations

import re

import pytest
import yaml

from actions import wording
from actions.dialogue import Knowledge
from app.paths import DATA, ROOT
from persian.english import is_english
from tests.actions.dialogue_driver import Dialogue, place, understood

ARABIC = [
    "السلام عليكم، وين اقدر اشتكي على سائق تاكسي اخذ مني فلوس زيادة يم الحرم",
    "شلون اروح للحرم من الفندق",
    "وين الحرم؟",
    "مرحبا، ماكو ماء بالفندق من الصبح",
    "أريد تقديم شكوى، الشارع أمام الفندق مظلم",
    "لو سمحتم، أرجو المساعدة",
    "ضاع ابني قرب الحرم ساعدوني",
    "الكهرباء مقطوعة في هذا الشارع",
    "عندي مشكلة ويه السائق",
]
PERSIAN = [
    "السلام علیکم و رحمة الله و برکاته",
    "ان شاء الله زودتر درست بشه",
    "الحمدلله مشکل حل شد، خدا خیرتون بده",
    "این خیابون نزدیک حرم مطهر تاریکه",
    "سيارة پلیس راهو بسته",  # an Arabic keyboard
    "علی هذا لطفاً رسیدگی فرمایید",
    "زائر هستیم از قم، پارکینگ نزدیک حرم کجاست؟",
    "چراغ برق کوچهٔ هدایت ۱۰ خاموش است",
    "سلام",
]


@pytest.mark.parametrize("text", ARABIC)
def test_who_writes_arabic_reads_first_what_is_understood_and_whom_to_call(
    dialogue: Dialogue, text: str
) -> None:
    dialogue.says(text, understood("out_of_scope", 0.4))
    assert [reply.key for reply in dialogue.replies] == ["arabic.told", "smalltalk.not_understood"]
    assert "أفهم" in dialogue.heard and "۱۱۵" in dialogue.heard


@pytest.mark.parametrize("text", PERSIAN)
def test_who_writes_persian_reads_nothing_of_it(dialogue: Dialogue, text: str) -> None:
    dialogue.says(text, understood("out_of_scope", 0.4))
    assert "arabic.told" not in [reply.key for reply in dialogue.replies]


ENGLISH = [
    "Hello, there is a big pothole on Ahmadabad street near Edalat square, my wheel broke",
    "do you speak English?",
    "broken sidewalk on Sajjad boulevard",
    "the street light is off near my house",
]
FINGLISH = [
    "salam cheraghe kuche hedayat 12 khamoosh ast",
    "asfalt khiaboon kharabe lotfan dorost konid, thanks",
    "hello, to kuche ma ye chale bozorge, near park mellat",
    "ok",
    "bus nemiad, 20 daghighe ast montazeram off shod",
]


@pytest.mark.parametrize("text", ENGLISH)
def test_who_writes_english_reads_it_first_in_english(dialogue: Dialogue, text: str) -> None:
    dialogue.says(text, understood("out_of_scope", 0.4))
    assert dialogue.replies[0].key == "english.told" and "115" in dialogue.heard


@pytest.mark.parametrize("text", FINGLISH)
def test_finglish_is_no_english(dialogue: Dialogue, text: str) -> None:
    dialogue.says(text, understood("out_of_scope", 0.4))
    assert "english.told" not in [reply.key for reply in dialogue.replies]


def test_an_arabic_matter_that_is_understood_goes_on(dialogue: Dialogue) -> None:
    dialogue.says(ARABIC[0], understood(service="taxi"))
    assert dialogue.replies[0].key == "arabic.told" and dialogue.position.draft is not None
    dialogue.says("حرم مطهر", understood("correct", locations=(place("حرم مطهر", "samen"),)))
    assert "arabic.told" not in [reply.key for reply in dialogue.replies]


@pytest.mark.parametrize("message", [{"in_group": True}, {"forwarded": True}])
def test_neither_a_group_nor_what_others_wrote_is_told(dialogue: Dialogue, message: dict[str, bool]) -> None:
    dialogue.says(ARABIC[0], understood("out_of_scope", 0.4), **message)
    assert "arabic.told" not in [reply.key for reply in dialogue.replies]


def test_hardly_a_sentence_that_the_model_learns_from_is_taken_for_another_language(
    knowledge: Knowledge,
) -> None:
    """Some of them are Arabic: pilgrims of Iraq wrote them. Of Persian ones none is, which only reading them tells."""
    sentences = [
        re.sub(r"\[([^]]*)\](\([^)]*\)|\{[^}]*\})", r"\1", line.strip().removeprefix("- "))
        for path in sorted((ROOT / "data" / "nlu").rglob("*.yml"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("- ")
    ]
    assert len(sentences) > 5000
    taken = [one for one in sentences if wording.how_many(knowledge.texts, "arabic", one) >= 2]
    assert 0 < len(taken) < len(sentences) / 1000, taken
    english = [one for one in sentences if is_english(one)]
    assert len(english) < len(sentences) / 1000, english


def test_the_words_to_pilgrims_are_short() -> None:
    told = yaml.safe_load((DATA / "messages" / "arabic.yml").read_text(encoding="utf-8"))["arabic"]["told"]
    assert len(told.strip().splitlines()) <= 2 and not set("0123456789٠١٢٣٤٥٦٧٨٩") & set(told)
