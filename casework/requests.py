"""Use cases of a service request: file it, change its status, look it up.

All run inside the caller's transaction. `file_request` is idempotent by (conversation, draft, issue).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.buttons import issue
from casework.catalogue import Service
from casework.conversations import locked, say
from casework.lifecycle import Lifecycle, TransitionRefused
from casework.queues import lowest_first
from casework.routing import Route
from casework.tables import Attachment, Conversation, Delivery, ServiceRequest, StatusChange, utc_now
from casework.tasks import audit


@dataclass(frozen=True)
class NewRequest:
    """What a confirmed draft says."""

    tracking_number: str
    draft_id: str
    service: Service
    route: Route
    description: str
    district: str
    issue: int = 0
    place: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    attachment_ids: tuple[int, ...] = ()


async def file_request(session: AsyncSession, conversation: Conversation, new: NewRequest) -> ServiceRequest:
    """File a draft: the request, its first status, its delivery and the audit in one transaction.

    The same draft filed again is the request that is there already.
    """
    known = await session.scalar(
        select(ServiceRequest).where(
            ServiceRequest.conversation_id == conversation.id,
            ServiceRequest.draft_id == new.draft_id,
            ServiceRequest.issue == new.issue,
        )
    )
    if known is not None:
        return known
    now = utc_now()
    hours = new.service.sla_hours
    request = ServiceRequest(
        tracking_number=new.tracking_number,
        conversation_id=conversation.id,
        person_id=conversation.person_id,
        draft_id=new.draft_id,
        issue=new.issue,
        channel=conversation.channel,
        service_code=new.service.code,
        description=new.description,
        attributes=new.attributes,
        place=new.place,
        district=new.district,
        system=new.route.system,
        agency=new.route.agency,
        visibility=new.service.visibility,
        expected_at=now + timedelta(hours=hours) if hours else None,
        created_at=now,
        updated_at=now,
    )
    session.add(request)
    await session.flush()
    session.add(StatusChange(service_request_id=request.id, to_status="registered", changed_by="citizen"))
    session.add_all(delivery_to(request, system) for system in (new.route.system, *new.route.copies))
    if new.attachment_ids:
        await session.execute(
            update(Attachment)
            .where(Attachment.id.in_(new.attachment_ids), Attachment.conversation_id == conversation.id)
            .values(service_request_id=request.id)
        )
    audit(session, "citizen", "filed", f"request:{request.id}", service=new.service.code)
    await session.flush()
    return request


def delivery_to(request: ServiceRequest, system: str) -> Delivery:
    """The way into one destination, under a key of its own."""
    return Delivery(key=f"{request.tracking_number}-{system}", service_request_id=request.id, system=system)


ASKS_IF_SOLVED = ("answered", "closed")
SOLVED_BUTTONS = (("reopening.yes", "solved"), ("reopening.no", "not_solved"))
MOVED = "push.moved"
"""Said where a system has given a request to another one and does not say to which."""
LOOKED_AT = "push.looked_at"
"""Said where a system gives a request to the agency that has it already, with a note."""
REVIEW_BUTTON = (("reopening.review", "not_solved"),)
"""Under news of a rejection, which says that it can be looked at once more."""


def solved_buttons(session: AsyncSession, request: ServiceRequest) -> list[list[dict[str, str]]]:
    """The two buttons under "is it solved?"; their labels are texts of data/messages."""
    return _buttons(session, request, SOLVED_BUTTONS)


def _buttons(
    session: AsyncSession, request: ServiceRequest, keys: Sequence[tuple[str, str]]
) -> list[list[dict[str, str]]]:
    return [
        [
            {
                "label_key": key,
                "token": issue(
                    session, request.conversation_id, {"do": do, "request": request.id}, key, None
                ),
            }
            for key, do in keys
        ]
    ]


async def held(session: AsyncSession, request: ServiceRequest) -> Conversation:
    """The request as it is now, locked together with its conversation.

    The conversation first, everywhere: whoever took the request first would wait for a turn that waits for the request.
    """
    with session.no_autoflush:
        conversation = await locked(session, request.conversation_id)
    await session.flush()  # what the caller has changed would be lost by the refresh
    await session.refresh(request, with_for_update=True)
    return conversation


async def change_status(
    session: AsyncSession,
    lifecycle: Lifecycle,
    request: ServiceRequest,
    to_status: str,
    by: str,
    *,
    notes: str | None = None,
    raw_status: str | None = None,
    source_at: datetime | None = None,
    tell: bool = True,
    sentence: str | None = None,
) -> bool:
    """Take one step in the lifecycle and tell the citizen. False where nothing changes or older news comes late.

    `sentence`: a text of data/messages that is said in the place of the state's own.
    Raises TransitionRefused (casework.lifecycle) where the table does not allow the step.
    `source_at` is the system's own time of this news. What a person says has our time, and a system's news from before
    it comes too late as well.
    """
    conversation = await held(session, request)
    if request.status_source_at and source_at and source_at < request.status_source_at:
        return False
    if request.status == to_status and (notes is None or notes == request.status_notes):
        return False
    if request.status != to_status:
        lifecycle.check(request.status, to_status, by)
    change = _step(session, lifecycle, request, to_status, by, notes, raw_status, source_at)
    await session.flush()
    if tell and lifecycle.states[to_status].sentence:
        content: dict[str, Any] = {
            "key": "push.news",
            "request": request.id,
            "status": to_status,
            "notes": notes or "",
        }
        if sentence:
            content["sentence"] = sentence
        if to_status in ASKS_IF_SOLVED:
            content["buttons"] = solved_buttons(session, request)
        elif to_status == "rejected":
            content["buttons"] = _buttons(session, request, REVIEW_BUTTON)
        await say(
            session,
            conversation,
            content,
            dedupe_key=f"status:{change.id}",
            service_request_id=request.id,
        )
    return True


NOT_COMMENTED = ("registered", "submitted", "solved", "reopened")
"""States that come from her or from us: a note that stands beside them was said to an earlier one."""


async def submit_quietly(
    session: AsyncSession, lifecycle: Lifecycle, ids: Sequence[int]
) -> list[ServiceRequest]:
    """`change_status(…, "submitted", "system", tell=False)` for many at once; those that the table does not let go
    there, as they are."""
    if not ids:
        return []
    of_these = select(ServiceRequest.conversation_id).where(ServiceRequest.id.in_(ids))
    conversations = lowest_first(select(Conversation.id), Conversation.id, of_these)
    await session.execute(conversations)  # before the requests, as everybody does
    rows = await session.scalars(lowest_first(select(ServiceRequest), ServiceRequest.id, ids))
    refused: list[ServiceRequest] = []
    for request in rows.all():
        if request.status == "submitted":
            continue
        try:
            lifecycle.check(request.status, "submitted", "system")
        except TransitionRefused:
            refused.append(request)
        else:
            _step(session, lifecycle, request, "submitted", "system")
    return refused


def _step(
    session: AsyncSession,
    lifecycle: Lifecycle,
    request: ServiceRequest,
    to_status: str,
    by: str,
    notes: str | None = None,
    raw_status: str | None = None,
    source_at: datetime | None = None,
) -> StatusChange:
    """A step that is allowed, on a request that is locked: its row, the history and the audit."""
    before, now = request.status, utc_now()
    request.status, request.updated_at = to_status, now
    if notes is not None or _is_said_anew(by, before, to_status):
        request.status_notes = notes
    said_at = now if source_at is None and by in ("citizen", "operator") else source_at
    if said_at is not None:
        request.status_source_at = max(said_at, request.status_source_at or said_at)
    request.closed_at = (request.closed_at or now) if lifecycle.states[to_status].terminal else None
    request.asked_again_at = None
    change = StatusChange(
        service_request_id=request.id,
        from_status=before,
        to_status=to_status,
        changed_by=by,
        notes=notes,
        raw_status=raw_status,
        source_at=source_at,
    )
    session.add(change)
    audit(session, by, "status", f"request:{request.id}", before=before, after=to_status)
    return change


def _is_said_anew(by: str, before: str, to_status: str) -> bool:
    """Whether a step without a note leaves the note of the state before behind. After a step of ours it is kept, for a
    system that goes on saying the same is known by it (`integrations.taken`); `note_of` does not show it."""
    return by == "system" and before != to_status and to_status not in NOT_COMMENTED


def note_of(request: ServiceRequest) -> str | None:
    """What was said to the state in which the request is now."""
    return None if request.status in NOT_COMMENTED else request.status_notes


def is_own(request: ServiceRequest, conversation: Conversation) -> bool:
    """She filed it, or its news comes to this conversation of hers (`casework.following`)."""
    return request.person_id == conversation.person_id or request.conversation_id == conversation.id


_OWN = (
    select(ServiceRequest)
    .where(
        or_(
            ServiceRequest.person_id == bindparam("person"),
            ServiceRequest.conversation_id == bindparam("conversation"),
        )
    )
    .order_by(ServiceRequest.created_at.desc(), ServiceRequest.id.desc())
    .limit(bindparam("most", type_=Integer))
)
_BY_NUMBER = select(ServiceRequest).where(ServiceRequest.tracking_number == bindparam("number"))


async def own_requests(
    session: AsyncSession, conversation: Conversation, limit: int = 10
) -> Sequence[ServiceRequest]:
    """Her requests, newest first."""
    hers = {"person": conversation.person_id, "conversation": conversation.id, "most": limit}
    return (await session.scalars(_OWN, hers)).all()


async def by_tracking_number(session: AsyncSession, number: str) -> ServiceRequest | None:
    return await session.scalar(_BY_NUMBER, {"number": number})
