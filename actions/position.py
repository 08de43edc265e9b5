"""Where a conversation stands: the draft, the question now open, how it came there.

Everything is plain JSON data; a step makes a new Position and never changes the one it was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

STEPS_BACK = 12


@dataclass(frozen=True)
class Draft:
    """A service request that is being put together."""

    id: str
    words: tuple[str, ...] = ()
    """What she said about the matter, in her own words."""
    service: str | None = None
    predicted: str | None = None
    """The first guess, kept for learning."""
    how: str = "accepted"
    """accepted (sure enough), confirmed, chosen, corrected"""
    guesses: tuple[str, ...] = ()
    likely: bool = False
    """The first guess is likelier right than wrong."""
    place: Mapping[str, Any] | None = None
    """{"text", "name", "kind", "district", "lat", "lon"} as far as known"""
    place_skipped: bool = False
    near_asked: bool = False
    photo_asked: bool = False
    """She has said that it is not where the picture was taken."""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    media: tuple[int, ...] = ()
    skipped: tuple[str, ...] = ()
    """Attributes that she would not answer."""
    also: tuple[str, ...] = ()
    """Services of further issues, each filed on its own afterwards."""
    also_said: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Service of a further issue -> {"words", "place"}, where it came in a message of its own."""
    despite: bool = False
    """To be filed although it is not the municipality's matter."""
    issue: int = 0

    @property
    def description(self) -> str:
        return "\n".join(self.words)

    @property
    def district(self) -> str:
        """ "1"…"12", samen, outside, or unknown."""
        return str((self.place or {}).get("district") or "unknown")


@dataclass(frozen=True)
class Question:
    """The open question: `kind` names the capability that reads the answer, `about` what it is about."""

    kind: str
    about: str = ""


@dataclass(frozen=True)
class Offer:
    """What «بله» and «نه» mean although no question is open: two buttons of the newest reply."""

    yes: Mapping[str, Any]
    no: Mapping[str, Any] | None = None
    file: Mapping[str, Any] | None = None
    """What «ثبتش کن» means, where neither of them files."""


@dataclass(frozen=True)
class Position:
    draft: Draft | None = None
    question: Question | None = None
    offer: Offer | None = None
    """Stands for one turn."""
    history: tuple[tuple[Draft, Question], ...] = ()
    """Earlier questions with the draft as it was, newest last: «مرحلهٔ قبل» goes back along it."""
    misunderstood: int = 0
    """How many messages in a row were not understood."""

    def asking(self, question: Question, draft: Draft) -> Position:
        """The same conversation with another question open; the one before it can be gone back to."""
        history = self.history
        if self.draft and self.question and self.question != question:
            history = (*history, (self.draft, self.question))[-STEPS_BACK:]
        return replace(self, draft=draft, question=question, history=history, misunderstood=0)

    def understood(self) -> Position:
        return replace(self, misunderstood=0) if self.misunderstood else self

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Position:
        if not stored:
            return cls()
        return cls(
            draft=_draft(stored.get("draft")),
            question=Question(**stored["question"]) if stored.get("question") else None,
            history=tuple((_draft_or_fail(d), Question(**q)) for d, q in stored.get("history", ())),
            offer=Offer(**stored["offer"]) if stored.get("offer") else None,
            misunderstood=int(stored.get("misunderstood", 0)),
        )


def _draft(stored: Mapping[str, Any] | None) -> Draft | None:
    return _draft_or_fail(stored) if stored else None


def _draft_or_fail(stored: Mapping[str, Any]) -> Draft:
    known = dict(stored)
    for name in ("words", "guesses", "media", "skipped", "also"):
        known[name] = tuple(known.get(name, ()))
    return Draft(**known)
