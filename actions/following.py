"""From the web chat to a messenger: «/start CODE» brings the news of what was filed there to this conversation."""

from __future__ import annotations

from actions.dialogue import Follow, StepResult
from actions.outcomes import Again, Outcome
from actions.position import Position
from actions.turn import Turn, reply
from persian import tracking


def joined(turn: Turn) -> Outcome:
    """Each request by its number; an open draft is not lost by it."""
    numbers = turn.text("place.comma").join(
        tracking.show(view.tracking_number) for view in turn.facts.to_follow
    )
    said = reply("follow.joined", keyboard="main", numbers=numbers, about=turn.facts.to_follow[0].id)
    call = Follow(turn.facts.follow_code)
    if turn.position.question:
        return Again("followed", (said,), (call,))
    return StepResult("followed", Position(), (said,), (call,))


def expired(_turn: Turn) -> Outcome:
    return Again("follow_expired", (reply("follow.expired", keyboard="main"),))
