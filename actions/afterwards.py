"""Words about a request that was filed a moment ago: put to it if she says so, or the beginning of a new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions import place, service
from actions.dialogue import Button
from actions.outcomes import Advance, Again, Outcome
from actions.position import Draft, Offer
from actions.turn import Turn, note_to, reply, stale
from persian import tracking

FEWEST_WORDS = 2
LONGEST = 500
SAID_OF_IT = frozenset(("correct", "out_of_scope", "request", "info", "bot_complaint", "deny", "affirm"))
"""What an answer to a message about a request says of that request; thanks and farewells are answered as such."""


def speaks_of_it(turn: Turn) -> bool:
    """«ببخشید پلاکش ۱۷ بود», «امروز نه، دیشب»: said with nothing open, right after filing."""
    known = turn.understanding
    if turn.recent is None or known is None or len(turn.message.text.split()) < FEWEST_WORDS:
        return False
    if turn.facts.replied:
        return known.intent in SAID_OF_IT
    corrects = known.intent == "correct" and known.confidence >= 0.5
    vague = known.intent == "out_of_scope" and known.confidence < 0.9
    return corrects or vague or turn.message.edited or _urges(turn)


def _urges(turn: Turn) -> bool:
    """«زودتر بیان لطفا»: asks for something, and names neither a matter nor a place of its own."""
    known = turn.understanding
    if known is None or known.intent != "request" or place.named(turn) or turn.message.media:
        return False
    return not service.understood(turn, Draft(id="")).guesses


def offer(turn: Turn) -> Outcome:
    view = turn.recent
    assert view is not None
    guesses = [code for code, _ in turn.understanding.ranking[:3]] if turn.understanding else []
    words = turn.message.text[:LONGEST]
    yes = {"do": "add_note", "request": view.id, "words": words}
    no = {"do": "new_matter", "words": words, "guesses": guesses}
    rows = (
        (Button(turn.text("afterwards.yes"), yes, sticky=True),),
        (Button(turn.text("afterwards.no"), no, sticky=True),),
    )
    said = reply(
        "afterwards.offer",
        *rows,
        number=tracking.show(view.tracking_number),
        service=turn.service_name(view.service_code),
    )
    return Again("offer_note", (said,), offer=Offer(yes))


def add_note(turn: Turn, action: Mapping[str, Any]) -> Outcome:
    """For its system, or for an operator who passes it on; the request itself has gone out already."""
    view = next((view for view in turn.facts.own if view.id == action["request"]), None)
    if view is None:
        return Again("stale_button", (stale(turn),))
    task = note_to(turn, "note", view, action["words"])
    said = reply("afterwards.added", keyboard="main", number=tracking.show(view.tracking_number))
    return Again("note_added", (said,), (task,))


def new_matter(turn: Turn, action: Mapping[str, Any]) -> Outcome:
    """It is a matter of its own."""
    if turn.position.draft:
        return Again("register", (reply("intake.already_open"),))
    return Advance(turn.new_draft(words=(action["words"],), guesses=tuple(action["guesses"])))
