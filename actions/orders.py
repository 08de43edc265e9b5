"""Orders in her own words: «ثبتش کن» at a card or an offer, «لغو نکن» where something was about to be cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions import (
    attributes,
    buttons,
    elsewhere,
    filing,
    intake,
    place_answer,
    reopening,
    service,
    smalltalk,
)
from actions.outcomes import Again, Outcome
from actions.turn import Turn, reply

FILES = ("answer_missed", "file_also", "file_alarmed")
"""What an offer may do that files something."""
LONGEST_KEEPING = 12
LONGEST = 80


def about_cancelling(turn: Turn) -> Outcome | None:
    """«نه، لغو نکن» keeps it; «لغو کن» to «لغو شود؟» is a yes."""
    text = turn.message.text
    if not text or len(text.split()) > LONGEST_KEEPING:
        return None
    asked = turn.offer is not None and turn.offer.yes.get("do") == "withdraw_now"
    if turn.position.draft:
        return Again("kept", (reply("nav.kept"),)) if turn.says("keeps") else None
    if not asked or turn.offer is None or not (turn.mentions("cancels") or turn.says("keeps")):
        return None
    if turn.says("keeps") or turn.mentions("not_so"):
        return reopening.keep(turn)
    return buttons.act(turn, turn.offer.yes)


def to_file(turn: Turn) -> Outcome | None:
    """«باشه ثبت کن برای شهرداری»: at a card, at an offer, at another body's number; None where it means nothing."""
    if not is_to_file(turn):
        return None
    draft, question = turn.position.draft, turn.position.question
    if question is None:
        action = _filing(turn)
        if action:  # «ببخشید که کافی نبود» is for who says no to an answer
            return buttons.act(turn, {"guesses": (), **action})
        return smalltalk.already_filed(turn) or intake.register(turn)
    if draft is None:
        return None
    match question.kind:
        case "confirm" | "correct_what":
            return filing.confirm(turn, draft)
        case "attribute" if attributes.missing(turn, draft) is None:
            return filing.confirm(turn, draft)
        case "near" | "which_place":
            return place_answer.skip(turn, draft)
        case "elsewhere":
            return elsewhere.despite(turn, draft)
        case "place":
            return Again("not_read", otherwise="place.not_read")
        case "service" if draft.likely and draft.guesses:
            return service.chosen(turn, draft, draft.guesses[0])
    return None


def is_to_file(turn: Turn) -> bool:
    """Whether her words are this order and nothing else."""
    return (
        len(turn.message.text) <= LONGEST and turn.mentions("file") and turn.made_of("file", "file_besides")
    )


def _filing(turn: Turn) -> Mapping[str, Any] | None:
    offered = (turn.offer.file, turn.offer.no, turn.offer.yes) if turn.offer else ()
    return next((action for action in offered if action and action.get("do") in FILES), None)
