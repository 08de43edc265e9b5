"""The rows of `deliveries` as the dispatcher needs them: which systems have work, claiming with a lease, and
putting down what came of an attempt. Every function is one transaction's work; none calls out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Integer, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from casework.additions import WITHDRAWN
from casework.by_hand import task_key
from casework.catalogue import Service
from casework.lifecycle import Lifecycle, TransitionRefused
from casework.queues import lowest_first
from casework.requests import change_status, submit_quietly
from casework.set_back import LONGEST_PAUSE
from casework.tables import ANSWER, Addition, Attachment, Delivery, ServiceRequest, utc_now
from casework.tasks import audit, open_task
from integrations.drivers import OutgoingAddition, OutgoingRequest, Receipt
from integrations.outgoing import outgoing, outgoing_addition

LEASE = timedelta(minutes=4)
"""Longer than all that a worker has in hand of one system takes (`dispatcher.AHEAD`): a look-up and a submit each, at
their time limits."""
FILES = timedelta(minutes=2)
"""So long after filing a delivery waits for files that are still being fetched; later ones are an operator's."""
SHOWN = 500
"""So many characters of what was said later an operator sees in her task."""
LOOK_FOR_FILES = timedelta(seconds=1)
LATE = timedelta(minutes=10)
"""After so long she is told that her request has arrived; before that the tracking number is news enough."""


@dataclass(frozen=True)
class Claimed:
    """A delivery in our hands: nothing of it may be written by others before `LEASE` is over."""

    id: int
    system: str
    request: OutgoingRequest
    token: str | None
    ambiguous: bool
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    withdrawn: bool
    attachments: tuple[Attachment, ...] = ()
    addition: OutgoingAddition | None = None
    """What is to be put to the request; None: the request itself is to be filed."""


# Built once: that takes as long as running them.
_NOW = bindparam("now", type_=Delivery.next_at.type)
_EARLIER = aliased(Delivery)
_BEFORE = select(_EARLIER.id).where(
    _EARLIER.service_request_id == Delivery.service_request_id,
    _EARLIER.system == Delivery.system,
    _EARLIER.id < Delivery.id,
    _EARLIER.state.in_(("waiting", "working", "token")),
)
_IS_DUE = and_(
    or_(
        and_(Delivery.state.in_(("waiting", "token")), Delivery.next_at <= _NOW),
        and_(Delivery.state == "working", Delivery.lease_until < _NOW),
    ),
    or_(Delivery.addition_id.is_(None), ~_BEFORE.exists()),
)
_WITH_WORK = select(Delivery.system).where(_IS_DUE).distinct()
_OF_SYSTEM = (
    select(Delivery, ServiceRequest, Addition)
    .join(ServiceRequest, ServiceRequest.id == Delivery.service_request_id)
    .outerjoin(Addition, Addition.id == Delivery.addition_id)
    .where(Delivery.system == bindparam("system"), _IS_DUE)
    .order_by(Delivery.next_at, Delivery.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True, of=Delivery)
)


async def systems_with_work(session: AsyncSession, now: datetime) -> list[str]:
    """The names of the systems that have a delivery due."""
    return list(await session.scalars(_WITH_WORK, {"now": now}))


async def claim(
    session: AsyncSession,
    system: str,
    limit: int,
    owner: str,
    now: datetime,
    services: Mapping[str, Service],
) -> list[Claimed]:
    """Take up to `limit` due deliveries of one system, oldest first, for the length of the lease."""
    rows = await session.execute(_OF_SYSTEM, {"now": now, "system": system, "most": limit})
    due = rows.all()
    files_of = await _files_of(session, [request.id for _, request, _ in due])
    numbers = await _numbers_of(session, system, [request.id for _, request, one in due if one is not None])
    claimed = []
    for delivery, request, addition in due:
        files = files_of.get((request.id, delivery.addition_id), [])
        if now - (addition or request).created_at < FILES and any(file.state == "remote" for file in files):
            delivery.next_at = now + LOOK_FOR_FILES  # a photo on its way goes along with its request
            continue
        # Whoever held it before is gone, and may have sent it on her last breath.
        if delivery.state == "working" and delivery.external_token is None:
            delivery.ambiguous = True
        delivery.state, delivery.lease_owner, delivery.lease_until = "working", owner, now + LEASE
        delivery.attempts += 1
        claimed.append(
            Claimed(
                id=delivery.id,
                system=system,
                request=outgoing(delivery.key, request, services),
                token=delivery.external_token,
                ambiguous=delivery.ambiguous,
                attempts=delivery.attempts,
                created_at=delivery.created_at,
                sent_at=delivery.sent_at,
                withdrawn=request.status in WITHDRAWN,
                attachments=tuple(file for file in files if file.state == "kept"),
                addition=outgoing_addition(addition, request, numbers.get(request.id)) if addition else None,
            )
        )
    return claimed


async def _files_of(
    session: AsyncSession, requests: Sequence[int]
) -> dict[tuple[int, int | None], list[Attachment]]:
    """What citizens have sent along, kept or still on its way: (request, addition) -> files."""
    rows = await session.scalars(
        select(Attachment)
        .where(
            Attachment.service_request_id.in_(requests),
            Attachment.state.in_(("kept", "remote")),
            Attachment.kind != ANSWER,
        )
        .order_by(Attachment.id)
    )
    found: dict[tuple[int, int | None], list[Attachment]] = {}
    for file in rows.all():
        found.setdefault((file.service_request_id or 0, file.addition_id), []).append(file)
    return found


async def _numbers_of(session: AsyncSession, system: str, requests: Sequence[int]) -> dict[int, str]:
    """The system's own numbers of these requests, as far as it has them."""
    if not requests:
        return {}
    rows = await session.execute(
        select(Delivery.service_request_id, Delivery.external_id).where(
            Delivery.service_request_id.in_(requests),
            Delivery.system == system,
            Delivery.addition_id.is_(None),
            Delivery.state == "sent",
            Delivery.external_id.is_not(None),
        )
    )
    return {request: number or "" for request, number in rows.all()}


async def _held(session: AsyncSession, claimed: Claimed, owner: str) -> Delivery | None:
    """The row, if it is still ours; None where the lease was lost to another worker."""
    row = await session.scalar(select(Delivery).where(Delivery.id == claimed.id).with_for_update())
    return row if row is not None and row.state == "working" and row.lease_owner == owner else None


async def put_back(
    session: AsyncSession, claimed: Claimed, owner: str, *, seconds: float, error: str | None, ambiguous: bool
) -> None:
    """To be tried again after `seconds`; a batch token goes on being polled."""
    row = await _held(session, claimed, owner)
    if row is None:
        return
    row.state = "token" if row.external_token else "waiting"
    row.ambiguous, row.last_error = ambiguous, error
    row.next_at = utc_now() + timedelta(seconds=min(seconds, LONGEST_PAUSE))
    row.lease_owner = row.lease_until = None


@dataclass(frozen=True)
class Sent:
    """A delivery that its system has taken. `poll_seconds`: until a batch token is asked about."""

    claimed: Claimed
    receipt: Receipt
    poll_seconds: float


async def put_sent(session: AsyncSession, sent: Sequence[Sent], lifecycle: Lifecycle) -> None:
    """The systems have them. Also where our lease was lost in the meantime: what has arrived, has arrived."""
    held = lowest_first(select(Delivery), Delivery.id, [one.claimed.id for one in sent])
    rows = {row.id: row for row in await session.scalars(held)}
    now = utc_now()
    arrived: list[Delivery] = []
    for one in sent:
        row, receipt = rows.get(one.claimed.id), one.receipt
        if row is None or row.state == "sent":
            continue
        row.ambiguous, row.last_error, row.lease_owner, row.lease_until = False, None, None, None
        row.sent_at = row.sent_at or now
        row.external_id = receipt.external_id or row.external_id
        if receipt.token and not receipt.external_id:
            row.state, row.external_token, row.attempts = "token", receipt.token, 0
            row.next_at = now + timedelta(seconds=one.poll_seconds)
        else:
            row.state = "sent"
        arrived.append(row)
    await _submitted(session, arrived, lifecycle, now)


async def _submitted(
    session: AsyncSession, arrived: Sequence[Delivery], lifecycle: Lifecycle, now: datetime
) -> None:
    """The requests of these deliveries lie at their systems now. She is told so only where it took long."""
    asked = select(ServiceRequest).where(ServiceRequest.id.in_([row.service_request_id for row in arrived]))
    requests = {request.id: request for request in await session.scalars(asked)}
    quiet: list[int] = []
    for row in arrived:
        request = requests[row.service_request_id]
        if row.addition_id is not None:
            audit(session, "system", "told_more", f"request:{request.id}", system=row.system)
        elif request.system != row.system:
            audit(session, "system", "copied", f"request:{request.id}", system=row.system)
        elif request.status == "submitted":
            continue
        elif now - request.created_at <= LATE:
            quiet.append(request.id)
        else:
            try:
                await change_status(session, lifecycle, request, "submitted", "system")
            except TransitionRefused:
                # An operator or the citizen was faster; the delivery stands all the same.
                audit(session, "system", "delivered", f"request:{request.id}", system=row.system)
    for request in await submit_quietly(session, lifecycle, quiet):
        audit(session, "system", "delivered", f"request:{request.id}", system=request.system)


async def put_to_operator(
    session: AsyncSession,
    claimed: Claimed,
    owner: str,
    lifecycle: Lifecycle,
    *,
    state: str,
    reason: str,
    undeliverable: bool,
    ambiguous: bool = False,
) -> None:
    """A person takes it over: `state` is manual or dead. `undeliverable`: the citizen is told so. `ambiguous`: it may
    have arrived, so that she has to look before it is sent again."""
    row = await _held(session, claimed, owner)
    if row is None:
        return
    row.state, row.last_error, row.lease_owner, row.lease_until = state, reason, None, None
    row.ambiguous = ambiguous or claimed.ambiguous
    kind = "manual_delivery" if state == "manual" else "dead_delivery"
    said = f"{row.system}: {reason}"
    if claimed.addition is not None:
        kind = "addition"
        said = f"{said}: {claimed.request.tracking_number}: {claimed.addition.words[:SHOWN]}"
    await open_task(
        session,
        kind=kind,
        dedupe_key=task_key(row.id),
        reason=said,
        service_request_id=row.service_request_id,
    )
    if claimed.addition is not None:
        return
    request = await session.get(ServiceRequest, row.service_request_id)
    if request is not None and undeliverable and request.system == row.system:
        try:
            await change_status(session, lifecycle, request, "undeliverable", "system")
        except TransitionRefused:
            audit(session, "system", "undeliverable", f"request:{request.id}", system=row.system)


async def put_withdrawn(session: AsyncSession, claimed: Claimed, owner: str) -> None:
    """She cancelled before it went out: nothing is sent, nobody has to look."""
    row = await _held(session, claimed, owner)
    if row is not None:
        row.state, row.last_error, row.lease_owner, row.lease_until = "dead", "cancelled", None, None
