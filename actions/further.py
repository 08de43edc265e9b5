"""A further matter that comes while one is open: kept with her words, and filed on its own afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actions import place
from actions.dialogue import Button, Reply
from actions.position import Draft, Offer
from actions.turn import Turn, in_rows, reply

OFFERED = 3
ISSUES_AT_MOST = 4
"""An issue of an issue has a number of its own: no two drafts of one message may be filed under the same."""
FEWEST_WORDS = 3


def of_message(turn: Turn, draft: Draft) -> str | None:
    """The other service that this message surely asks for, or None."""
    sure = turn.sure_service if turn.intent == "request" else None
    if sure is None or sure == draft.service or draft.service is None:
        return None
    return sure if len(turn.message.text.split()) >= FEWEST_WORDS else None


def noted(turn: Turn, draft: Draft, service: str, *, of_place: bool = True) -> Draft:
    """The draft that remembers the further matter, with the place of its own that she named."""
    also = draft.also if service in draft.also else (*draft.also, service)
    where: Any = None
    if of_place and place.named(turn):
        where = place.found(turn, draft, place.named(turn)).place
    said_of_it = {"words": [turn.message.text], "place": dict(where) if where else None}
    return replace(draft, also=also, also_said={**draft.also_said, service: said_of_it})


def said(turn: Turn, service: str) -> Reply:
    return reply("summary.other_matter", service=turn.service_name(service))


def offered(turn: Turn, draft: Draft) -> tuple[tuple[Reply, ...], Offer | None]:
    """After filing: further matters, each filed with one tap; «بله» takes the first."""
    others = [code for code in draft.also if code != draft.service][:OFFERED]
    if not others:
        return (), None
    buttons = [
        Button(
            turn.text("filed.also_button", service=turn.service_name(code)),
            _action(draft, code, ISSUES_AT_MOST * draft.issue + number),
            sticky=True,
        )
        for number, code in enumerate(others, start=1)
    ]
    return (reply("filed.also", *in_rows(buttons, 1)),), Offer(buttons[0].action)


def _action(draft: Draft, code: str, issue: int) -> dict[str, Any]:
    own = draft.also_said.get(code, {})
    where = own.get("place") or draft.place
    return {
        "do": "file_also",
        "service": code,
        "issue": issue,
        "draft": draft.id,
        "words": list(own.get("words") or draft.words),
        "place": dict(where) if where else None,
    }
