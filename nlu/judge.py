"""The whole judgement of a message: intent, service ranking, decision, further issues.

Plain Python with numpy; the Rasa component wraps it. The judge is what the trained model consists of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nlu.answers import AnswerHead
from nlu.clauses import split_clauses
from nlu.decision import Thresholds
from nlu.features import Terms
from nlu.further import announced, further
from nlu.linear import LinearModel
from nlu.standard import Reading, Standard
from nlu.words import Word

WITH_SERVICE = frozenset({"request", "info"})
ASKING = frozenset({"info", "help", "bot_challenge", "handoff", "status"})
"""Intents under which a question with an answer may hide («چه‌جوری گزارش ثبت کنم» is help and is answered)."""
ANSWER_FROM = 0.15
QUESTION_AT_MOST = 60
CLAUSES_AT_MOST = 40
LETTER = 20
"""With more clauses each is so small a part that it counts only in a letter that announces several matters."""
FREQUENT = 5_000


@dataclass
class Judgement:
    """What `/model/parse` says of a message, apart from places, numbers and answers."""

    intent: str | None
    intent_confidence: float
    intent_ranking: list[tuple[str, float]]
    service_code: str | None
    service_ranking: list[tuple[str, float]]
    decision: str
    also_reported: list[str] = field(default_factory=list)
    answer_id: str | None = None
    answer_confidence: float = 0.0


@dataclass
class Judge:
    """A trained model and its thresholds; `judge(words)` is the one question it answers."""

    standard: Standard
    model: LinearModel
    thresholds: Thresholds = field(default_factory=Thresholds)
    answers: AnswerHead | None = None
    report: dict[str, Any] = field(default_factory=dict)

    def warm(self) -> None:
        """Work out ahead what the frequent words are worth, so that the first citizens do not wait for it."""
        often = self.standard.frequencies
        frequent = sorted(often, key=lambda word: -often[word])[:FREQUENT]
        terms = self.standard.terms([Word(0, len(word), word, word) for word in frequent])
        for model in (self.model, self.answers.model if self.answers else None):
            if model is not None:
                model.margins(terms)

    def judge(self, words: Sequence[Word]) -> Judgement:
        """Judge a message; a message without a word gets no intent and `ask`."""
        if not any(w.kind != "break" for w in words) or "intent" not in self.model.heads:
            return Judgement(None, 0.0, [], None, [], "ask")
        reading = self.standard.read(words)
        terms = reading.terms()
        margins = self.model.margins(terms)
        intents = self._ranking("intent", margins)
        intent, confidence = intents[0]
        services = self._ranking("service", margins, 5) if "service" in self.model.heads else []
        with_service = intent in WITH_SERVICE and bool(services)
        taken = confidence
        if with_service:
            taken = sum(p for name, p in intents if name in WITH_SERVICE)
        answer_id, likeness = self._answer(terms, dict(intents))
        return Judgement(
            intent,
            confidence,
            intents,
            services[0][0] if with_service else None,
            services,
            self.thresholds.decide(taken, services[0][1] if with_service else None),
            self._further(margins, words, reading) if intent == "request" and services else [],
            answer_id,
            likeness,
        )

    def _answer(self, terms: Terms, intents: dict[str, float]) -> tuple[str | None, float]:
        """The answer to a question; a message that is surely no question gets none."""
        asking = sum(intents.get(name, 0.0) for name in ASKING)
        if self.answers is None or asking < ANSWER_FROM or len(terms.words) > QUESTION_AT_MOST:
            return None, 0.0
        return self.answers.find(terms)

    def _ranking(self, head: str, margins: np.ndarray, most: int | None = None) -> list[tuple[str, float]]:
        p = self.model.probabilities(head, self.model.of_head(head, margins))
        labels = self.model.heads[head].labels
        confidence = p.tolist()
        return [(labels[i], confidence[i]) for i in np.argsort(-p)[:most].tolist()]

    def _further(self, whole: np.ndarray, words: Sequence[Word], reading: Reading) -> list[str]:
        """Services that clauses of their own add to the first one (`nlu.further`)."""
        ranges = split_clauses(words)[:CLAUSES_AT_MOST]
        if len(ranges) < 2 or (len(ranges) > LETTER and not announced([w.standard for w in words])):
            return []
        model = self.model
        margins = model.margins_of([reading.terms(a, b) for a, b in ranges])
        intent, service = model.heads["intent"], model.heads["service"]
        asks = model.probabilities("intent", model.of_head("intent", margins))
        found = further(
            model.of_head("service", whole),
            model.of_head("service", margins),
            asks[:, intent.labels.index("request")],
            service.scale,
            [[w.standard for w in words[a:b] if w.kind != "break"] for a, b in ranges],
        )
        return [service.labels[i] for i in found]
