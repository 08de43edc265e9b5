"""After the emergency check has spoken: its words stand alone, unless the message is a matter for the city as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from actions import place
from actions.dialogue import StepResult
from actions.outcomes import Advance, Again, Outcome
from actions.position import Offer, Position
from actions.turn import Turn, reply

FOR_CITY = 0.35
"""From this confidence on one of the first guesses is a matter that the city may have to see to."""
FIRST_GUESSES = 3
ANSWERS_OF_HER_OWN = ("attribute", "words")
"""Questions to which what sounds like danger may be the very answer."""
REASSURES = ("affirm", "deny", "thanks", "goodbye", "greet", "out_of_scope")


def told(turn: Turn) -> Outcome | None:
    """This message has had its number just now: nothing more is said. None where the city has work with it, too."""
    if not turn.facts.alarmed or turn.understanding is None or turn.message.press or turn.message.in_group:
        return None
    if _is_for_city(turn):
        return None
    question = turn.position.question
    if question is None:
        return StepResult("alarmed", Position(offer=_offer(turn)))
    if question.kind in ANSWERS_OF_HER_OWN or place.named(turn):
        return None
    return StepResult("alarmed", turn.position)


def _is_for_city(turn: Turn) -> bool:
    assert turn.understanding is not None
    services = turn.knowledge.catalogue
    return any(
        confidence >= FOR_CITY and code != "other" and services.service(code).ours
        for code, confidence in turn.understanding.ranking[:FIRST_GUESSES]
        if code in services.services
    )


def _offer(turn: Turn) -> Offer:
    """«بله» and «نه» mean no filing after an alarm; «ثبتش کن» does."""
    assert turn.understanding is not None
    ranking = turn.understanding.ranking
    draft = place.found(turn, turn.new_draft(), place.named(turn)) if place.named(turn) else None
    file = {
        "do": "file_alarmed",
        "service": ranking[0][0] if ranking and ranking[0][1] >= FOR_CITY else None,
        "words": turn.message.text,
        "place": dict(draft.place) if draft and draft.place else None,
    }
    return Offer({"do": "calmed"}, {"do": "calmed"}, file)


def after(turn: Turn) -> Outcome | None:
    """Her next words: «امداد اومد», «باشه». None where they are a message of their own."""
    stands = turn.offer is not None and turn.offer.yes.get("do") == "calmed"
    if not stands and not turn.facts.alarm:
        return None
    if turn.sure_service and turn.knowledge.catalogue.service(turn.sure_service).ours:
        return None
    if turn.says("relieved") and not turn.mentions("not_yet"):
        return StepResult("relieved", Position(), (reply("alarm.relieved", keyboard="main"),))
    return calmed(turn) if stands and turn.intent in REASSURES else None


def calmed(turn: Turn) -> Outcome:
    """«باشه»; the help may still be on its way."""
    return Again("calmed", (reply("alarm.take_care", keyboard="main"),), offer=turn.offer)


def file_all_the_same(turn: Turn, action: Mapping[str, Any]) -> Outcome:
    """«برای شهرداری هم ثبت کن»: for the desk of 137."""
    draft = turn.new_draft(words=(action["words"],), place=action["place"], service=action["service"])
    return Advance(replace(draft, predicted=action["service"], how="confirmed", despite=True))
