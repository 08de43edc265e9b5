"""Which of the answers in `data/answers/` a question asks for: a linear model over all phrasings, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from nlu.features import Terms
from nlu.linear import LinearModel, train

WRONG_AT_MOST = 0.03
SEVERAL_INTENTS = "several"
"""`intent` of an answer whose phrasings are partly questions and partly something else: none is learned from them."""
NO_ANSWER = "none"
"""The label of questions that nothing here answers (data/answers/uncovered.txt, a question a line)."""
_FOLDS = 4


@dataclass(frozen=True)
class Question:
    """One phrasing of a question that has an answer; `intent` is None where its phrasings have several."""

    text: str
    answer_id: str
    service_code: str | None
    intent: str | None = "info"


def load_questions(folder: Path) -> list[Question]:
    """All phrasings of all answers and questions without one. Raises ValueError naming file and key."""
    questions = []
    for file in sorted(folder.glob("*.yml")) if folder.is_dir() else []:
        data = yaml.safe_load(file.read_text(encoding="utf-8")) or []
        for answer in data.get("answers", []) if isinstance(data, dict) else data:
            if not isinstance(answer, dict) or "id" not in answer or not answer.get("questions"):
                raise ValueError(f"{file}: {answer!r:.60}: an answer needs id and questions")
            intent = answer.get("intent", "info")
            intent = None if intent == SEVERAL_INTENTS else str(intent)
            for text in answer["questions"]:
                questions.append(Question(str(text), str(answer["id"]), answer.get("service_code"), intent))
    return questions + _uncovered(folder / "uncovered.txt")


def _uncovered(path: Path) -> list[Question]:
    """Questions without an answer, a line each, under the `[intent]` that they are learned as."""
    questions = []
    intent: str | None = "info"
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
        line = line.strip()
        if line.startswith("["):
            intent = None if line == f"[{SEVERAL_INTENTS}]" else line.strip("[]")
        elif line and not line.startswith("#"):
            questions.append(Question(line, NO_ANSWER, None, intent))
    return questions


@dataclass
class AnswerHead:
    """A small linear model over the answers, and the confidence from which on an answer is given."""

    model: LinearModel
    least: float

    @classmethod
    def fit(cls, documents: Sequence[Sequence[Terms]], questions: Sequence[Question]) -> AnswerHead:
        """`documents[i]` holds the terms of a phrasing and of its noisy copies.

        The threshold comes from held-out folds: at most 3 % of all questions may get a wrong answer.
        """
        ids = [q.answer_id for q in questions]
        # Round robin, so that each answer keeps phrasings to learn from in every fold.
        model, held = train(
            documents, {"answer": ids}, [i % _FOLDS for i in range(len(ids))], {"answer": 0.5}, {}
        )
        if "answer" not in held or not len(held["answer"].rows):
            return cls(model, 0.6)
        p = model.probabilities("answer", held["answer"].margins)
        return cls(model, least_confidence(p.max(axis=1), p.argmax(axis=1) == held["answer"].truth))

    def best(self, terms: Terms) -> tuple[str, float]:
        """The likeliest answer and its confidence, however low."""
        p = self.model.probabilities("answer", self.model.margins(terms))
        at = int(p.argmax())
        return self.model.heads["answer"].labels[at], float(p[at])

    def find(self, terms: Terms) -> tuple[str | None, float]:
        """(answer or None, confidence) for a message."""
        answer, confidence = self.best(terms)
        given = confidence >= self.least and answer != NO_ANSWER
        return (answer if given else None), confidence


def least_confidence(
    confidence: np.ndarray, right: np.ndarray, wrong_at_most: float = WRONG_AT_MOST
) -> float:
    """The lowest confidence from which on at most this share of *all* questions is answered wrongly."""
    order = np.argsort(-confidence)
    wrong = np.cumsum(~right[order]) / len(order)
    allowed = np.where(wrong <= wrong_at_most)[0]
    return float(confidence[order[allowed[-1]]]) if len(allowed) else 1.0
