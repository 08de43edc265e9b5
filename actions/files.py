"""Photos, voices, documents: for the open draft, for the request that she answers to, or the beginning of one."""

from __future__ import annotations

from actions.dialogue import AddToRequest, Reply, RequestView, StepResult
from actions.outcomes import Advance, Again, Outcome
from actions.position import Position
from actions.turn import MOST_FILES, Turn, note_to, reply, stale
from persian import tracking
from persian.digits import to_persian


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
        return Again("stale_button", (stale(turn),))
    return _added(turn, view, draft.media, Position())


def for_replied(turn: Turn) -> bool:
    """True for files sent as an answer to a message about a request of hers, unless they come with another matter."""
    view = turn.facts.replied
    if view is None or not turn.message.media:
        return False
    return turn.intent != "request" or turn.sure_service in (None, view.service_code)


def to_replied(turn: Turn) -> Outcome:
    """The files, and the words that came with them, belong to that request; an open draft stays as it is."""
    view = turn.facts.replied
    assert view is not None
    return _added(turn, view, turn.media_ids[:MOST_FILES], turn.position)


def _added(turn: Turn, view: RequestView, media: tuple[int, ...], position: Position) -> StepResult:
    note = None
    if turn.message.text.strip() and turn.message.press is None:
        note = note_to(turn, "note", view, turn.message.text)
    calls = (AddToRequest(view.id, media, note),)
    number = tracking.show(view.tracking_number)
    said = reply("files.added_to_request", keyboard="main", about=view.id, number=number)
    return StepResult("files_added_to_request", position, (said,), calls)


def too_many(turn: Turn) -> bool:
    """True where files of this turn find no room: at the request that she answers to, else in the draft."""
    if for_replied(turn):
        return len(turn.media_ids) > MOST_FILES
    before = turn.position.draft.media if turn.position.draft else ()
    return len({*before, *turn.media_ids}) > MOST_FILES


def said_too_many() -> Reply:
    return reply("files.too_many", most=to_persian(MOST_FILES))
