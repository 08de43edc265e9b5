"""The filing itself: the tracking number, who answers, the usual time; then what else she reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions import further, place, place_filed
from actions.dialogue import FileRequest, Learn, RequestView, StepResult
from actions.outcomes import Again, Outcome
from actions.position import Draft, Position
from actions.turn import RECENT_SECONDS, Turn, reply
from casework.catalogue import Service
from casework.dates import days_of, jalali
from persian import tracking
from persian.digits import to_persian


def confirm(turn: Turn, draft: Draft) -> Outcome:
    """File it."""
    assert draft.service is not None
    service = turn.knowledge.catalogue.service(draft.service)
    # What is not ours is filed at the triage desk only: no unit's own system knows such a service.
    where = place_filed.routed_as(turn, draft)
    route = turn.knowledge.routing.route(service.code if service.ours else "other", where)
    number = turn.facts.fresh_number
    filing = FileRequest(
        tracking_number=number,
        draft_id=draft.id,
        service_code=service.code,
        description=draft.description or service.name,
        district=draft.district,
        place=place_filed.filed(turn, draft),
        attributes=dict(draft.attributes),
        media=draft.media,
        issue=draft.issue,
        routed_as=where if where != draft.district else "",
    )
    learned: tuple[Learn, ...] = ()
    if draft.words:
        learned = (Learn(draft.description, service.code, draft.predicted, draft.how),)
    when = usual_time(turn, service) if draft.district != "outside" else ""
    filed = reply(
        "filed.text",
        keyboard="main",
        number=tracking.show(number),
        service=turn.service_label(service.code),
        agency=route.agency,
        expected=when,
        answers=who_and_when(turn, route.agency, when),
        demo=turn.text("filed.demo") if turn.facts.demo else "",
    )
    more, offer = further.offered(turn, draft)
    return StepResult("filed", Position(offer=offer), (filed, *more), (filing, *learned))


def who_and_when(turn: Turn, agency: str, when: str) -> str:
    return turn.text("filed.who_and_when", agency=agency, expected=when) if when else agency


def usual_time(turn: Turn, service: Service) -> str:
    """«معمولاً تا ۳ روز» where a usual time is known; never a promise while it is assumed."""
    if not service.sla_hours:
        return ""
    sure = "assumed" if service.sla_assumed else "agreed"
    if service.sla_hours < 48:
        return turn.text(f"expected.hours_{sure}", hours=to_persian(service.sla_hours))
    return turn.text(f"expected.days_{sure}", days=to_persian(days_of(service.sla_hours)))


def expected_day(turn: Turn, view: RequestView) -> str:
    """«معمولاً تا ۷ آذر ۱۴۰۵» for a request that is being worked on; empty where that day is past or unknown."""
    running = turn.knowledge.lifecycle.states[view.status].clock
    if not running or view.expected_at is None or view.expected_at < turn.facts.now:
        return ""
    sure = "assumed" if turn.knowledge.catalogue.service(view.service_code).sla_assumed else "agreed"
    return turn.text(f"expected.date_{sure}", date=jalali(view.expected_at))


def further_draft(action: Mapping[str, Any]) -> Draft:
    """The draft behind «ثبت: …» under a filed request."""
    return Draft(
        id=str(action["draft"]),
        issue=int(action["issue"]),
        words=tuple(action["words"]),
        place=action["place"],
        service=str(action["service"]),
        predicted=str(action["service"]),
        how="confirmed",
        near_asked=bool(action["place"]),
    )


def already(turn: Turn, action: Mapping[str, Any]) -> Outcome | None:
    """«بله» and then the button as well: the same further issue is filed once."""
    name = place.address(turn, action.get("place") or {})
    for view in turn.facts.own:
        fresh = (turn.facts.now - view.created_at).total_seconds() < RECENT_SECONDS
        if fresh and view.service_code == action["service"] and (view.place or "") == name:
            number = tracking.show(view.tracking_number)
            return Again("already_filed", (reply("filed.already", keyboard="main", number=number),))
    return None
