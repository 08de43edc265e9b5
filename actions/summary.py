"""The summary before filing: what will be filed, in at most five short lines, and what she says to it."""

from __future__ import annotations

import re
from dataclasses import replace

from actions import attributes, correction, filing, further, place, place_answer, service
from actions.dialogue import Reply
from actions.outcomes import Advance, Again, Outcome
from actions.position import Draft, Question
from actions.turn import Turn, navigation, reply
from actions.wording import tokens
from persian.digits import to_persian

SHOWN_WORDS = 120
SHOWN_WHOLE = 400
"""So long a description is shown as it is; more would push the buttons off a phone's screen."""
FEWEST_WORDS = 3
LONGEST_CORRECTION = 8
_SENTENCE_END = re.compile(r"(?<=[.!\u061f\u061b\n])\s*")


def ask(turn: Turn, draft: Draft, _question: Question) -> Reply:
    """What will be filed, to be confirmed with one tap."""
    assert draft.service is not None
    service = turn.knowledge.catalogue.service(draft.service)
    label, details = turn.service_label(draft.service), attributes.shown(turn, draft)
    more = (turn.button("summary.details", "details"),) if attributes.optional(turn, draft) else ()
    skipped = turn.text("place.skipped") if draft.place_skipped and service.place == "required" else ""
    return reply(
        "summary.ask",
        (turn.button("summary.confirm", "confirm"),),
        (turn.button("summary.correct", "correct"), *more),
        navigation(turn),
        head=turn.text("summary.head", service=label, details=details) if details else label,
        place=place.label(turn, draft) or skipped,
        words=excerpt(turn, draft.words, service.keywords),
        files=to_persian(len(draft.media)) if draft.media else "",
    )


def excerpt(turn: Turn, words: tuple[str, ...], keywords: tuple[str, ...]) -> str:
    """Her words in one line; of a long letter the part from the sentence on that names the matter."""
    pause = turn.text("summary.pause")
    whole = pause.join(" ".join(part.split()).rstrip(f".{pause}") for part in words)
    if len(whole) <= SHOWN_WHOLE:  # what is filed is what she has seen
        return whole
    sentences = [sentence for sentence in _SENTENCE_END.split("\n".join(words)) if sentence.strip()]
    wanted = {token for keyword in keywords for token in tokens(keyword)}
    scores = [sum(token in wanted for token in tokens(sentence)) for sentence in sentences]
    first = scores.index(max(scores))
    shown = shortened(" ".join(sentences[first:]), SHOWN_WHOLE)
    return f"…{shown}" if first else shown


def shortened(words: str, most: int = SHOWN_WORDS) -> str:
    """Words in one line of so many letters."""
    line = " ".join(words.split())
    return line if len(line) <= most else line[: most - 1].rsplit(" ", 1)[0] + "…"


def read(turn: Turn, draft: Draft) -> Outcome:
    """Words instead of «ثبت شود»: yes, no, a correction, a further matter, or more about this one."""
    known = turn.understanding
    if turn.is_sure("affirm", 0.5) and not place.named(turn):
        return filing.confirm(turn, draft)
    other = further.of_message(turn, draft)
    if other:
        return Advance(further.noted(turn, draft, other), (further.said(turn, other),), act="other_matter")
    closer = place_answer.closer(turn, draft)
    if closer:
        return Advance(closer, act="closer")
    short = len(turn.message.text.split()) <= LONGEST_CORRECTION
    if turn.intent in ("correct", "deny") or (known and known.locations and short):
        return correction.read(turn, draft)
    if service.takes_all(turn):  # the others come when this one is filed
        return Again("all_of_them", otherwise="summary.please_confirm")
    if turn.mentions("about_us") and turn.sure_service != draft.service and not place.named(turn):
        return Again("talk", otherwise="summary.please_confirm")
    if _is_more_of_it(turn, draft):
        added = replace(draft, words=(*draft.words, turn.message.text))
        if place.named(turn) and draft.place is None:
            added = place.found(turn, added, place.named(turn))
        return Advance(added, (reply("summary.added"),), act="added")
    if turn.intent in ("greet", "thanks", "goodbye"):
        return Again("not_read", otherwise="summary.please_confirm")
    return Again("not_read", read=False, otherwise="summary.not_read")


def _is_more_of_it(turn: Turn, draft: Draft) -> bool:
    """A request goes on; so does what is hardly anything else, and is more than a word or two."""
    if turn.intent == "request" or (turn.intent == "info" and turn.sure_service == draft.service):
        return True
    loose = turn.intent in ("out_of_scope", "status") and not turn.is_sure(turn.intent, 0.9)
    return loose and len(turn.message.text.split()) >= FEWEST_WORDS
