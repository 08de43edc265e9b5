"""What a pressed button does. A stale one says so and shows where the conversation stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from actions import (
    afterwards,
    alarm,
    attributes,
    correction,
    elsewhere,
    faq,
    files,
    filing,
    intake,
    menu,
    place_answer,
    reopening,
    service,
    smalltalk,
    status,
)
from actions.dialogue import Button
from actions.outcomes import Advance, Again, Outcome, Put
from actions.position import Draft, Question
from actions.turn import Turn, reply, stale

Action = Mapping[str, Any]

ABOUT_DRAFT: dict[str, Callable[[Turn, Draft, Action], Outcome]] = {
    "choose_service": lambda turn, draft, a: service.chosen(turn, draft, a["service"]),
    "confirm": lambda turn, draft, a: filing.confirm(turn, draft),
    "correct": lambda turn, draft, a: Put(Question("correct_what"), draft),
    "correct_field": lambda turn, draft, a: correction.field(turn, draft, a["field"], a.get("attribute", "")),
    "details": lambda turn, draft, a: attributes.offer(turn, draft),
    "set_attribute": lambda turn, draft, a: attributes.set_value(turn, draft, a["attribute"], a["value"]),
    "skip_attribute": lambda turn, draft, a: attributes.skip(turn, draft),
    "photo_place": lambda turn, draft, a: place_answer.at_photo(turn, draft),
    "other_place": lambda turn, draft, a: place_answer.not_at_photo(turn, draft),
    "choose_district": lambda turn, draft, a: place_answer.choose_district(turn, draft, a["district"]),
    "despite": lambda turn, draft, a: elsewhere.despite(turn, draft),
    "other_matter": lambda turn, draft, a: elsewhere.other_matter(turn, draft),
    "add_media": lambda turn, draft, a: files.add_to_request(turn, a["request"]),
}
"""Buttons that act on the open draft."""

ANY_TIME: dict[str, Callable[[Turn, Action], Outcome]] = {
    "back": lambda turn, a: intake.back(turn),
    "cancel": lambda turn, a: intake.cancel(turn),
    "register": lambda turn, a: intake.register(turn),
    "help": lambda turn, a: menu.show_help(turn),
    "show_groups": lambda turn, a: service.show_groups(turn),
    "show_group": lambda turn, a: service.show_group(turn, a["group"]),
    "let_go": lambda turn, a: elsewhere.let_go(turn),
    "handoff": lambda turn, a: smalltalk.handoff(turn),
    "answer_helped": lambda turn, a: faq.helped(turn),
    "answer_missed": lambda turn, a: faq.missed(turn, a),
    "show_request": lambda turn, a: status.show_request(turn, a["request"]),
    "solved": lambda turn, a: reopening.solved(turn, a["request"]),
    "not_solved": lambda turn, a: reopening.not_solved(turn, a["request"]),
    "withdraw": lambda turn, a: reopening.withdraw(turn, a["request"]),
    "withdraw_now": lambda turn, a: reopening.withdraw_now(turn, a["request"]),
    "keep_request": lambda turn, a: reopening.keep(turn),
    "add_note": lambda turn, a: afterwards.add_note(turn, a),
    "new_matter": lambda turn, a: afterwards.new_matter(turn, a),
    "file_also": lambda turn, a: file_also(turn, a),
    "file_alarmed": lambda turn, a: alarm.file_all_the_same(turn, a),
    "calmed": lambda turn, a: alarm.calmed(turn),
    "no_number": lambda turn, a: status.no_number(turn),
}
"""Buttons that need no draft."""


def pressed(turn: Turn) -> Outcome:
    press = turn.message.press
    assert press is not None
    return _stale(turn) if press.stale else act(turn, press.action)


def act(turn: Turn, action: Action) -> Outcome:
    """What a button stands for, pressed or said."""
    name = str(action.get("do", ""))
    if name in ABOUT_DRAFT:
        draft = turn.position.draft
        return ABOUT_DRAFT[name](turn, draft, action) if draft else _stale(turn)
    return ANY_TIME[name](turn, action) if name in ANY_TIME else _stale(turn)


def _stale(turn: Turn) -> Outcome:
    return Again("stale_button", (stale(turn),))


def file_also(turn: Turn, action: Action) -> Outcome:
    """A further issue of an earlier message: a draft of its own."""
    press = turn.message.press
    if turn.position.draft and press:
        # The button was used up by this tap: she gets it again for afterwards.
        later = Button(press.label, dict(action), sticky=True)
        return Again("register", (reply("intake.already_open", (later,)),))
    return filing.already(turn, action) or Advance(filing.further_draft(action))
