"""Questions about the city, answered from data/answers, and «جوابتان را گرفتید؟» with the way to file a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions import elsewhere, filing, status
from actions.answers import Answer
from actions.dialogue import Button, Reply, RequestView
from actions.outcomes import Advance, Again, Outcome
from actions.position import Offer
from actions.turn import Turn, in_rows, reply

HOW_LONG = "how_long"
"""The answer to «چقدر طول می‌کشد؟» in data/answers."""


def answer(turn: Turn) -> Outcome:
    """The answer; where none is known, the way on: file it, or ask a person."""
    known = turn.understanding
    if known is None or known.answer_id not in turn.knowledge.answers.by_id:
        return no_answer(turn)
    found = turn.knowledge.answers.by_id[str(known.answer_id)]
    if found.expired(turn.facts.now.date()):
        return no_answer(turn)
    told = elsewhere.was_told(turn, found.service_code)
    if turn.position.question is not None:
        return Again("answer", () if told else (_in_the_middle(turn, found),))
    if told:
        return Advance(turn.new_draft(service=found.service_code, words=(turn.message.text,)))
    hers = _in_work(turn) if found.id == HOW_LONG else None
    if hers:
        return Again("status", (status.describe(turn, hers),))
    missed = _to_file(turn, found.service_code)
    buttons = (
        turn.button("answers.yes", "answer_helped", sticky=True),
        Button(_label(turn, found.service_code), missed, sticky=True),
    )
    said = reply("answers.text_and_question", *in_rows(list(buttons), 1), text=found.text)
    return Again("answer", (said,), offer=Offer({"do": "answer_helped"}, missed))


def _in_work(turn: Turn) -> RequestView | None:
    """«کی میان؟» is about the request she has just filed, else about the only one that is being worked on."""
    states = turn.knowledge.lifecycle.states
    working = [view for view in turn.facts.own if states[view.status].clock]
    if turn.recent in working:
        return turn.recent
    return working[0] if len(working) == 1 else None


def _in_the_middle(turn: Turn, found: Answer) -> Reply:
    """While a draft is open, «کی درست می‌شود؟» is about that matter."""
    draft = turn.position.draft
    if found.id == HOW_LONG and draft and draft.service:
        when = filing.usual_time(turn, turn.knowledge.catalogue.service(draft.service))
        if when:
            return reply("answers.usual_time", when=when)
    return reply("answers.text", text=found.text)


def _label(turn: Turn, service: str | None) -> str:
    if service and turn.knowledge.catalogue.service(service).ours:
        return turn.text("answers.file_service", service=turn.service_name(service))
    return turn.text("answers.no")


def _to_file(turn: Turn, service: str | None) -> dict[str, Any]:
    """What opens a draft with what she wrote; `service` is what the button says."""
    ours = bool(service) and turn.knowledge.catalogue.service(str(service)).ours
    return {"do": "answer_missed", "service": service if ours else None, "words": turn.message.text}


def no_answer(turn: Turn) -> Outcome:
    """A question that none of the answers fits."""
    known = turn.understanding
    guesses = [code for code, _ in known.ranking[:3]] if known and known.service_code else []
    action = {"do": "answer_missed", "guesses": guesses, "words": turn.message.text}
    rows = (
        (Button(turn.text("answers.file"), action, sticky=True),),
        (turn.button("handoff.button", "handoff", sticky=True),),
    )
    return Again("no_answer", (reply("answers.none", *rows),), offer=Offer(action))


def helped(_turn: Turn) -> Outcome:
    return Again("answer_helped", (reply("answers.glad", keyboard="main"),))


def missed(turn: Turn, action: Mapping[str, Any]) -> Outcome:
    """«نه»: the way to file a request about it."""
    if turn.position.draft:
        return Again("register", (reply("intake.already_open"),))
    service, words = action.get("service"), action.get("words")
    draft = turn.new_draft(
        service=service,
        how="chosen",
        guesses=tuple(action.get("guesses") or ()),
        words=(words,) if words else (),
    )
    return Advance(draft, (reply("answers.sorry"),) if "guesses" not in action else ())
