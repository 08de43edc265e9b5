"""The lasting keyboards, and the words that act as commands: key labels, /start, «لغو».

Commands are matched on the whole folded message only, so that no sentence of a citizen acts as one by accident.
"""

from __future__ import annotations

from functools import lru_cache

from actions import following
from actions.dialogue import StepResult
from actions.outcomes import Again, Outcome
from actions.position import Position
from actions.texts import Texts
from actions.turn import Turn, reply
from actions.wording import listed, plain

KEYBOARDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "main": (("menu.register", "menu.track"), ("menu.mine", "menu.handoff")),
    "place": (("menu.send_location",), ("menu.no_place",), ("nav.back", "nav.cancel")),
    "place_optional": (("menu.send_location",), ("menu.anywhere",), ("nav.back", "nav.cancel")),
}
"""Rows of text keys. `menu.send_location` asks the phone for its position."""

ONCE = {"place", "place_optional"}
"""Keyboards that hide after one use."""

_COMMANDS = {
    "menu.register": "register",
    "menu.track": "track",
    "menu.mine": "mine",
    "menu.handoff": "handoff",
    "menu.no_place": "unknown",
    "menu.anywhere": "unknown",
    "nav.back": "back",
    "nav.cancel": "cancel",
}
_SLASH = {
    "start": "start",
    "help": "help",
    "new": "register",
    "track": "track",
    "mine": "mine",
    "operator": "handoff",
    "cancel": "cancel",
}
LONGEST = 40
ABOUT_PLACES = ("place", "photo_place", "near", "which_place")


def command_in(text: str, texts: Texts) -> str | None:
    """The command that the whole message is, or None."""
    words = text.split()
    if words and words[0].startswith("/"):
        return _SLASH.get(words[0][1:].split("@")[0].lower())
    return _labels(texts).get(plain(text)) if len(text) <= LONGEST else None


@lru_cache(maxsize=4)
def _labels(texts: Texts) -> dict[str, str]:
    spoken = {plain(texts.say(key)): name for key, name in _COMMANDS.items()}
    for name in {*_COMMANDS.values(), *_SLASH.values(), "repeat"}:
        if texts.has(f"command_words.{name}"):
            spoken |= {plain(word): name for word in listed(texts.say(f"command_words.{name}"))}
    return spoken


def start(turn: Turn) -> Outcome:
    """First contact: two lines and four lasting buttons. An open draft is not lost by it."""
    if turn.facts.follow_code:
        return following.joined(turn) if turn.facts.to_follow else following.expired(turn)
    if turn.position.draft:
        return Again("start", (reply("start.again", keyboard="main"),))
    return StepResult("start", Position(), (reply("start.welcome", keyboard="main"),))


def repeat(turn: Turn) -> Outcome:
    """«دوباره بگو», «چی؟»: the open question once more; where none is open, what she can do here."""
    return Again("repeat") if turn.position.question else show_help(turn)


def show_help(turn: Turn) -> Outcome:
    """What she can do here; where the place is asked, how to say it."""
    question = turn.position.question
    if question and question.kind in ABOUT_PLACES:
        return Again("help", otherwise="help.place")
    return Again("help", (reply("help.text", keyboard="main"),))
