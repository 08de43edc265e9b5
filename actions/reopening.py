"""What she does with her own request: solved (only she says so), opened again with her reason, or taken back."""

from __future__ import annotations

from actions.dialogue import Button, ChangeStatus, OpenTask, RequestView, StepResult
from actions.outcomes import Afresh, Again, Outcome
from actions.position import Offer, Position, Question
from actions.turn import REJECTED, Turn, note_to, reply, stale
from persian import tracking

AWAITING_HER = ("answered", "closed")
FEWEST_REASON = 6
"""«نه هنوز درست نشده» gives no reason yet."""
STATUS_AT = 0.6
WITH_US_ONLY = ("registered",)
"""Nobody outside knows of the request yet: taking it back is nobody's work."""


def buttons(turn: Turn, view: RequestView) -> tuple[Button, ...]:
    """What the lifecycle lets her do now."""
    may = turn.knowledge.lifecycle.allowed(view.status, "citizen")
    if view.status in AWAITING_HER:
        return (
            turn.button("reopening.yes", "solved", sticky=True, request=view.id),
            turn.button("reopening.no", "not_solved", sticky=True, request=view.id),
        )
    if "reopened" in may:
        key = "reopening.review" if view.status == REJECTED else "reopening.again"
        return (turn.button(key, "not_solved", sticky=True, request=view.id),)
    if "cancelled" in may:
        return (turn.button("withdraw.button", "withdraw", sticky=True, request=view.id),)
    return ()


def offer(view: RequestView) -> Offer | None:
    """«بله» and «نه» to «مشکل حل شد؟»."""
    if view.status not in AWAITING_HER:
        return None
    return Offer({"do": "solved", "request": view.id}, {"do": "not_solved", "request": view.id})


def _own(turn: Turn, request: int) -> RequestView | None:
    return next((view for view in turn.facts.own if view.id == request), None)


def solved(turn: Turn, request: int) -> Outcome:
    return Again("solved", (reply("reopening.thanks", keyboard="main"),), (ChangeStatus(request, "solved"),))


def not_solved(turn: Turn, request: int) -> Outcome:
    """Reopened at once; what is still wrong is asked for, and goes to its system or to an operator."""
    view = _own(turn, request)
    was_rejected = view is not None and view.status == REJECTED
    calls = (ChangeStatus(request, "reopened"),)
    if turn.position.draft:  # what she writes next belongs to the draft
        told = "reopening.review_open" if was_rejected else "reopening.reopened"
        return Again("reopened", (reply(told),), calls)
    kind = "review_reason" if was_rejected else "reopen_reason"
    said = reply(f"question.{kind}", (turn.button("nav.cancel", "cancel"),))
    position = Position(question=Question(kind, str(request)))
    return StepResult("reopened", position, (said,), calls)


def not_solved_in_words(turn: Turn, view: RequestView) -> Outcome:
    """«نه، آب باز هم جمع شده»: opened again; what she has said already is not asked for once more."""
    if turn.position.draft or len(turn.message.text.split()) < FEWEST_REASON:
        return not_solved(turn, view.id)
    calls = (ChangeStatus(view.id, "reopened"), note_to(turn, "reopened", view, turn.message.text))
    key = "reopening.review_with_words" if view.status == REJECTED else "reopening.with_words"
    said = reply(key, keyboard="main", number=tracking.show(view.tracking_number))
    return StepResult("reopen_reason", Position(), (said,), calls)


def read_reason(turn: Turn) -> Outcome:
    question = turn.position.question
    assert question is not None
    if turn.facts.found or (turn.is_sure("status", STATUS_AT) and not turn.mentions("unsolved")):
        return Afresh()  # «وضعیتش چیه؟» is no reason, and it is open again without one
    view = _own(turn, int(question.about))
    number = view.tracking_number if view else ""
    if view:
        task = note_to(turn, "reopened", view, turn.message.text)
    else:
        task = OpenTask("reopened", turn.text("task.reopened", number="", words=turn.message.text[:500]))
    said = reply("reopening.passed_on", keyboard="main", number=tracking.show(number) if number else "")
    return StepResult("reopen_reason", Position(), (said,), (task,))


def withdraw(turn: Turn, request: int) -> Outcome:
    """«لغو این درخواست»: asked once more, for it cannot be undone."""
    view = _own(turn, request)
    if view is None or "cancelled" not in turn.knowledge.lifecycle.allowed(view.status, "citizen"):
        return Again("stale_button", (stale(turn),))
    yes = {"do": "withdraw_now", "request": request}
    no = {"do": "keep_request", "request": request}
    row = (
        Button(turn.text("withdraw.yes"), yes, sticky=True),
        Button(turn.text("withdraw.no"), no, sticky=True),
    )
    said = reply(
        "withdraw.ask",
        row,
        number=tracking.show(view.tracking_number),
        service=turn.service_name(view.service_code),
    )
    return Again("withdraw", (said,), offer=Offer(yes, no))


def withdraw_now(turn: Turn, request: int) -> Outcome:
    """Cancelled with us; who has it already is told by an operator."""
    view = _own(turn, request)
    if view is None or "cancelled" not in turn.knowledge.lifecycle.allowed(view.status, "citizen"):
        return Again("stale_button", (stale(turn),))
    calls: tuple[ChangeStatus | OpenTask, ...] = (ChangeStatus(request, "cancelled"),)
    if view.status not in WITH_US_ONLY:
        reason = turn.text("task.withdrawn", number=view.tracking_number, agency=view.agency)
        calls = (*calls, OpenTask("withdrawn", reason))
    said = reply("withdraw.done", keyboard="main", number=tracking.show(view.tracking_number))
    return Again("withdrawn", (said,), calls)


def keep(_turn: Turn) -> Outcome:
    return Again("kept", (reply("withdraw.kept", keyboard="main"),))
