"""A picture instead of words: a sticker, «👍», «🙏🙏». Some are as good as a word; others get a friendly sentence."""

from __future__ import annotations

from dataclasses import replace

from actions.dialogue import Understanding
from actions.outcomes import Again, Outcome
from actions.turn import Turn, reply
from actions.wording import listed

MEANINGS = ("affirm", "deny", "thanks", "greet", "goodbye")
"""Intents that have pictures in `emoji` of data/messages."""
_CARRIED = "\ufe0f\u200d\u20e3"
_SKIN = range(0x1F3FB, 0x1F400)


def is_only_pictures(text: str) -> bool:
    """«👍🏼», «😂😂», never «.» or «؟»."""
    signs = _signs(text)
    return bool(signs) and all(ord(sign) > 0x2190 and not sign.isalnum() for sign in signs)


def understood(turn: Turn) -> Turn:
    """The turn with the intent that her picture stands for; the same turn where it stands for none."""
    first = _signs(turn.message.text)[0]
    for intent in MEANINGS:
        if any(first == _signs(picture)[0] for picture in listed(turn.text(f"emoji.{intent}"))):
            return replace(turn, understanding=Understanding(intent, 1.0))
    return turn


def says_nothing(turn: Turn) -> bool:
    """Pictures alone, and none of them is as good as a word."""
    return is_only_pictures(turn.message.text) and turn.intent not in MEANINGS


def say(_turn: Turn) -> Outcome:
    return Again("emoji", (reply("smalltalk.emoji", keyboard="main"),))


def _signs(text: str) -> list[str]:
    return [sign for sign in text if not sign.isspace() and sign not in _CARRIED and ord(sign) not in _SKIN]
