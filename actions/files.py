"""Photos, voices, documents without words: kept with the open draft, or the beginning of one."""

from __future__ import annotations

from actions.dialogue import AddToRequest, StepResult
from actions.outcomes import Advance, Again, Outcome
from actions.position import Position
from actions.turn import Turn, reply
from persian import tracking


def received(turn: Turn) -> Outcome:
    """`actions.step` has put the file to the open draft already."""
    if turn.position.draft is None:
        return Advance(turn.new_draft(), act="file_first")
    return Again("file_added", (reply("files.added"),))


def add_to_request(turn: Turn, request: int) -> Outcome:
    """A photo first, and it belongs to the request filed a moment ago."""
    draft = turn.position.draft
    view = next((view for view in turn.facts.own if view.id == request), None)
    if draft is None or view is None:
        return Again("stale_button", (reply("nav.stale_button"),))
    said = reply("files.added_to_request", keyboard="main", number=tracking.show(view.tracking_number))
    return StepResult("files_added_to_request", Position(), (said,), (AddToRequest(request, draft.media),))
