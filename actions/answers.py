"""Questions of citizens with their answers: data/answers/*.yml, each with its source and the day it was read there.

    DataFileError
     └── AnswersError       file, id or key, reason

`questions` are also training sentences of the answer's `intent` (`info` where none is named, `several` where that
depends on the phrasing): what is found there is answered with this text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from casework.datafile import DataFileError, Section, read_yaml
from persian.letters import folded

LONGEST_TEXT = 500
MOST_LINES = 5
FEWEST_QUESTIONS = 10


class AnswersError(DataFileError):
    pass


@dataclass(frozen=True)
class Answer:
    """`text` as it is sent. `source`: an address, a document, or "hamyar" for questions about the assistant.

    `source_date` and `expires` as ISO days: when it was published or last read there; from when it no longer counts.
    """

    id: str
    questions: tuple[str, ...]
    text: str
    source: str
    source_date: str
    service_code: str | None = None
    expires: str | None = None

    def expired(self, today: date) -> bool:
        return self.expires is not None and today >= date.fromisoformat(self.expires)


@dataclass(frozen=True)
class Answers:
    by_id: dict[str, Answer]

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.by_id.values())

    def __len__(self) -> int:
        return len(self.by_id)


def load_answers(folder: Path) -> Answers:
    """Every answer of the `*.yml` files of a folder. Raises AnswersError naming file, id and reason."""
    by_id: dict[str, Answer] = {}
    asked: dict[str, str] = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            root = Section(path, "", read_yaml(path), AnswersError)
        except DataFileError as error:
            raise AnswersError(error.path, error.key, error.reason) from error
        root.known("answers")
        for section in root.sections("answers"):
            answer = _answer(section)
            if answer.id in by_id:
                raise AnswersError(path, answer.id, "this id stands twice")
            for question in answer.questions:
                other = asked.setdefault(question_key(question), answer.id)
                if other != answer.id:
                    raise AnswersError(path, answer.id, f"{question!r} is also a question of {other}")
            by_id[answer.id] = answer
    if not by_id:
        raise AnswersError(folder, "", "no answers found")
    return Answers(by_id)


def question_key(question: str) -> str:
    """A question as it counts for comparing: folded, without spaces and punctuation."""
    return re.sub(r"[\W_]+", "", folded(question))


def _answer(section: Section) -> Answer:
    section.known("id", "questions", "text", "source", "source_date", "service_code", "expires", "intent")
    answer_id = section.text("id")
    named = section.named(answer_id)
    questions = section.texts("questions")
    if len({question_key(q) for q in questions}) != len(questions):
        raise named.fail("questions", "a question stands twice")
    if len(questions) < FEWEST_QUESTIONS:
        raise named.fail("questions", f"{len(questions)} ways of asking; {FEWEST_QUESTIONS} are the least")
    text = named.text("text")
    if len(text) > LONGEST_TEXT:
        raise named.fail("text", f"{len(text)} letters; {LONGEST_TEXT} are the most")
    if len(text.splitlines()) > MOST_LINES:
        raise named.fail("text", f"more than {MOST_LINES} lines")
    source_date = named.day_or_none("source_date")
    if source_date is None:
        raise named.fail("source_date", "a day is expected (2026-11-23)")
    return Answer(
        id=answer_id,
        questions=questions,
        text=text,
        source=named.text("source"),
        source_date=source_date,
        service_code=named.text_or_none("service_code"),
        expires=named.day_or_none("expires"),
    )
