"""Which of the answers in `data/answers/` a question asks for: the nearest of all its phrasings, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from scipy.sparse import csr_matrix

from nlu.decision import lowest_with
from nlu.features import Terms, Vectorizer

RIGHT_WHEN_ANSWERED = 0.97


@dataclass(frozen=True)
class Question:
    """One phrasing of a question that has an answer."""

    text: str
    answer_id: str
    service_code: str | None


def load_questions(folder: Path) -> list[Question]:
    """All phrasings of all answers; an absent folder has none. Raises ValueError naming file and key."""
    questions = []
    for file in sorted(folder.glob("*.yml")) if folder.is_dir() else []:
        data = yaml.safe_load(file.read_text(encoding="utf-8")) or []
        for answer in data.get("answers", []) if isinstance(data, dict) else data:
            if not isinstance(answer, dict) or "id" not in answer or not answer.get("questions"):
                raise ValueError(f"{file}: {answer!r:.60}: an answer needs id and questions")
            for text in answer["questions"]:
                questions.append(Question(str(text), str(answer["id"]), answer.get("service_code")))
    return questions


@dataclass
class AnswerHead:
    """Vectors of all phrasings (unit length), and the likeness from which on an answer is given."""

    ids: list[str]
    vectors: csr_matrix
    least: float = 0.6
    lead: float = 0.03

    @classmethod
    def fit(cls, vectorizer: Vectorizer, terms: Sequence[Terms], ids: Sequence[str]) -> AnswerHead:
        """The threshold is chosen by leaving each phrasing out: 97 % of what is answered must be right."""
        vectors = _unit(vectorizer.matrix(terms))
        head = cls(list(ids), vectors)
        likeness = (vectors @ vectors.T).toarray()
        np.fill_diagonal(likeness, -1)
        best, right = [], []
        for row, own in zip(likeness, ids, strict=True):
            answer, score, lead = head._best(row)
            best.append(score if lead >= head.lead else 0.0)
            right.append(answer == own)
        least = lowest_with(best, right, RIGHT_WHEN_ANSWERED)
        head.least = max(0.3, least) if least is not None else 0.6
        return head

    def _best(self, likeness: np.ndarray) -> tuple[str, float, float]:
        """(answer, likeness, lead over the next other answer)."""
        best: dict[str, float] = {}
        for answer, score in zip(self.ids, likeness, strict=True):
            if score > best.get(answer, -1.0):
                best[answer] = float(score)
        ordered = sorted(best.items(), key=lambda item: -item[1])
        second = ordered[1][1] if len(ordered) > 1 else 0.0
        return ordered[0][0], ordered[0][1], ordered[0][1] - second

    def find(self, columns: np.ndarray, values: np.ndarray) -> tuple[str | None, float]:
        """(answer or None, likeness 0..1) for the vector of a message."""
        if not len(columns):
            return None, 0.0
        dense = np.zeros(self.vectors.shape[1], dtype=np.float32)
        np.add.at(dense, columns, values)
        dense /= np.linalg.norm(dense)
        answer, score, lead = self._best(self.vectors @ dense)
        return (answer if score >= self.least and lead >= self.lead else None), min(1.0, max(0.0, score))


def _unit(x: csr_matrix) -> csr_matrix:
    norms = np.sqrt(np.asarray(x.multiply(x).sum(axis=1)).ravel())
    norms[norms == 0] = 1.0
    scaled: csr_matrix = x.multiply(1.0 / norms[:, None]).tocsr().astype(np.float32)
    return scaled
