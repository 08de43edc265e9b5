"""Everything that is neither a matter nor a question about one: greetings, thanks, anger, what is not understood."""

from __future__ import annotations

from actions.dialogue import OpenTask, Reply
from actions.outcomes import Again, Outcome
from actions.turn import Turn, reply
from persian import tracking

OUT_OF_SCOPE_AT = 0.8
"""Below this it may be anything: «این کار از من برنمی‌آید» would be a guess."""
SHORTER_WITH_A_DRAFT = ("greet", "goodbye", "abuse")


def say(turn: Turn) -> Outcome:
    """The sentence for an intent that has one of its own."""
    if turn.position.draft and turn.intent in SHORTER_WITH_A_DRAFT:
        return Again(turn.intent, (reply(f"smalltalk.{turn.intent}_open"),))
    keyboard = "main" if turn.intent in ("greet", "goodbye", "bot_challenge") else None
    return Again(turn.intent, (reply(f"smalltalk.{turn.intent}", keyboard=keyboard),))


def out_of_scope(turn: Turn) -> Outcome:
    return say(turn) if turn.is_sure("out_of_scope", OUT_OF_SCOPE_AT) else not_understood(turn)


def nothing_open(turn: Turn) -> Outcome:
    """«بله», «نه» with no question open: after filing, it is filed already."""
    filed = already_filed(turn) if turn.intent in ("affirm", "deny") else None
    return filed or Again("nothing_open", (reply("smalltalk.nothing_open", keyboard="main"),))


def already_filed(turn: Turn) -> Outcome | None:
    """The number of what she has filed a moment ago; None where there is nothing."""
    if turn.recent is None:
        return None
    number = tracking.show(turn.recent.tracking_number)
    return Again("already_filed", (reply("smalltalk.already_filed", keyboard="main", number=number),))


def fine(_turn: Turn) -> Outcome:
    """«نه» to an offer."""
    return Again("declined", (reply("smalltalk.fine", keyboard="main"),))


def complaint_about_bot(turn: Turn) -> Outcome:
    button = turn.button("handoff.button", "handoff", sticky=True)
    return Again("bot_complaint", (reply("smalltalk.bot_complaint", (button,)),))


def unreadable(_turn: Turn) -> Outcome:
    """A sticker, a dot, one letter over and over."""
    return Again("unreadable", (reply("smalltalk.unreadable", keyboard="main"),))


def contact(turn: Turn) -> Outcome:
    """A phone is never asked for; that of somebody else is nobody's business."""
    key = "smalltalk.contact" if turn.message.own_contact else "smalltalk.contact_of_other"
    return Again("contact", (reply(key, keyboard="main"),))


def not_understood(turn: Turn) -> Outcome:
    """Ask to say it otherwise. Twice in a row a person has to look at it (`actions.intake.settle`)."""
    rows = (
        (turn.button("menu.register", "register", sticky=True),),
        (turn.button("handoff.button", "handoff", sticky=True),),
    )
    return Again("not_understood", (reply("smalltalk.not_understood", *rows),), read=False)


def handoff(turn: Turn) -> Outcome:
    """She wants a person."""
    return Again("handoff", (handoff_words(turn),), (handoff_task(turn, "asked"),))


def handoff_words(turn: Turn) -> Reply:
    """As long as nobody is on duty the bot promises nothing."""
    return reply("handoff.on_duty" if turn.facts.on_duty else "handoff.nobody", keyboard="main")


def handoff_task(turn: Turn, why: str) -> OpenTask:
    words = turn.text(f"task.handoff_{why}", words=turn.message.text[:500])
    return OpenTask("handoff", words, hourly=why == "not_understood")
