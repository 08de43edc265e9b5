"""The answer to «کجا؟»: a pin, a known name, her own words, or that she does not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions import correction, further, place, place_filed, place_told, service
from actions.outcomes import Advance, Again, Outcome, Put
from actions.position import Draft, Question
from actions.turn import Turn, reply
from actions.wording import is_readable, plain, tokens

SURE = 0.7
LONGEST = 200
LONGEST_NAME = 80
LONGEST_BARE_NAME = 4
FEWEST_WORDS = 4
"""Shorter ones may be the name of a place that is not known."""
NEARER = ("near", "which_place")
"""The questions for more about a place that is known."""
WORDS_AT_MOST = 3
"""So many messages of her words, and what she writes to «کجا؟» is taken as the place, whatever it looks like."""


def _asked(turn: Turn) -> str:
    """The kind of the open question; empty where there is none."""
    question = turn.position.question
    return question.kind if question else ""


def pinned(turn: Turn) -> Outcome:
    """A pin: the place of the open draft, or the beginning of a new one."""
    assert turn.message.pin is not None
    draft = turn.position.draft or turn.new_draft()
    where: dict[str, Any] = place.pin_at(turn, *turn.message.pin)
    if draft.place and (_asked(turn) in NEARER or draft.place.get("district") == where["district"]):
        # The name she gave says more than a point.
        where = {**draft.place, **{name: where[name] for name in ("lat", "lon", "district")}}
    pinned_draft = replace(draft, place=where, place_skipped=False, near_asked=True)
    if _asked(turn) in ("service", "group"):  # it was not asked for: say that it is there
        return Advance(pinned_draft, (reply("place.noted", place=place.label(turn, pinned_draft)),))
    return Advance(pinned_draft)


def at_photo(turn: Turn, draft: Draft) -> Outcome:
    """«بله، همان‌جا»: where the picture was taken."""
    where = place.of_photo(turn, draft)
    if where is None:
        return not_at_photo(turn, draft)
    return Advance(replace(draft, place=where, place_skipped=False, near_asked=True))


def not_at_photo(_turn: Turn, draft: Draft) -> Outcome:
    """«نه، جای دیگر»: then where?"""
    return Advance(replace(draft, photo_asked=True))


def read_photo(turn: Turn, draft: Draft) -> Outcome:
    """Yes, no, or a place in her own words."""
    if not place.named(turn):
        if turn.is_sure("affirm", SURE):
            return at_photo(turn, draft)
        if turn.is_sure("deny", SURE):
            return not_at_photo(turn, draft)
    return read(turn, replace(draft, photo_asked=True))


def choose_district(_turn: Turn, draft: Draft, district: str) -> Outcome:
    """One of several places of the same name, or none of them: then it is not asked about again."""
    where = {**(draft.place or {}), "district": None if district == "unknown" else district}
    return Advance(replace(draft, place=where, near_asked=True))


def skip(turn: Turn, draft: Draft) -> Outcome:
    """«نمی‌دانم»: filed all the same, at the 137 triage desk, with her words."""
    if draft.place is None or _asked(turn) == "place":
        return Advance(replace(draft, place_skipped=True))
    return Advance(replace(draft, near_asked=True))


def read(turn: Turn, draft: Draft) -> Outcome:
    """Her words as the answer to «کجا؟»: a known place, else her words as they are."""
    text = turn.message.text.strip()
    if not is_readable(text):
        return Again("not_read", read=False, otherwise="place.not_read")
    if not place.named(turn):
        there = place_filed.same_as_before(turn, draft)
        if there:
            return Advance(there)
        if turn.mentions("about_us") and turn.sure_service is None and not turn.mentions("nearer"):
            return Again("talk", otherwise="place.not_read")
        if turn.made_of("here"):
            return Again("here", otherwise="place.here")
        if plain(text).isdigit():
            return Again("not_read", otherwise="place.number_alone")
        if turn.made_of("unknown"):
            return _not_exactly(turn, draft)
        better = correction.of_matter(turn, draft)
        if better:
            return Advance(better, act="corrected")
    if _asked(turn) in NEARER and draft.place is not None:
        return _near(turn, draft, draft.place)
    return _where(turn, draft, text)


def _not_exactly(turn: Turn, draft: Draft) -> Outcome:
    """«آدرسشو دقیق نمیدونم»: a known place nearby is enough, and is asked for once."""
    assert draft.service is not None
    needed = turn.knowledge.catalogue.service(draft.service).place == "required"
    if needed and draft.place is None and _asked(turn) == "place":
        return Put(Question("near"), draft)
    return skip(turn, draft)


def closer(turn: Turn, draft: Draft) -> Draft | None:
    """«کنار بانک ملی», said of a place that is known already: where exactly; None where it names another place."""
    known = draft.place
    if (
        not known
        or not place.named(turn)
        or turn.intent in ("correct", "deny")
        or not turn.mentions("nearer")
    ):
        return None
    districts = {one["district"] for one in place.named(turn) if one["district"]}
    if known.get("district") and districts - {known["district"]}:
        return None
    text = place_told.as_told(turn, known)[:LONGEST]
    name = place.joined(turn, [str(known.get("name") or "") if known.get("kind") != "pin" else "", text])
    if len(name) > LONGEST_NAME:
        return None
    kind = "written" if known.get("kind") == "pin" else known.get("kind")
    found = known.get("district") or (districts.pop() if len(districts) == 1 else None)
    return replace(draft, place={**known, "name": name, "text": name, "kind": kind, "district": found})


def _near(turn: Turn, draft: Draft, known: Mapping[str, Any]) -> Outcome:
    """What is nearby goes to the name; its district counts. Asked once only."""
    text = " ".join(turn.message.text.split())[:LONGEST]
    if not place.named(turn) and any(turn.is_sure(one, SURE) for one in ("affirm", "deny", "thanks")):
        return skip(turn, draft)
    other = None if place.named(turn) or turn.mentions("nearer") else further.of_message(turn, draft)
    if other:
        return Advance(further.noted(turn, draft, other), (further.said(turn, other),))
    locations = place.named(turn) or _by_name_alone(turn, text)
    if not locations and not _says_where(turn) and _goes_on(turn, draft):
        return _with_more_words(draft, text)
    districts = [str(one["district"]) for one in locations if one["district"]]
    told = place_told.as_told(turn, known)[:LONGEST]
    nearby = {name: place.joined(turn, [str(known.get(name) or ""), told]) for name in ("name", "text")}
    where = {**known, **nearby, "district": districts[0] if districts else None}
    return Advance(replace(draft, place=where, near_asked=True))


def _where(turn: Turn, draft: Draft, text: str) -> Outcome:
    if not place.named(turn) and turn.is_sure("deny", SURE):
        return skip(turn, draft)
    if not place.named(turn) and turn.is_sure("affirm", SURE):
        return Again("not_read", read=False, otherwise="place.not_read")
    locations = place.named(turn) or _by_name_alone(turn, text)
    other = further.of_message(turn, draft)
    if locations:
        answered = _with_details(turn, place.found(turn, draft, locations), text)
        if other:
            return Advance(further.noted(turn, answered, other, of_place=False), (further.said(turn, other),))
        if turn.sure_service == draft.service and not place.is_only_place(turn):
            answered = replace(answered, words=(*draft.words, text))
        return Advance(answered)
    if other:
        return Advance(further.noted(turn, draft, other), (further.said(turn, other),))
    if _goes_on(turn, draft):  # keep it, and ask again where it is
        return _with_more_words(draft, text)
    written = " ".join(text.split())[:LONGEST]
    where = {"text": written, "name": written, "kind": "written", "district": None}
    return Advance(replace(draft, place=where, place_skipped=False, near_asked=_asked(turn) == "near"))


def _with_more_words(draft: Draft, text: str) -> Outcome:
    return Advance(replace(draft, words=(*draft.words, text)), (reply("place.goes_on"),))


def _goes_on(turn: Turn, draft: Draft) -> bool:
    """Whether her words are of the matter and say nothing of a place («خیلی هم بو گرفته»)."""
    if len(draft.words) >= WORDS_AT_MOST:
        return False
    if turn.sure_service and turn.is_sure("request", 0.6):
        return True
    known = turn.understanding
    likely = known is not None and bool(known.ranking) and known.ranking[0][1] >= service.GUESSES_FROM
    is_matter = likely and turn.intent == "request" and not _says_where(turn)
    return is_matter and len(tokens(turn.message.text)) >= FEWEST_WORDS


def _says_where(turn: Turn) -> bool:
    """«سر همون کوچه», «بلوک ۳»: words or a number by which a place is described."""
    return turn.mentions("nearer") or turn.mentions("place") or any(c.isdigit() for c in turn.message.text)


def _with_details(turn: Turn, draft: Draft, text: str) -> Draft:
    """«سناباد ۱۲ روبروی نانوایی»: what says where exactly is kept, for those who have to find it."""
    if place.is_only_place(turn) or not turn.mentions("nearer") or draft.place is None:
        return draft
    told = place_told.as_told(turn)[:LONGEST]
    return replace(draft, place={**draft.place, "text": " ".join(text.split())[:LONGEST], "name": told})


def _by_name_alone(turn: Turn, text: str) -> Sequence[Mapping[str, Any]]:
    """A short answer that is only a name («کوهسنگی»), with or without a typo."""
    entries = turn.knowledge.gazetteer.search(text) if len(text.split()) <= LONGEST_BARE_NAME else []
    if not entries or len({entry.name for entry in entries}) > 1:
        return ()
    districts = {district for entry in entries for district in entry.districts}
    outside = all(entry.kind == "outside" for entry in entries)
    best = entries[0]
    name = text if len(entries) > 1 or any(character.isdigit() for character in text) else best.title
    district = "outside" if outside else districts.pop() if len(districts) == 1 else None
    kind = "landmark" if outside else best.kind
    return ({"text": text, "start": 0, "end": len(text), "kind": kind, "name": name, "district": district},)
