"""Guests who write Arabic or English are told in it what is understood here; their words are read all the same."""

from __future__ import annotations

from actions import wording
from actions.dialogue import Reply
from actions.turn import Turn, reply
from persian.english import is_english

SURE = 2
"""So many Arabic words make an Arabic text; a single one may be a quotation."""
FEW_WORDS = 3


def told(turn: Turn) -> tuple[Reply, ...]:
    """What stands above the answer to a message in another language; nothing above any other."""
    message = turn.message
    if message.in_group or message.forwarded or message.press:
        return ()
    if is_english(message.text):
        return (reply("english.told"),)
    found = wording.how_many(turn.knowledge.texts, "arabic", message.text)
    alone = found > 0 and len(wording.tokens(message.text)) <= FEW_WORDS
    return (reply("arabic.told"),) if found >= SURE or alone else ()
