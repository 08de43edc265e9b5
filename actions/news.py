"""What she says to news that asked «مشکل حل شد؟». News comes between turns, so no offer stands for it."""

from __future__ import annotations

from datetime import timedelta

from actions import reopening, status
from actions.dialogue import RequestView
from actions.outcomes import Outcome
from actions.turn import Turn

ASKED_FOR = timedelta(days=7)
"""So long the question stands; afterwards the request stays closed, and «بله» may be said to anything."""
LONGEST = 12
"""More words than these tell of something; they are understood as every message is."""
YES_OR_NO = ("affirm", "deny")


def read(turn: Turn) -> Outcome | None:
    """Her verdict on the request that the news was about; None where nothing was asked or her words say neither."""
    asked = _asked_about(turn)
    verdict = _verdict(turn) if asked else None
    if verdict is None:
        return None
    if len(asked) > 1:  # which of them? Each has its buttons
        return status.mine(turn)
    return reopening.solved(turn, asked[0].id) if verdict else reopening.not_solved_in_words(turn, asked[0])


def _asked_about(turn: Turn) -> list[RequestView]:
    """Her requests that wait for her word; the one alone whose message she answers to."""
    replied = turn.facts.replied
    if replied:
        return [replied] if replied.status in reopening.AWAITING_HER else []
    newest = max((view.created_at for view in turn.facts.own), default=turn.facts.now)
    return [
        view
        for view in turn.facts.own
        if view.status in reopening.AWAITING_HER
        and view.updated_at >= newest  # what was filed since then is what she speaks of
        and turn.facts.now - view.updated_at < ASKED_FOR
    ]


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
