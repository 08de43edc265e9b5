"""A button said in words: its label typed out, or its place in a list («۲», «دومی»)."""

from __future__ import annotations

from actions import intake, wording
from actions.dialogue import Button, Press
from actions.turn import Turn

CHOICES = ("choose_service", "show_group", "show_groups", "set_attribute", "choose_district", "correct_field")
NONE_OF_THESE = ({"do": "show_groups"}, {"do": "choose_district", "district": "unknown"})
LONGEST = 60
PART = 2
"""So many words of a label are taken for it; more may tell of something."""
SHORTEST_WORD = 3


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
    named = _named_in_part(choices, text)
    if named:
        return Press(named.action, named.label)
    number = wording.ordinal(turn.knowledge.texts, text)
    if number is None or number > len(choices):
        return None
    return Press(choices[number - 1].action, choices[number - 1].label)


def _named_in_part(choices: list[Button], text: str) -> Button | None:
    """«جوی» for «لایروبی جوی و کانال»: the one button in whose label these words stand, where no other has them."""
    words = wording.tokens(text)
    if not words or len(words) > PART or not any(len(w) >= SHORTEST_WORD and w.isalpha() for w in words):
        return None
    # A group holds many services: there the word is better understood than taken for the label.
    having = [
        button
        for button in choices
        if button.action["do"] != "show_group" and set(words) <= set(wording.tokens(button.label))
    ]
    return having[0] if len(having) == 1 else None
