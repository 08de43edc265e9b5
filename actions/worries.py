"""What worries her in the middle: who will know that it was she, and whether a person answers."""

from __future__ import annotations

from actions import beside
from actions.outcomes import Again, Outcome
from actions.turn import Turn, reply

LONGEST = 15
WANTS_PERSON = ("handoff", "bot_complaint", "abuse", "out_of_scope", "help")
SURE = 0.5


def about_secrecy(turn: Turn) -> Outcome | None:
    """«اسم منو نمیدین بهشون که؟», «نمیخوام همسایه بفهمه»: who sees what; what is open stays open."""
    draft = turn.position.draft
    is_matter = turn.sure_service is not None and (draft is None or turn.sure_service != draft.service)
    if is_matter or len(turn.message.text.split()) > LONGEST:
        return None
    named = turn.says("her_name") and turn.mentions("tells")
    if not named and not turn.says("secrecy"):
        return None
    return Again("reassured", (reply("answers.confidential"),))


def wants_person(turn: Turn) -> bool:
    """«یه آدم بیاد جواب بده», also where it is said in anger about the bot."""
    if turn.intent not in WANTS_PERSON or (turn.understanding and turn.understanding.locations):
        return False
    # «یکی بیاد چاله رو پر کنه» wants the hole filled.
    return turn.says("person") or (turn.is_sure("handoff", SURE) and beside.surely_named(turn) is None)
