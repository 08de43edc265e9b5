"""What became of a request: by number, or from the list of her own."""

from __future__ import annotations

import re

from actions import filing, reopening
from actions.dialogue import Button, Reply, RequestView, StepResult
from actions.outcomes import Afresh, Again, Outcome
from actions.position import Position, Question
from actions.turn import Turn, in_rows, reply
from casework.dates import day_and_month, jalali
from persian import tracking
from persian.digits import to_latin, to_persian

LISTED = 8
FEWEST_DIGITS = 4
_NUMBER = re.compile(r"(?<![\d/.:])\d(?:[ -]?\d){4,19}(?![\d/.:])", re.ASCII)
NUMBER = Question("number")
ABOUT_THE_NUMBER = ("status", "deny", "affirm", "correct", "my_requests", "out_of_scope")


def by_number(turn: Turn) -> Outcome:
    """The state of each number in the message."""
    answers = tuple(_answer(turn, number) for number in _numbers(turn)[:3])
    return Again("status", answers or _not_ours(turn))


def _numbers(turn: Turn) -> tuple[str, ...]:
    if turn.understanding and turn.understanding.tracking_numbers:
        return turn.understanding.tracking_numbers
    return tuple(turn.facts.found)


def _answer(turn: Turn, number: str) -> Reply:
    view = turn.facts.found.get(number)
    return describe(turn, view) if view else reply("status.not_ours_number", number=to_persian(number))


def _strange(turn: Turn) -> str:
    """A number that none of ours can be («پیگیری ۱۲۳۴۵۶»); empty where there is none. A date is none."""
    found = _NUMBER.search(to_latin(turn.message.text))
    return found.group() if found else ""


def _not_ours(turn: Turn) -> tuple[Reply, ...]:
    strange = _strange(turn)
    if not strange:
        return ()
    mine = (turn.button("menu.mine", "mine", sticky=True),) if turn.facts.own else ()
    return (reply("status.not_ours_number", mine, number=to_persian(strange)),)


def describe(turn: Turn, view: RequestView) -> Reply:
    """By number alone: service, status, dates, agency. Her own: also the place, the answer and what she can do."""
    state = turn.knowledge.lifecycle.states[view.status]
    return reply(
        "status.one",
        reopening.buttons(turn, view) if view.own else (),
        about=view.id if view.own else None,
        number=tracking.show(view.tracking_number),
        service=turn.service_label(view.service_code),
        place=view.place or "" if view.own else "",
        status=state.label,
        date=jalali(view.updated_at),
        answers=filing.who_and_when(turn, view.agency, filing.expected_day(turn, view)),
        notes=(view.notes or "") if view.own else "",
    )


def track(turn: Turn) -> Outcome:
    """«پیگیری» without a number: the newest if there is only one, a list, or the question for the number."""
    if turn.facts.found or _strange(turn):
        return by_number(turn)
    if turn.facts.own:
        return _only(turn) if len(turn.facts.own) == 1 else mine(turn)
    if turn.position.question == NUMBER:
        return Again("ask_number")
    if turn.position.question:
        return Again("status", (reply("status.none_yet"),))
    return StepResult("ask_number", Position(question=NUMBER), ask_number(turn))


def ask_number(turn: Turn, key: str = "question.number") -> tuple[Reply, ...]:
    none = turn.button("question.no_number", "no_number")
    return (reply(key, (none, turn.button("nav.cancel", "cancel"))),)


def _only(turn: Turn) -> Outcome:
    """Her only request; where she is to say whether it is solved, «بله» and «نه» say it."""
    view = turn.facts.own[0]
    return Again("status", (describe(turn, view),), offer=reopening.offer(view))


def mine(turn: Turn) -> Outcome:
    """«درخواست‌های من»: each as a button."""
    if turn.message.in_group:
        return Again("private_only", (reply("group.private_only"),))
    if not turn.facts.own:
        return Again("my_requests", (reply("status.none_yet", keyboard="main"),))
    count = to_persian(len(turn.facts.own))
    if len(turn.facts.own) == 1:
        view = turn.facts.own[0]
        said = (reply("status.list_one", count=count), describe(turn, view))
        return Again("my_requests", said, offer=reopening.offer(view))
    buttons = [
        Button(_list_label(turn, view), {"do": "show_request", "request": view.id}, sticky=True)
        for view in turn.facts.own[:LISTED]
    ]
    return Again("my_requests", (reply("status.list", *in_rows(buttons, 1), count=count),))


def _list_label(turn: Turn, view: RequestView) -> str:
    return turn.text(
        "status.list_button",
        service=turn.short_service_name(view.service_code),
        status=turn.knowledge.lifecycle.states[view.status].label,
        day=day_and_month(view.created_at),
    )


def show_request(turn: Turn, request: int) -> Outcome:
    view = next((view for view in turn.facts.own if view.id == request), None)
    if view is None:
        return Again("status", (reply("status.none_yet"),))
    return Again("status", (describe(turn, view),), offer=reopening.offer(view))


def read_number(turn: Turn) -> Outcome:
    """Her words as the number that was asked for; what is plainly something else is read afresh."""
    if turn.facts.found:
        answers = tuple(_answer(turn, number) for number in list(turn.facts.found)[:3])
        return StepResult("status", Position(), answers)
    digits = "".join(c for c in to_latin(turn.message.text) if c.isascii() and c.isdigit())
    if len(digits) >= FEWEST_DIGITS:
        said = reply("status.not_ours_number", number=to_persian(digits[:20]))
        return StepResult("status", Position(), (said,))
    if turn.intent not in ABOUT_THE_NUMBER:
        return Afresh()
    return no_number(turn)


def no_number(_turn: Turn) -> Outcome:
    """She has no number: nothing is found without one."""
    return StepResult("no_number", Position(), (reply("status.no_number", keyboard="main"),))
