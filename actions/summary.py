"""The summary before filing, the correction of any field, and the filing itself."""

from __future__ import annotations

from dataclasses import replace

from actions import attributes, place
from actions.dates import days_of
from actions.dialogue import Button, FileRequest, Learn, Reply, StepResult
from actions.outcomes import Advance, Again, Outcome, Put
from actions.position import Draft, Position, Question
from actions.turn import Turn, in_rows, navigation, reply
from casework.catalogue import Service
from persian import tracking
from persian.digits import to_persian

SHOWN_WORDS = 120
ISSUES_AT_MOST = 4
"""An issue of an issue has a number of its own: no two drafts of one message may be filed under the same."""
FEWEST_WORDS = 3
"""«نه» says that something is wrong, not what: with fewer words no service is read from a correction."""


def ask(turn: Turn, draft: Draft, _question: Question) -> Reply:
    """What will be filed, in at most five lines, to be confirmed with one tap."""
    assert draft.service is not None
    words = " ".join(draft.description.split())
    details = () if not attributes.optional(turn, draft) else (turn.button("summary.details", "details"),)
    return reply(
        "summary.ask",
        (turn.button("summary.confirm", "confirm"),),
        (turn.button("summary.correct", "correct"), *details),
        navigation(turn),
        service=turn.service_label(draft.service),
        place=place.label(turn, draft) or (turn.text("place.skipped") if draft.place_skipped else ""),
        details=attributes.shown(turn, draft),
        words=words if len(words) <= SHOWN_WORDS else words[: SHOWN_WORDS - 1].rstrip() + "…",
        files=to_persian(len(draft.media)) if draft.media else "",
    )


def ask_what(turn: Turn, draft: Draft, _question: Question) -> Reply:
    """Which field is wrong?"""
    fields = [
        turn.button("summary.field_service", "correct_field", field="service"),
        turn.button("summary.field_place", "correct_field", field="place"),
        turn.button("summary.field_words", "correct_field", field="words"),
    ]
    fields += [
        Button(
            turn.text("summary.field_attribute", question=attribute.description.rstrip("؟?")),
            {"do": "correct_field", "field": "attribute", "attribute": attribute.code},
        )
        for attribute in attributes.of_service(turn, draft)
        if attribute.code in draft.attributes
    ]
    return reply("summary.which_field", *in_rows(fields, 1), navigation(turn))


def ask_words(turn: Turn, _draft: Draft, _question: Question) -> Reply:
    return reply("intake.new_words", navigation(turn))


def read_words(turn: Turn, draft: Draft) -> Outcome:
    """Her description, said anew."""
    return Advance(replace(draft, words=(turn.message.text,)))


def correct_field(turn: Turn, draft: Draft, field: str, attribute: str = "") -> Outcome:
    """A field to be said anew: its question is asked now."""
    match field:
        case "service":
            kind = "service" if len(draft.guesses) > 1 else "group"
            return Put(Question(kind), replace(draft, how="corrected"))
        case "place":
            return Put(Question("place"), draft)
        case "attribute":
            return Put(Question("attribute", attribute), draft)
    return Put(Question("words"), draft)


def corrected(turn: Turn, draft: Draft) -> Draft | None:
    """The draft with what a correction says («نه، هدایت ۱۲»), or None where it says nothing that can be read."""
    known = turn.understanding
    if known is None:
        return None
    if known.locations:
        return place.found(turn, draft, known.locations)
    best = known.ranking[0] if known.ranking and len(turn.message.text.split()) >= FEWEST_WORDS else None
    if best and best[0] != draft.service and (known.decision == "accept" or best[1] >= 0.6):
        return replace(
            draft,
            service=best[0],
            how="corrected",
            attributes={},
            despite=False,
            words=(*draft.words, turn.message.text),
        )
    return None


def read(turn: Turn, draft: Draft) -> Outcome:
    """Words instead of «ثبت شود»: yes, no, a correction, or more about the matter."""
    known = turn.understanding
    if turn.is_sure("affirm", 0.5):
        return confirm(turn, draft)
    if turn.intent in ("correct", "deny") or (
        known and known.locations and len(turn.message.text.split()) <= 8
    ):
        better = corrected(turn, draft)
        return Advance(better, act="corrected") if better else Put(Question("correct_what"), draft)
    if turn.intent in ("request", "info") and known:
        also = draft.also
        if known.decision == "accept" and known.service_code not in (None, draft.service, *also):
            also = (*also, str(known.service_code))
        added = replace(draft, words=(*draft.words, turn.message.text), also=also)
        if known.locations and draft.place is None:
            added = place.found(turn, added, known.locations)
        return Advance(added, act="added")
    if turn.intent in ("greet", "thanks", "goodbye"):
        return Again("not_read", (reply("summary.please_confirm"),))
    return Again("not_read", (reply("summary.not_read"),))


def read_what(turn: Turn, draft: Draft) -> Outcome:
    """She says at once what is right instead of pressing a field."""
    if turn.is_sure("affirm", 0.6):
        return Put(Question("confirm"), draft)
    better = corrected(turn, draft)
    if better:
        return Advance(better, act="corrected")
    if turn.intent == "request":
        return Advance(replace(draft, words=(*draft.words, turn.message.text)), act="added")
    return Again("not_read", (reply("summary.not_read"),))


def confirm(turn: Turn, draft: Draft) -> Outcome:
    """File it: the tracking number, who answers, the usual time; then what else she reported."""
    assert draft.service is not None
    service = turn.knowledge.catalogue.service(draft.service)
    district = draft.district
    # What is not ours is filed at the triage desk only: no unit's own system knows such a service.
    routed_as = service.code if service.ours else "other"
    route = turn.knowledge.routing.route(routed_as, district)
    number = turn.facts.fresh_number
    description = draft.description or service.name
    filing = FileRequest(
        tracking_number=number,
        draft_id=draft.id,
        service_code=service.code,
        description=description,
        district=district,
        place=dict(draft.place or {}),
        attributes=dict(draft.attributes),
        media=draft.media,
        issue=draft.issue,
    )
    learned: tuple[Learn, ...] = ()
    if draft.words:
        learned = (Learn(draft.description, service.code, draft.predicted, draft.how),)
    filed = reply(
        "filed.text",
        keyboard="main",
        number=tracking.show(number),
        service=turn.service_label(service.code),
        agency=route.agency,
        expected=expected(turn, service),
        answers=_who_and_when(turn, route.agency, expected(turn, service)),
        demo=turn.text("filed.demo") if turn.facts.demo else "",
    )
    return StepResult("filed", Position(), (filed, *_also(turn, draft)), (filing, *learned))


def _who_and_when(turn: Turn, agency: str, when: str) -> str:
    return turn.text("filed.who_and_when", agency=agency, expected=when) if when else agency


def expected(turn: Turn, service: Service) -> str:
    """«معمولاً تا ۳ روز» where a usual time is known; never a promise while it is assumed."""
    if not service.sla_hours:
        return ""
    sure = "assumed" if service.sla_assumed else "agreed"
    if service.sla_hours < 48:
        return turn.text(f"expected.hours_{sure}", hours=to_persian(service.sla_hours))
    return turn.text(f"expected.days_{sure}", days=to_persian(days_of(service.sla_hours)))


def _also(turn: Turn, draft: Draft) -> tuple[Reply, ...]:
    """Further issues of the same message, each filed with one tap."""
    others = [code for code in draft.also if code != draft.service][:3]
    if not others:
        return ()
    buttons = [
        Button(
            turn.text("filed.also_button", service=turn.service_name(code)),
            {
                "do": "file_also",
                "service": code,
                "issue": ISSUES_AT_MOST * draft.issue + position,
                "draft": draft.id,
                "words": list(draft.words),
                "place": dict(draft.place) if draft.place else None,
            },
            sticky=True,
        )
        for position, code in enumerate(others, start=1)
    ]
    return (reply("filed.also", *in_rows(buttons, 1)),)
