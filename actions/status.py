"""What became of a request: by number, or from the list of her own."""

from __future__ import annotations

from actions.dates import jalali
from actions.dialogue import Button, Reply, RequestView, StepResult
from actions.outcomes import Again, Outcome
from actions.position import Position, Question
from actions.turn import Turn, in_rows, reply
from persian import tracking
from persian.digits import to_latin, to_persian

LISTED = 8
AWAITING_HER = ("answered", "closed")


def by_number(turn: Turn) -> Outcome:
    """The state of each number in the message."""
    return Again("status", tuple(_answer(turn, number) for number in _numbers(turn)[:3]))


def _numbers(turn: Turn) -> tuple[str, ...]:
    if turn.understanding and turn.understanding.tracking_numbers:
        return turn.understanding.tracking_numbers
    return tuple(turn.facts.found)


def _answer(turn: Turn, number: str) -> Reply:
    view = turn.facts.found.get(number)
    return describe(turn, view) if view else reply("status.not_ours_number", number=to_persian(number))


def describe(turn: Turn, view: RequestView) -> Reply:
    """By number alone: service, status, dates, agency. Her own: also the place, the answer and what she can do."""
    state = turn.knowledge.lifecycle.states[view.status]
    buttons: tuple[Button, ...] = ()
    if view.own and view.status in AWAITING_HER:
        buttons = (
            turn.button("reopening.yes", "solved", sticky=True, request=view.id),
            turn.button("reopening.no", "not_solved", sticky=True, request=view.id),
        )
    return reply(
        "status.one",
        buttons,
        number=tracking.show(view.tracking_number),
        service=turn.service_label(view.service_code),
        place=view.place or "" if view.own else "",
        status=state.label,
        date=jalali(view.updated_at),
        agency=view.agency,
        notes=(view.notes or "") if view.own else "",
    )


def track(turn: Turn) -> Outcome:
    """«پیگیری» without a number: the newest if there is only one, a list, or the question for the number."""
    if turn.facts.found:
        return by_number(turn)
    if len(turn.facts.own) == 1:
        return Again("status", (describe(turn, turn.facts.own[0]),))
    if turn.facts.own:
        return mine(turn)
    if turn.position.question:
        return Again("status", (reply("status.none_yet"),))
    return StepResult(
        "ask_number", Position(question=Question("number")), (reply("question.number", keyboard="main"),)
    )


def mine(turn: Turn) -> Outcome:
    """«درخواست‌های من»: each as a button."""
    if turn.message.in_group:
        return Again("private_only", (reply("group.private_only"),))
    if not turn.facts.own:
        return Again("my_requests", (reply("status.none_yet", keyboard="main"),))
    buttons = [
        Button(
            turn.text(
                "status.list_button",
                number=tracking.show(view.tracking_number),
                service=turn.service_name(view.service_code),
                status=turn.knowledge.lifecycle.states[view.status].label,
            ),
            {"do": "show_request", "request": view.id},
            sticky=True,
        )
        for view in turn.facts.own[:LISTED]
    ]
    count = to_persian(len(turn.facts.own))
    return Again("my_requests", (reply("status.list", *in_rows(buttons, 1), count=count),))


def show_request(turn: Turn, request: int) -> Outcome:
    view = next((view for view in turn.facts.own if view.id == request), None)
    return Again("status", (describe(turn, view) if view else reply("status.none_yet"),))


def read_number(turn: Turn) -> Outcome:
    """Her words as the number that was asked for."""
    if turn.facts.found:
        answers = tuple(_answer(turn, number) for number in list(turn.facts.found)[:3])
        return StepResult("status", Position(), answers)
    digits = "".join(c for c in to_latin(turn.message.text) if c.isascii() and c.isdigit())
    if len(digits) >= 4:
        return StepResult(
            "status", Position(), (reply("status.not_ours_number", number=to_persian(digits[:20])),)
        )
    return StepResult("not_read", turn.position, (reply("status.number_not_read"),))
