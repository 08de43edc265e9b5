"""How a capability answers a turn. It never asks the next question itself: `actions.intake.settle` does.

Advance   the draft has changed: ask what it still lacks
Put       ask this question now, whatever else is missing
Again     something in between: say it, then ask the open question once more
Afresh    the open draft has nothing to do with this message: read it as the first one
StepResult  the turn ends here
"""

from __future__ import annotations

from dataclasses import dataclass

from actions.dialogue import Call, Reply, StepResult
from actions.position import Draft, Offer, Question


@dataclass(frozen=True)
class Advance:
    draft: Draft
    before: tuple[Reply, ...] = ()
    act: str | None = None


@dataclass(frozen=True)
class Put:
    question: Question
    draft: Draft
    before: tuple[Reply, ...] = ()


@dataclass(frozen=True)
class Again:
    act: str
    before: tuple[Reply, ...] = ()
    calls: tuple[Call, ...] = ()
    read: bool = True
    """False: her message was not understood; twice in a row and a person has to look at it."""
    otherwise: str | None = None
    """The open question in other words: a text that stands in its place, over the same buttons."""
    offer: Offer | None = None
    """What «بله» and «نه» mean next, where no question is open."""


@dataclass(frozen=True)
class Afresh:
    pass


Outcome = Advance | Put | Again | Afresh | StepResult
