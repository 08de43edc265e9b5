"""A matter that stands beside something else: an insult, thanks, a greeting, the cancelling of another one.

The intent of «احمق‌ها، خیابان کوهسنگی پر چاله است» is anger, what she wants is the pothole. Two things together tell:
the first guess is a sure one, and words of that service stand in what she wrote.
"""

from __future__ import annotations

from dataclasses import replace

from actions import place, service
from actions.outcomes import Advance, Outcome
from actions.position import Draft
from actions.turn import ANGRY, Turn
from actions.wording import listed, tokens
from casework.said_words import SaidWords

SURE = 0.6
LIKELY = 0.5
INSTEAD = 0.4
"""Beside the cancelling of another matter less is enough: what is made of it stands on a card."""
FEWEST_WORDS = 3
PLEASED = ("thanks", "affirm", "goodbye")
"""With these the words of a service may praise it («ممنون بابت چراغ کوچه»): what is wrong must be said as well."""
BESIDE = (*ANGRY, *PLEASED, "greet", "deny", "correct")


def told(turn: Turn) -> Turn:
    """The turn as a request where a matter stands beside its intent; else as it was."""
    known = turn.understanding
    if known is None or known.intent not in BESIDE or known.answer_id:
        return turn
    sure = surely_named(turn)
    if sure is None or (known.intent in PLEASED and not turn.mentions("trouble")):
        return turn
    decision = "accept" if known.ranking[0][1] >= SURE else known.decision
    request = replace(known, intent="request", confidence=1.0, decision=decision, service_code=sure)
    return replace(turn, understanding=request)


def instead(turn: Turn, draft: Draft) -> Outcome | None:
    """«ثبت نکن، به جاش بگو درختا رو هرس کنن»: the other matter at the same place; None where she names none."""
    known, other = turn.understanding, surely_named(turn, INSTEAD)
    if known is None or other is None or draft.service is None or other == draft.service:
        return None
    guesses = tuple(code for code, _ in known.ranking)[: service.GUESSES]
    begun = replace(
        draft,
        words=(turn.message.text,),
        service=other,
        predicted=other,
        guesses=guesses,
        how="corrected",
        attributes={},
        skipped=(),
        despite=False,
    )
    if place.named(turn):
        begun = place.found(turn, begun, place.named(turn))
    return Advance(begun, act="corrected")


def surely_named(turn: Turn, at_least: float = LIKELY) -> str | None:
    """The service of the first guess, where words of it stand in her message."""
    known = turn.understanding
    if known is None or not known.ranking or len(tokens(turn.message.text)) < FEWEST_WORDS:
        return None
    code, confidence = known.ranking[0]
    if confidence < at_least or code == "other" or code not in turn.knowledge.catalogue.services:
        return None
    return code if names(turn, code) else None


def names(turn: Turn, code: str) -> bool:
    """Whether a word of the service stands in her message, the names of places and animals called in anger left out."""
    keywords = set(turn.knowledge.catalogue.service(code).keywords)
    if turn.intent in ANGRY:
        keywords -= set(listed(turn.text("words.insults")))
    said = SaidWords(place.text_beside(turn))
    return any(keyword in said for keyword in keywords)
