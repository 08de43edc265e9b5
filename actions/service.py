"""Which service? From her words, from three guesses as buttons, or through groups to the full list."""

from __future__ import annotations

from dataclasses import replace

from actions import place
from actions.dialogue import Button, Reply
from actions.outcomes import Advance, Again, Outcome, Put
from actions.position import Draft, Question
from actions.turn import Turn, in_rows, navigation, reply
from persian.letters import folded

RECENT_SECONDS = 30 * 60


def understood(turn: Turn, draft: Draft) -> Draft:
    """The draft with what the understanding says of its service: set where sure, else three guesses."""
    known = turn.understanding
    if known is None or not known.ranking:
        return draft
    best = known.service_code or known.ranking[0][0]
    draft = replace(
        draft, guesses=tuple(code for code, _ in known.ranking[:3]), predicted=best, also=known.also_reported
    )
    return replace(draft, service=best, how="accepted") if known.decision == "accept" else draft


def ask_matter(turn: Turn, draft: Draft, _question: Question) -> Reply:
    """«چه مشکلی هست؟»: in words, or through the groups as large buttons."""
    rows = []
    if draft.media:
        for recent in turn.facts.own[:1]:
            if (turn.facts.now - recent.created_at).total_seconds() < RECENT_SECONDS:
                label = turn.text("intake.add_to_recent", service=turn.service_name(recent.service_code))
                rows.append((Button(label, {"do": "add_media", "request": recent.id}),))
    key = "intake.matter_with_place" if draft.place else "intake.matter"
    if draft.media:
        key = "intake.matter_with_file"
    return reply(key, *rows, *_groups(turn), navigation(turn))


def ask_service(turn: Turn, draft: Draft, _question: Question) -> Reply:
    """The three best as buttons, then «هیچ‌کدام»."""
    guesses = [
        Button(turn.service_label(code), {"do": "choose_service", "service": code})
        for code in draft.guesses[:3]
    ]
    if not guesses:
        return ask_matter(turn, draft, _question)
    none = turn.button("intake.none_of_these", "show_groups")
    return reply("intake.which_service", *in_rows(guesses, 1), (none,), navigation(turn))


def ask_group(turn: Turn, _draft: Draft, question: Question) -> Reply:
    """All groups, or the services of one."""
    if not question.about:
        return reply("intake.which_group", *_groups(turn), navigation(turn))
    services = [
        Button(service.name, {"do": "choose_service", "service": service.code})
        for service in turn.knowledge.catalogue.in_group(question.about)
    ]
    again = turn.button("intake.other_groups", "show_groups")
    name = turn.knowledge.catalogue.groups[question.about].name
    return reply("intake.which_in_group", *in_rows(services, 2), (again,), navigation(turn), group=name)


def _groups(turn: Turn) -> tuple[tuple[Button, ...], ...]:
    groups = sorted(turn.knowledge.catalogue.groups.values(), key=lambda group: group.order)
    return in_rows(
        [Button(f"{g.emoji} {g.name}".strip(), {"do": "show_group", "group": g.code}) for g in groups], 2
    )


def show_groups(turn: Turn) -> Outcome:
    return Put(Question("group"), turn.position.draft or turn.new_draft())


def show_group(turn: Turn, group: str) -> Outcome:
    return Put(Question("group", group), turn.position.draft or turn.new_draft())


def chosen(turn: Turn, draft: Draft, code: str) -> Outcome:
    """The draft with the service she named; the answers to another service's questions fall away."""
    how = "confirmed" if code == draft.predicted else "chosen"
    attributes = draft.attributes if draft.service == code else {}
    return Advance(replace(draft, service=code, how=how, attributes=attributes, despite=False))


def read_matter(turn: Turn, draft: Draft) -> Outcome:
    """The matter in her words."""
    if place.is_only_place(turn):
        return Advance(place.found(turn, draft, place.named(turn)))
    draft = understood(turn, replace(draft, words=(*draft.words, turn.message.text)))
    if place.named(turn) and draft.place is None:
        draft = place.found(turn, draft, place.named(turn))
    return Advance(draft)


def read_service(turn: Turn, draft: Draft) -> Outcome:
    """Words instead of a button: the name of a service, «بله» to the first guess, or the matter said anew."""
    named = _named(turn)
    if named:
        return chosen(turn, draft, named)
    if turn.is_sure("affirm", 0.6) and draft.guesses:
        return chosen(turn, draft, draft.guesses[0])
    if turn.is_sure("deny", 0.6):
        return show_groups(turn)
    if place.is_only_place(turn):
        return Advance(place.found(turn, draft, place.named(turn)))
    if turn.understanding and turn.understanding.ranking and turn.intent in ("request", "correct", "info"):
        return read_matter(turn, draft)
    return Again("not_read", (reply("intake.choose_or_write"),))


def _named(turn: Turn) -> str | None:
    wanted = folded(turn.message.text)
    for service in turn.knowledge.catalogue.services.values():
        if folded(service.name) == wanted:
            return service.code
    return None
