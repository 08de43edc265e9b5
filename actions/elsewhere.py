"""Matters of other bodies: the right one with its number, and all the same the 137 desk if she wants."""

from __future__ import annotations

from dataclasses import replace

from actions.dialogue import Reply, StepResult
from actions.outcomes import Advance, Afresh, Outcome
from actions.position import Draft, Position, Question
from actions.turn import Turn, reply
from persian.digits import to_persian


def ask(turn: Turn, draft: Draft, _question: Question) -> Reply:
    assert draft.service is not None
    service = turn.knowledge.catalogue.service(draft.service)
    assert service.elsewhere is not None
    phones = turn.text("elsewhere.or").join(to_persian(number) for number in service.elsewhere.phones)
    return reply(
        "elsewhere.text",
        (turn.button("elsewhere.despite", "despite"),),
        (turn.button("elsewhere.other_matter", "show_groups"), turn.button("elsewhere.fine", "let_go")),
        body=service.elsewhere.body,
        phones=phones,
        advice=service.elsewhere.advice,
    )


def despite(_turn: Turn, draft: Draft) -> Outcome:
    """«با این حال ثبت شود»: it goes to the triage desk of 137."""
    return Advance(replace(draft, despite=True))


def let_go(_turn: Turn) -> Outcome:
    return StepResult("let_go", Position(), (reply("elsewhere.bye", keyboard="main"),))


def read(turn: Turn, _draft: Draft) -> Outcome:
    """Words after the advice: thanks end it; anything that asks is a new message."""
    if turn.intent in ("affirm", "thanks", "deny", "goodbye", "greet"):
        return let_go(turn)
    return Afresh()
