"""A button said in words: its label typed out, or its place in a list («۲», «دومی»)."""

from __future__ import annotations

from actions import intake, wording
from actions.dialogue import Press
from actions.turn import Turn

CHOICES = ("choose_service", "show_group", "show_groups", "set_attribute", "choose_district", "correct_field")
NONE_OF_THESE = ({"do": "show_groups"}, {"do": "choose_district", "district": "unknown"})
LONGEST = 60


def press_meant(turn: Turn) -> Press | None:
    """The button of the open question that her words stand for, or None."""
    text = turn.message.text
    if turn.position.question is None or not text.strip() or len(text) > LONGEST:
        return None
    shown = [b for reply in intake.open_question(turn) for row in reply.buttons for b in row]
    said = wording.plain(text)
    for button in shown:
        if wording.plain(button.label) == said:
            return Press(button.action, button.label)
    if wording.stands_for(turn.knowledge.texts, "none", text):
        none = next((b for b in shown if b.action in NONE_OF_THESE), None)
        return Press(none.action, none.label) if none else None
    choices = [button for button in shown if button.action["do"] in CHOICES]
    number = wording.ordinal(turn.knowledge.texts, text)
    if number is None or number > len(choices):
        return None
    return Press(choices[number - 1].action, choices[number - 1].label)
