"""Pilgrims who write Arabic are told in Arabic what is understood here; their words are read all the same."""

from __future__ import annotations

from actions import wording
from actions.dialogue import Reply
from actions.turn import Turn, reply

SURE = 2
"""So many Arabic words make an Arabic text; a single one may be a quotation."""
FEW_WORDS = 3


def told(turn: Turn) -> tuple[Reply, ...]:
    """What stands above the answer to an Arabic message; nothing above any other."""
    message = turn.message
    if message.in_group or message.forwarded or message.press:
        return ()
    found = wording.how_many(turn.knowledge.texts, "arabic", message.text)
    alone = found > 0 and len(wording.tokens(message.text)) <= FEW_WORDS
    return (reply("arabic.told"),) if found >= SURE or alone else ()
