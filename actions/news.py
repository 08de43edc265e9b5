"""What she says to news that asked «مشکل حل شد؟». News comes between turns, so no offer stands for it."""

from __future__ import annotations

from datetime import timedelta

from actions import reopening, status
from actions.dialogue import RequestView
from actions.outcomes import Outcome
from actions.turn import REJECTED, Turn

ASKED_FOR = timedelta(days=7)
"""So long the question stands; afterwards the request stays closed, and «بله» may be said to anything."""
LONGEST = 12
"""More words than these tell of something; they are understood as every message is."""
LONGEST_OBJECTION = 40
YES_OR_NO = ("affirm", "deny")


def read(turn: Turn) -> Outcome | None:
    """Her verdict on the request that the news was about; None where nothing was asked or her words say neither."""
    rejected = _waiting(turn, (REJECTED,))
    if len(rejected) == 1 and _objects(turn, rejected[0]):
        return reopening.not_solved_in_words(turn, rejected[0])
    asked = _waiting(turn, reopening.AWAITING_HER)
    verdict = _verdict(turn) if asked else None
    if verdict is None:
        return None
    if len(asked) > 1:  # which of them? Each has its buttons
        return status.mine(turn)
    return reopening.solved(turn, asked[0].id) if verdict else reopening.not_solved_in_words(turn, asked[0])


def _waiting(turn: Turn, states: tuple[str, ...]) -> list[RequestView]:
    """Her requests in these states about which she may speak now; the one alone whose message she answers to."""
    replied = turn.facts.replied
    if replied:
        return [replied] if replied.status in states else []
    newest = max((view.created_at for view in turn.facts.own), default=turn.facts.now)
    return [
        view
        for view in turn.facts.own
        if view.status in states
        and view.updated_at >= newest  # what was filed since then is what she speaks of
        and turn.facts.now - view.updated_at < ASKED_FOR
    ]


def _objects(turn: Turn, view: RequestView) -> bool:
    """«دلیلش درست نیست، دوباره بررسی کنید», said to a rejection; a question is none, nor is another matter."""
    text = turn.message.text
    if len(text.split()) > LONGEST_OBJECTION or "؟" in text or "?" in text:
        return False
    of_it = turn.sure_service in (None, view.service_code)
    return of_it and turn.intent not in ("thanks", "goodbye") and turn.mentions("objects")


def _verdict(turn: Turn) -> bool | None:
    """True: solved, False: not solved."""
    text = turn.message.text
    if len(text.split()) > LONGEST or turn.sure_service or "؟" in text or "?" in text:
        return None
    if turn.says("no_matter"):
        return None
    if turn.mentions("unsolved"):
        return False
    if turn.mentions("solved"):
        return True
    return turn.intent == "affirm" if turn.intent in YES_OR_NO else None
