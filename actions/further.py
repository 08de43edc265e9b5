"""A further matter that comes while one is open: kept with her words, and filed on its own afterwards."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions import place
from actions.dialogue import Button, Reply
from actions.position import Draft, Offer
from actions.turn import Turn, in_rows, reply
from actions.wording import tokens

OFFERED = 3
ISSUES_AT_MOST = 4
"""An issue of an issue has a number of its own: no two drafts of one message may be filed under the same."""
FEWEST_WORDS = 3
_WORD = re.compile(r"[^\s\u200c]+")


def of_message(turn: Turn, draft: Draft) -> str | None:
    """The other service that this message surely asks for, or None."""
    sure = turn.sure_service if turn.intent == "request" else None
    if sure is None or sure == draft.service or draft.service is None:
        return None
    # «تو امامیه ۱۲ پلاک ۷ زنگ سوم» is an address, whatever its words remind of: a matter is told beside it.
    return sure if len(place.words_beside(turn)) >= FEWEST_WORDS else None


def noted(turn: Turn, draft: Draft, service: str, *, of_place: bool = True) -> Draft:
    """The draft that remembers the further matter, with the place of its own that she named."""
    also = draft.also if service in draft.also else (*draft.also, service)
    where: Any = None
    if of_place and place.named(turn):
        where = place.found(turn, draft, place.named(turn)).place
    said_of_it = {"words": [turn.message.text], "place": dict(where) if where else None}
    return replace(draft, also=also, also_said={**draft.also_said, service: said_of_it})


def placed_apart(turn: Turn, draft: Draft) -> Draft:
    """The draft where each of its matters has the place that stands next to it, if she named a place for each («سطل سر
    وکیل‌آباد ۱۲ سوخته و درخت وکیل‌آباد ۱۴ افتاده»); else as it was."""
    parts = (draft.place or {}).get("parts") or ()
    codes = [code for code in dict.fromkeys((draft.service, *draft.also, *draft.guesses)) if code]
    nearest = {code: _nearest(_where_told(turn, draft, code, codes), parts) for code in codes}
    known = {code: part for code, part in nearest.items() if part is not None}
    if draft.service not in known or len({part["name"] for part in known.values()}) < len(parts):
        return draft
    own: dict[str, Mapping[str, Any]] = {
        code: {"words": list(draft.words), "place": _place_of(part)}
        for code, part in known.items()
        if code in draft.also and code != draft.service
    }
    return replace(draft, place=_place_of(known[draft.service]), also_said={**own, **draft.also_said})


def _where_told(turn: Turn, draft: Draft, code: str, codes: Sequence[str]) -> int | None:
    """Where in her first message a word of this service stands that none of the others has."""
    services = turn.knowledge.catalogue
    mine, others = (
        {token for one in group for keyword in services.service(one).keywords for token in tokens(keyword)}
        for group in ((code,), tuple(one for one in codes if one != code))
    )
    told = draft.words[0] if draft.words else ""
    at = [word.start() for word in _WORD.finditer(told) if set(tokens(word.group())) & (mine - others)]
    return at[0] if at else None


def _nearest(at: int | None, parts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    if at is None or not parts:
        return None
    return min(parts, key=lambda part: abs(int(part["at"]) - at))


def _place_of(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "at"}


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
