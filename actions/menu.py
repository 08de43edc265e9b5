"""The lasting keyboards, and the words that act as commands: key labels, /start, «لغو».

Commands are matched on the whole folded message only, so that no sentence of a citizen acts as one by accident.
"""

from __future__ import annotations

import re
from functools import lru_cache

from actions.outcomes import Again, Outcome
from actions.texts import Texts
from actions.turn import Turn, reply
from persian.letters import folded

KEYBOARDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "main": (("menu.register", "menu.track"), ("menu.mine", "menu.handoff")),
    "place": (("menu.send_location",), ("menu.no_place",), ("nav.back", "nav.cancel")),
}
"""Rows of text keys. `menu.send_location` asks the phone for its position."""

ONCE = {"place"}
"""Keyboards that hide after one use."""

_COMMANDS = {
    "menu.register": "register",
    "menu.track": "track",
    "menu.mine": "mine",
    "menu.handoff": "handoff",
    "menu.no_place": "no_place",
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
_NOT_WORDS = re.compile(r"[^\w\s]")


def _plain(text: str) -> str:
    """Letters and digits alone: «نمی‌دانم», «نمی دانم» and «نمیدانم» are the same command."""
    return "".join(_NOT_WORDS.sub(" ", folded(text)).split())


def command_in(text: str, texts: Texts) -> str | None:
    """The command that the whole message is, or None."""
    words = text.split()
    if words and words[0].startswith("/"):
        return _SLASH.get(words[0][1:].split("@")[0].lower())
    return _labels(texts).get(_plain(text)) if len(text) <= LONGEST else None


@lru_cache(maxsize=4)
def _labels(texts: Texts) -> dict[str, str]:
    spoken = {_plain(texts.say(key)): name for key, name in _COMMANDS.items()}
    for name in set(_COMMANDS.values()):
        if texts.has(f"command_words.{name}"):
            spoken |= {_plain(word): name for word in texts.say(f"command_words.{name}").split("،")}
    return spoken


def start(turn: Turn) -> Outcome:
    """First contact: two lines and four lasting buttons. An open draft is not lost by it."""
    key = "start.again" if turn.position.draft else "start.welcome"
    return Again("start", (reply(key, keyboard="main"),))


def show_help(_turn: Turn) -> Outcome:
    return Again("help", (reply("help.text", keyboard="main"),))
