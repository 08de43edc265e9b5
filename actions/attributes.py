"""The service's own questions (Open311 attributes): asked where required, offered where not."""

from __future__ import annotations

import re
from dataclasses import replace

from actions.dialogue import Button, Reply
from actions.outcomes import Advance, Again, Outcome, Put
from actions.position import Draft, Question
from actions.turn import Turn, in_rows, navigation, reply, stale
from casework.catalogue import Attribute
from persian.digits import to_latin, to_persian
from persian.letters import folded

LONGEST = 500
SHORT_ANSWER = 4
YES_OR_NO = ("yes", "no")
UNKNOWN = "unknown"
"""Keys of values in data/catalogue."""


def of_service(turn: Turn, draft: Draft) -> list[Attribute]:
    if draft.service is None:
        return []
    return sorted(turn.knowledge.catalogue.service(draft.service).attributes, key=lambda a: a.order)


def filled(turn: Turn, draft: Draft) -> Draft:
    """The draft with the answers that stand in her own words already: what she has said is not asked."""
    answers = dict(draft.attributes)
    for attribute in of_service(turn, draft):
        known = attribute.code in answers or attribute.code in draft.skipped
        value = None if known else attribute.read(draft.description)
        if value is not None:
            answers[attribute.code] = value.key
    return replace(draft, attributes=answers) if len(answers) > len(draft.attributes) else draft


def missing(turn: Turn, draft: Draft) -> Attribute | None:
    """The next required attribute that has no answer."""
    return next((a for a in of_service(turn, draft) if a.required and a.code not in draft.attributes), None)


def optional(turn: Turn, draft: Draft) -> list[Attribute]:
    """What may be added on the summary."""
    return [
        a for a in of_service(turn, draft) if a.code not in draft.attributes and a.code not in draft.skipped
    ]


def _asked(turn: Turn, draft: Draft, code: str) -> Attribute:
    return next(a for a in of_service(turn, draft) if a.code == code)


def ask(turn: Turn, draft: Draft, question: Question) -> Reply:
    attribute = _asked(turn, draft, question.about)
    values = [
        Button(value.name, {"do": "set_attribute", "attribute": attribute.code, "value": value.key})
        for value in attribute.values
    ]
    skip = () if attribute.required else (turn.button("attribute.skip", "skip_attribute"),)
    width = 1 if any(len(button.label) > 18 for button in values) else 2
    return reply(
        "attribute.ask", *in_rows(values, width), skip, navigation(turn), question=attribute.description
    )


def set_value(turn: Turn, draft: Draft, code: str, value: str) -> Outcome:
    """A pressed value; a button of a service that is no longer chosen changes nothing."""
    if not any(a.code == code for a in of_service(turn, draft)):
        return Again("stale_button", (stale(turn),))
    fresh = code not in draft.attributes
    draft = replace(draft, attributes={**draft.attributes, code: value})
    return _next_detail(turn, draft) if fresh else Advance(draft)


def skip(turn: Turn, draft: Draft) -> Outcome:
    """«رد کردن این سؤال»: it is not asked again."""
    question = turn.position.question
    if question is None or question.kind != "attribute":
        return Advance(draft)
    if _asked(turn, draft, question.about).required:
        return Again("not_read", read=False, otherwise="attribute.choose")
    return _next_detail(turn, replace(draft, skipped=(*draft.skipped, question.about)))


def offer(turn: Turn, draft: Draft) -> Outcome:
    """«افزودن جزئیات»: the first optional attribute that has no answer."""
    open_ones = optional(turn, draft)
    return Put(Question("attribute", open_ones[0].code), draft) if open_ones else Advance(draft)


def _next_detail(turn: Turn, draft: Draft) -> Outcome:
    """Who adds details is asked for the next one; what is required has its turn without that."""
    question = turn.position.question
    asked = _asked(turn, draft, question.about) if question and question.kind == "attribute" else None
    return Advance(draft) if asked is None or asked.required else offer(turn, draft)


def read(turn: Turn, draft: Draft) -> Outcome:
    """Her words as the value, checked against the attribute's data type."""
    question = turn.position.question
    assert question is not None
    attribute, text = _asked(turn, draft, question.about), turn.message.text.strip()
    if attribute.values:
        value = _value_named(attribute, text)
    elif attribute.datatype == "number":
        digits = re.search(r"\d+", to_latin(text))
        value = digits.group() if digits else None
    else:
        value = text[:LONGEST] or None
    if value is not None:
        return set_value(turn, draft, attribute.code, value)
    if turn.is_sure("deny", 0.6) and not attribute.required:
        return skip(turn, draft)
    key = "attribute.choose" if attribute.values else "attribute.number"
    return Again("not_read", (reply(key),), read=False)


def _value_named(attribute: Attribute, text: str) -> str | None:
    wanted = folded(text)
    exact = [v.key for v in attribute.values if folded(v.name) == wanted]
    within = [
        v.key
        for v in attribute.values
        if folded(v.name) in wanted or (len(wanted) > 2 and wanted in folded(v.name))
    ]
    matches = exact or within
    return matches[0] if len(matches) == 1 else None


def shown(turn: Turn, draft: Draft) -> str:
    """The answers in one line, for the summary; «نمی‌دانم» is no answer."""
    answered = [a for a in of_service(turn, draft) if draft.attributes.get(a.code, UNKNOWN) != UNKNOWN]
    return turn.text("place.comma").join(shown_value(a, str(draft.attributes[a.code])) for a in answered)


def shown_value(attribute: Attribute, value: str) -> str:
    """An answer as she reads it, with the question before it where it says nothing alone."""
    names = {one.key: one.name for one in attribute.values}
    name = names.get(value, to_persian(value))
    # «بله» or «۸۴» alone says nothing: then the question stands before it.
    alone = value not in YES_OR_NO if names else len(value) > SHORT_ANSWER
    return name if alone else f"{attribute.description} {name}"
