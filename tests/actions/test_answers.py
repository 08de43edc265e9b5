"""The answers of data/answers, and what a mistake in them says."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from actions.answers import Answers, AnswersError, load_answers
from casework.catalogue import load_catalogue

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def answers() -> Answers:
    return load_answers(DATA / "answers")


def test_there_are_at_least_sixty_answers(answers: Answers) -> None:
    assert len(answers) >= 60


def test_each_answer_has_a_source_and_the_day_it_was_read(answers: Answers) -> None:
    for answer in answers:
        assert answer.source and date.fromisoformat(answer.source_date) <= date(2030, 1, 1), answer.id


def test_each_answer_fits_into_five_short_lines(answers: Answers) -> None:
    for answer in answers:
        lines = answer.text.splitlines()
        assert 1 <= len(lines) <= 5 and len(answer.text) <= 500, answer.id
        assert max(map(len, lines)) <= 125, answer.id


def test_no_two_answers_share_a_question_and_each_is_asked_in_ten_ways(answers: Answers) -> None:
    # sharing is refused by load_answers; the number of ways too
    assert min(len(answer.questions) for answer in answers) >= 10


def test_each_answer_is_also_asked_in_latin_letters(answers: Answers) -> None:
    for answer in answers:
        assert any(re.fullmatch(r"[a-z0-9 .?]+", question) for question in answer.questions), answer.id


def test_the_services_they_name_are_in_the_catalogue(answers: Answers) -> None:
    services = load_catalogue(DATA / "catalogue").services
    assert {a.service_code for a in answers if a.service_code} <= set(services)


def test_the_texts_keep_the_orthography(answers: Answers) -> None:
    for answer in answers:
        plain = re.sub(r"[\w.]+\.mashhad\.ir", "", answer.text)
        assert not set("0123456789يك,?;") & set(plain), answer.id
        assert "بلوار" not in plain and not re.search("منطقه [۰-۹]", plain), answer.id


def test_an_answer_counts_until_the_day_it_expires(answers: Answers) -> None:
    answer = next(iter(answers))
    assert not answer.expired(date(2026, 11, 25))


GOOD = """
answers:
  - id: one
    questions: [a1, a2, a3, a4, a5, a6, a7, a8, a9, a10]
    text: x
    source: hamyar
    source_date: 2026-11-25
    service_code: null
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("source: hamyar", "source: ''", "a text is expected"),
        ("2026-11-25", "yesterday", "a day is expected"),
        ("    source_date: 2026-11-25\n", "", "a day is expected"),
        ("text: x", "text: |\n      1\n      2\n      3\n      4\n      5\n      6", "more than 5 lines"),
        ("text: x", "text: " + "x" * 501, "501 letters"),
        ("a10]", "A-1]", "stands twice"),
        (", a10]", "]", "9 ways of asking"),
        ("service_code", "service", "unknown key"),
    ],
)
def test_a_mistake_is_named_with_file_id_and_reason(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in GOOD
    (tmp_path / "topic.yml").write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(AnswersError) as caught:
        load_answers(tmp_path)
    assert "topic.yml" in str(caught.value) and says in caught.value.reason
    assert "one" in caught.value.key or "answers[0]" in caught.value.key


def test_two_answers_to_one_question_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.yml").write_text(GOOD.replace("id: one", "id: two"), encoding="utf-8")
    with pytest.raises(AnswersError, match="also a question of one"):
        load_answers(tmp_path)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AnswersError, match="no answers"):
        load_answers(tmp_path)
