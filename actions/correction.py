"""The correction of any field, by button or in her own words («نه، هدایت ۱۲»)."""

from __future__ import annotations

from dataclasses import replace

from actions import attributes, place, rejection
from actions.dialogue import Button, Reply
from actions.outcomes import Advance, Again, Outcome, Put
from actions.position import Draft, Question
from actions.turn import Turn, in_rows, navigation, reply

FEWEST_WORDS = 3
"""«نه» says that something is wrong, not what: with fewer words no service is read from a correction."""
SURE_SERVICE = 0.6
FIELDS = ("service", "place", "words")
HINTS = {"place": "place", "service": "service", "text": "words"}
"""Lists of words in data/messages -> the field they speak of («آدرسش غلطه»)."""


def ask_what(turn: Turn, draft: Draft, _question: Question) -> Reply:
    """Which field is wrong?"""
    fields = [turn.button(f"summary.field_{field}", "correct_field", field=field) for field in FIELDS]
    fields += [
        Button(
            turn.text(
                "summary.field_attribute",
                value=attributes.shown_value(attribute, str(draft.attributes[attribute.code])),
            ),
            {"do": "correct_field", "field": "attribute", "attribute": attribute.code},
        )
        for attribute in attributes.of_service(turn, draft)
        if attribute.code in draft.attributes
    ]
    return reply("summary.which_field", *in_rows(fields, 1), navigation(turn))


def ask_words(turn: Turn, _draft: Draft, _question: Question) -> Reply:
    return reply("intake.new_words", navigation(turn))


def field(_turn: Turn, draft: Draft, name: str, attribute: str = "") -> Outcome:
    """A field to be said anew: its question is asked now."""
    match name:
        case "service":
            kind = "service" if len(draft.guesses) > 1 else "group"
            return Put(Question(kind), replace(draft, how="corrected"))
        case "place":
            return Put(Question("place"), draft)
        case "attribute":
            return Put(Question("attribute", attribute), draft)
    return Put(Question("words"), draft)


def read(turn: Turn, draft: Draft) -> Outcome:
    """A correction in words: what it says is taken; what it only points at is asked."""
    better = _corrected(turn, draft)
    if better:
        return Advance(better, act="corrected")
    better = rejection.of_detail(turn, draft)
    if better:
        return Advance(better, act="corrected")
    if rejection.of_service(turn, draft):
        guesses = tuple(code for code in draft.guesses if code != draft.service)
        return Put(
            Question("service" if guesses else "group"), replace(draft, guesses=guesses, how="corrected")
        )
    spoken_of = _field_spoken_of(turn)
    return field(turn, draft, spoken_of) if spoken_of else Put(Question("correct_what"), draft)


def of_matter(turn: Turn, draft: Draft) -> Draft | None:
    """«نه آسفالت نه، چراغش خرابه» to another question: the draft with the other matter, its place kept."""
    corrects = turn.is_sure("correct", SURE_SERVICE) or turn.is_sure("deny", SURE_SERVICE)
    if not corrects or place.named(turn):
        return None
    better = _corrected(turn, draft)
    return better if better and turn.knowledge.catalogue.service(better.service or "").ours else None


def _field_spoken_of(turn: Turn) -> str | None:
    named = [name for words, name in HINTS.items() if turn.mentions(words)]
    return named[0] if len(named) == 1 else None


def _corrected(turn: Turn, draft: Draft) -> Draft | None:
    """The draft with what her words say, or None where they say nothing that can be read."""
    known = turn.understanding
    if known is None:
        return None
    if known.locations:
        return place.found(turn, draft, known.locations)
    if (
        not known.ranking
        or len(turn.message.text.split()) < FEWEST_WORDS
        or _field_spoken_of(turn) == "place"
    ):
        return None
    best, confidence = known.ranking[0]
    if best == draft.service or confidence < SURE_SERVICE:
        return None
    return replace(
        draft,
        service=best,
        how="corrected",
        attributes={},
        despite=False,
        words=(*draft.words, turn.message.text),
    )


def read_what(turn: Turn, draft: Draft) -> Outcome:
    """She says at once what is right instead of pressing a field."""
    if turn.is_sure("affirm", 0.6):
        return Put(Question("confirm"), draft)
    better = _corrected(turn, draft)
    if better:
        return Advance(better, act="corrected")
    spoken_of = _field_spoken_of(turn)
    if spoken_of:
        return field(turn, draft, spoken_of)
    if turn.intent == "request":
        return Advance(replace(draft, words=(*draft.words, turn.message.text)), act="added")
    return Again("not_read", read=False)


def read_words(turn: Turn, draft: Draft) -> Outcome:
    """Her description, said anew."""
    return Advance(replace(draft, words=(turn.message.text,)))
