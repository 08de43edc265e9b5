"""Matters of other bodies: the right one with its number, and all the same the 137 desk if she wants."""

from __future__ import annotations

from dataclasses import replace

from actions import further, place, service
from actions.dialogue import Reply, StepResult
from actions.outcomes import Advance, Afresh, Again, Outcome, Put
from actions.position import Draft, Position, Question
from actions.turn import Turn, navigation, reply
from persian.digits import to_persian


def ask(turn: Turn, draft: Draft, _question: Question) -> Reply:
    assert draft.service is not None
    other = turn.knowledge.catalogue.service(draft.service).elsewhere
    assert other is not None
    phones = (to_persian(number) for number in other.phones)
    return reply(
        "elsewhere.after_alarm" if was_told(turn, draft.service) else "elsewhere.text",
        (turn.button("elsewhere.despite", "despite"),),
        (turn.button("elsewhere.other_matter", "other_matter"), turn.button("elsewhere.fine", "let_go")),
        navigation(turn),
        body=other.body,
        phones=turn.text("elsewhere.or").join(phones),
        advice=other.advice,
    )


def was_told(turn: Turn, service: str | None) -> bool:
    """Whether the emergency check has just said the number of the body that is responsible, and what to do."""
    other = turn.knowledge.catalogue.service(service).elsewhere if service and turn.facts.alarm else None
    if other is None:
        return False
    said = turn.text(turn.facts.alarm)
    return all(to_persian(number) in said for number in other.phones)


def despite(_turn: Turn, draft: Draft) -> Outcome:
    """«با این حال ثبت شود»: it goes to the triage desk of 137."""
    return Advance(replace(draft, despite=True))


def other_matter(_turn: Turn, draft: Draft) -> Outcome:
    """«موضوع چیز دیگری است»: the other guesses, or all groups."""
    guesses = tuple(code for code in draft.guesses if code != draft.service)
    draft = replace(draft, service=None, guesses=guesses)
    return Put(Question("service" if guesses else "group"), draft)


def let_go(turn: Turn) -> Outcome:
    """«باشه، ممنون»; what else she reported is offered."""
    more, offer = further.offered(turn, turn.position.draft) if turn.position.draft else ((), None)
    return StepResult("let_go", Position(offer=offer), (reply("elsewhere.bye", keyboard="main"), *more))


def read(turn: Turn, draft: Draft) -> Outcome:
    """Words after the advice: «ثبتش کن» files it, thanks end it; anything that asks is a new message."""
    if turn.intent in ("affirm", "cancel", "request") and turn.mentions("file"):
        return despite(turn, draft)
    if turn.intent in ("affirm", "thanks", "deny", "goodbye", "greet"):
        return let_go(turn)
    if turn.intent == "correct":
        return other_matter(turn, draft)
    if turn.intent == "out_of_scope" and not turn.is_sure("out_of_scope", 0.8):
        return Again("not_read", read=False, otherwise="intake.choose_or_write")
    if turn.intent in ("status", "bot_complaint") and not turn.facts.found:
        return Again("insists", otherwise="elsewhere.insist")
    return _told_again(turn, draft) or Afresh()


def _told_again(turn: Turn, draft: Draft) -> Outcome | None:
    """«نه، همون شهرداری باید پاک کنه»: the same matter, told so that another service fits; its place and first
    words stay. None: a matter of its own."""
    refuses = turn.mentions("refuses") or turn.is_sure("correct", 0.5)
    if not refuses or place.named(turn) or turn.intent not in ("request", "info"):
        return None
    again = replace(draft, service=None, attributes={}, words=(*draft.words, turn.message.text))
    again = service.understood(turn, again)
    guesses = tuple(code for code in again.guesses if code != draft.service)
    if again.service == draft.service or not guesses:
        return None
    return Advance(replace(again, guesses=guesses))
