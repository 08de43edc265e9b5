"""The intake: from the first words of a matter to a filed request, driven by the catalogue.

`next_question` looks at what the draft still lacks; each kind of question has a module that asks it and reads the
answer. Whatever happens in between (a question answered, a greeting), the open question is asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from actions import (
    attributes,
    correction,
    elsewhere,
    place,
    place_answer,
    place_filed,
    reopening,
    service,
    smalltalk,
    status,
    summary,
)
from actions.dialogue import Reply, StepResult
from actions.outcomes import Advance, Again, Outcome, Put
from actions.position import Draft, Position, Question
from actions.turn import Turn, reply

ASKS: dict[str, Callable[[Turn, Draft, Question], Reply]] = {
    "matter": service.ask_matter,
    "service": service.ask_service,
    "group": service.ask_group,
    "elsewhere": elsewhere.ask,
    "place": place.ask,
    "photo_place": place.ask_photo,
    "near": place.ask_near,
    "which_place": place.ask_which,
    "attribute": attributes.ask,
    "confirm": summary.ask,
    "correct_what": correction.ask_what,
    "words": correction.ask_words,
}
"""How each question about a draft is asked."""

READS: dict[str, Callable[[Turn, Draft], Outcome]] = {
    "matter": service.read_matter,
    "service": service.read_service,
    "group": service.read_service,
    "elsewhere": elsewhere.read,
    "place": place_answer.read,
    "photo_place": place_answer.read_photo,
    "near": place_answer.read,
    "which_place": place_answer.read,
    "attribute": attributes.read,
    "confirm": summary.read,
    "correct_what": correction.read_what,
    "words": correction.read_words,
}
"""How her words are read as the answer to it."""

READS_WITHOUT_DRAFT: dict[str, Callable[[Turn], Outcome]] = {
    "number": status.read_number,
    "reopen_reason": reopening.read_reason,
    "review_reason": reopening.read_reason,
}

UNKNOWN: dict[str, Callable[[Turn, Draft], Outcome]] = {
    "matter": lambda turn, draft: service.not_sure(turn),
    "service": lambda turn, draft: service.not_sure(turn),
    "group": lambda turn, draft: service.not_sure(turn),
    "place": place_answer.skip,
    "photo_place": place_answer.not_at_photo,
    "near": place_answer.skip,
    "which_place": place_answer.skip,
    "attribute": attributes.skip,
}
"""What «نمی‌دانم» means to a question about a draft."""

OUTSIDE = "outside"
NOT_UNDERSTOOD_AT_MOST = 1
"""After so many messages in a row that were not understood the next one is a person's task."""


def next_question(turn: Turn, draft: Draft) -> Question:
    """What the draft still lacks, the most important first."""
    if draft.service is None:
        return Question("service" if draft.guesses else "matter")
    known = turn.knowledge.catalogue.service(draft.service)
    if not known.ours and not draft.despite:
        return Question("elsewhere")
    if known.place != "none" and draft.place is None and not draft.place_skipped:
        return Question("photo_place" if place.of_photo(turn, draft) else "place")
    if known.place == "required" and draft.place is not None and not draft.near_asked:
        if len(place.candidates(turn, draft)) > 1:
            return Question("which_place")
        if draft.district == "unknown" and place_filed.routed_as(turn, draft) == "unknown":
            return Question("near")
    missing = attributes.missing(turn, draft)
    if missing:
        return Question("attribute", missing.code)
    return Question("confirm")


def settle(turn: Turn, outcome: Outcome) -> StepResult:
    """Turn the outcome of a capability into the result of the step: ask what is to be asked."""
    match outcome:
        case StepResult():
            return outcome
        case Advance():
            draft = attributes.filled(turn, outcome.draft)
            before = (*outcome.before, *_outside(turn, draft))
            asked = _put(turn, Put(next_question(turn, draft), draft, before))
            if turn.position.question is None:
                asked = replace(
                    asked, replies=tuple(place.with_matter(turn, draft, one) for one in asked.replies)
                )
            return replace(asked, act=outcome.act or asked.act)
        case Put():
            return _put(turn, outcome)
        case Again():
            return _again(turn, outcome)
        case _:
            raise TypeError(f"an outcome nobody settles here: {outcome!r}")


def _outside(turn: Turn, draft: Draft) -> tuple[Reply, ...]:
    """Said once, when the place turns out to lie outside the city."""
    known = turn.position.draft
    news = draft.district == OUTSIDE and (known is None or known.district != OUTSIDE)
    return (reply("place.is_outside"),) if news else ()


def _put(turn: Turn, put: Put) -> StepResult:
    position = turn.position.asking(put.question, put.draft)
    asked = ASKS[put.question.kind](turn.moved(position), put.draft, put.question)
    return StepResult(f"ask_{put.question.kind}", position, (*put.before, asked))


def _again(turn: Turn, outcome: Again) -> StepResult:
    position = turn.position.understood()
    if not outcome.read:
        if turn.position.misunderstood >= NOT_UNDERSTOOD_AT_MOST:
            outcome = _passed_on(turn, outcome)
        else:
            position = replace(turn.position, misunderstood=turn.position.misunderstood + 1)
    if position.question is None:
        position = replace(position, offer=outcome.offer)
    question = open_question(turn.moved(position))
    if outcome.otherwise:
        question = tuple(replace(one, key=outcome.otherwise, variables={}) for one in question)
    return StepResult(outcome.act, position, (*outcome.before, *question), outcome.calls)


def _passed_on(turn: Turn, outcome: Again) -> Again:
    """Not understood twice in a row: a person has to look at it, and the bot says so."""
    task = smalltalk.handoff_task(turn, "not_understood")
    return Again("handoff", (smalltalk.handoff_words(turn),), (*outcome.calls, task))


def open_question(turn: Turn) -> tuple[Reply, ...]:
    """The open question as a reply; nothing where none is open."""
    position = turn.position
    if position.question is None:
        return ()
    if position.draft is None:
        if position.question == status.NUMBER:
            return status.ask_number(turn)
        return (reply(f"question.{position.question.kind}", (turn.button("nav.cancel", "cancel"),)),)
    return (ASKS[position.question.kind](turn, position.draft, position.question),)


def open_draft(turn: Turn) -> Outcome:
    """A message that asks for something opens a draft with what was understood of it."""
    words = (turn.message.text,) if turn.message.text else ()
    draft = service.understood(turn, turn.new_draft(words=words))
    if place.named(turn):
        draft = place.found(turn, draft, place.named(turn))
    return Advance(place_filed.same_as_before(turn, draft) or draft if draft.place is None else draft)


def open_with_place(turn: Turn) -> Outcome:
    """A place and nothing else: it says nothing of the matter."""
    return service.place_first(turn, turn.new_draft())


def register(turn: Turn) -> Outcome:
    """«ثبت درخواست»: a draft without words; what is open already goes on."""
    draft, question = turn.position.draft, turn.position.question
    if draft is None or question is None or question.kind == "elsewhere":
        return Advance(turn.moved(Position()).new_draft())
    begun = draft.words or draft.service or draft.media or draft.place
    return Again("register", (reply("intake.already_open"),) if begun else ())


def read_answer(turn: Turn) -> Outcome:
    """Her words as the answer to the open question."""
    question, draft = turn.position.question, turn.position.draft
    assert question is not None
    if draft is None:
        return READS_WITHOUT_DRAFT[question.kind](turn)
    return READS[question.kind](turn, draft)


FORWARDED_IS_MATTER = ("confirm", "attribute", "correct_what", "elsewhere")
"""To these questions words that somebody else wrote are no answer: they say more about the matter."""


def read_forwarded(turn: Turn) -> Outcome | None:
    """A forwarded message while a draft is open; None where it may be the answer (the matter, the place)."""
    draft, question = turn.position.draft, turn.position.question
    if draft is None or question is None or question.kind not in FORWARDED_IS_MATTER:
        return None
    added = replace(draft, words=(*draft.words, turn.message.text))
    return Advance(added, (reply("summary.added"),), act="forwarded")


def unknown(turn: Turn) -> Outcome:
    """«نمی‌دانم», as the open question means it."""
    draft, question = turn.position.draft, turn.position.question
    if question is None:
        return smalltalk.nothing_open(turn)
    if draft is None:
        return status.no_number(turn) if question.kind == "number" else read_answer(turn)
    if question.kind in UNKNOWN:
        return UNKNOWN[question.kind](turn, draft)
    return Again("not_read", otherwise="summary.not_read" if question.kind == "confirm" else None)


def back(turn: Turn) -> Outcome:
    """«مرحلهٔ قبل»: the question before this one, with the draft as it was then; files are kept."""
    position = turn.position
    if not position.draft:
        return StepResult("nothing_open", Position(), (reply("nav.nothing_open", keyboard="main"),))
    if not position.history:
        if position.question == Question("confirm"):  # all was said at once: what may be wrong with it?
            return Put(Question("correct_what"), position.draft)
        return Again("first_step", (reply("nav.first_step"),))
    draft, question = position.history[-1]
    draft = replace(draft, media=position.draft.media)
    position = replace(position, draft=draft, question=question, history=position.history[:-1])
    return StepResult("back", position, open_question(turn.moved(position)))


def cancel(turn: Turn) -> Outcome:
    """«لغو»: the draft is thrown away, nothing was filed."""
    if turn.position.draft:
        return StepResult("cancelled", Position(), (reply("nav.cancelled", keyboard="main"),))
    if turn.position.question:
        return StepResult("cancelled", Position(), (reply("smalltalk.fine", keyboard="main"),))
    return StepResult("nothing_open", Position(), (reply("nav.nothing_open", keyboard="main"),))
