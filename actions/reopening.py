"""«مشکل حل شد؟»: only the citizen says solved; «نه» opens the request again, with her reason."""

from __future__ import annotations

from actions.dialogue import ChangeStatus, OpenTask, StepResult
from actions.outcomes import Outcome
from actions.position import Position, Question
from actions.turn import Turn, reply
from persian import tracking


def solved(turn: Turn, request: int) -> Outcome:
    return StepResult(
        "solved",
        turn.position,
        (reply("reopening.thanks", keyboard="main"),),
        (ChangeStatus(request, "solved"),),
    )


def not_solved(turn: Turn, request: int) -> Outcome:
    """Reopened at once; what is still wrong is asked for, and goes to an operator."""
    position = (
        turn.position if turn.position.draft else Position(question=Question("reopen_reason", str(request)))
    )
    return StepResult(
        "reopened", position, (reply("question.reopen_reason"),), (ChangeStatus(request, "reopened"),)
    )


def read_reason(turn: Turn) -> Outcome:
    question = turn.position.question
    assert question is not None
    number = next((r.tracking_number for r in turn.facts.own if str(r.id) == question.about), "")
    task = OpenTask("reopened", turn.text("task.reopened", number=number, words=turn.message.text[:500]))
    shown = tracking.show(number) if number else ""
    return StepResult(
        "reopen_reason", Position(), (reply("reopening.passed_on", keyboard="main", number=shown),), (task,)
    )
