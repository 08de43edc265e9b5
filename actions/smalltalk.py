"""Everything that is neither a matter nor a question about one: greetings, thanks, anger, what is not understood."""

from __future__ import annotations

from dataclasses import replace

from actions.dialogue import OpenTask, Reply, StepResult
from actions.outcomes import Again, Outcome
from actions.turn import Turn, reply

TOO_OFTEN = 2
"""After so many messages in a row that were not understood, a person looks at it."""


def say(turn: Turn) -> Outcome:
    """The sentence for an intent that has one of its own."""
    key = f"smalltalk.{turn.intent}"
    keyboard = "main" if turn.intent in ("greet", "goodbye", "bot_challenge") else None
    return Again(turn.intent, (reply(key, keyboard=keyboard),))


def nothing_open(turn: Turn) -> Outcome:
    """«بله», «نه», a correction, with no question open."""
    return Again("nothing_open", (reply("smalltalk.nothing_open", keyboard="main"),))


def complaint_about_bot(turn: Turn) -> Outcome:
    button = turn.button("handoff.button", "handoff", sticky=True)
    return Again("bot_complaint", (reply("smalltalk.bot_complaint", (button,)),))


def unreadable(turn: Turn) -> Outcome:
    """A sticker, an emoji, a dot."""
    return Again("unreadable", (reply("smalltalk.unreadable", keyboard="main"),))


def contact(turn: Turn) -> Outcome:
    return Again("contact", (reply("smalltalk.contact", keyboard="main"),))


def not_understood(turn: Turn) -> Outcome:
    """Once: ask to say it otherwise. Twice in a row: a person has to look at it, and the bot says so."""
    count = turn.position.misunderstood + 1
    position = replace(turn.position, misunderstood=count)
    if count < TOO_OFTEN:
        rows = (
            (turn.button("menu.register", "register", sticky=True),),
            (turn.button("handoff.button", "handoff", sticky=True),),
        )
        return StepResult("not_understood", position, (reply("smalltalk.not_understood", *rows),))
    return StepResult(
        "handoff",
        replace(position, misunderstood=0),
        (handoff_words(turn),),
        (_task(turn, "not_understood"),),
    )


def handoff(turn: Turn) -> Outcome:
    """She wants a person."""
    return Again("handoff", (handoff_words(turn),), (_task(turn, "asked"),))


def handoff_words(turn: Turn) -> Reply:
    """As long as nobody is on duty the bot promises nothing."""
    return reply("handoff.on_duty" if turn.facts.on_duty else "handoff.nobody", keyboard="main")


def _task(turn: Turn, why: str) -> OpenTask:
    return OpenTask("handoff", turn.text(f"task.handoff_{why}", words=turn.message.text[:500]))
