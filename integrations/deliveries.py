"""The rows of `deliveries` as the dispatcher needs them: which systems have work, claiming with a lease, and
putting down what came of an attempt. Every function is one transaction's work; none calls out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Integer, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.by_hand import WITHDRAWN, task_key
from casework.catalogue import Service
from casework.lifecycle import Lifecycle, TransitionRefused
from casework.requests import change_status, submit_quietly
from casework.set_back import LONGEST_PAUSE
from casework.tables import ANSWER, Attachment, Delivery, OperatorTask, ServiceRequest, utc_now
from casework.tasks import audit, close_task, open_task
from integrations.drivers import OutgoingRequest, Receipt

Row = TypeVar("Row", Delivery, ServiceRequest)
LEASE = timedelta(minutes=4)
"""Longer than all that a worker has in hand of one system takes (`dispatcher.AHEAD`): a look-up and a submit each, at
their time limits."""
FILES = timedelta(minutes=2)
"""So long after filing a delivery waits for files that are still being fetched; later ones are an operator's."""
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


# Built once: that takes as long as running them.
_NOW = bindparam("now", type_=Delivery.next_at.type)
_IS_DUE = or_(
    and_(Delivery.state.in_(("waiting", "token")), Delivery.next_at <= _NOW),
    and_(Delivery.state == "working", Delivery.lease_until < _NOW),
)
_WITH_WORK = select(Delivery.system).where(_IS_DUE).distinct()
_OF_SYSTEM = (
    select(Delivery, ServiceRequest)
    .join(ServiceRequest, ServiceRequest.id == Delivery.service_request_id)
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
    files_of = await _files_of(session, [request.id for _, request in due])
    claimed = []
    for delivery, request in due:
        files = files_of.get(request.id, [])
        if now - request.created_at < FILES and any(file.state == "remote" for file in files):
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
            )
        )
    return claimed


async def _files_of(session: AsyncSession, requests: Sequence[int]) -> dict[int, list[Attachment]]:
    """What citizens have sent along, kept or still on its way."""
    rows = await session.scalars(
        select(Attachment)
        .where(
            Attachment.service_request_id.in_(requests),
            Attachment.state.in_(("kept", "remote")),
            Attachment.kind != ANSWER,
        )
        .order_by(Attachment.id)
    )
    found: dict[int, list[Attachment]] = {}
    for file in rows.all():
        found.setdefault(file.service_request_id or 0, []).append(file)
    return found


def outgoing(key: str, request: ServiceRequest, services: Mapping[str, Service]) -> OutgoingRequest:
    """What leaves us: her words and the place, never her name, account or phone."""
    place = request.place or {}
    service = services.get(request.service_code)
    return OutgoingRequest(
        key=key,
        tracking_number=request.tracking_number,
        service_code=request.service_code,
        service_name=service.name if service else request.service_code,
        description=request.description,
        requested_at=request.created_at,
        district=request.district,
        address=place.get("text") or place.get("name"),
        lat=place.get("lat"),
        lon=place.get("lon"),
        attributes={code: _wire_value(value) for code, value in (request.attributes or {}).items()},
        answers=tuple(_answers(service, request.attributes or {})),
    )


def _answers(service: Service | None, attributes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Question and answer in words; codes that the catalogue does not have (any more) as they are."""
    known = {one.code: one for one in service.attributes} if service else {}
    for code, given in attributes.items():
        question = known.get(code)
        names = {value.key: value.name for value in question.values} if question else {}
        keys = given if isinstance(given, list | tuple) else [given]
        yield (
            question.description if question else code,
            "، ".join(names.get(str(key), str(key)) for key in keys),
        )


def _wire_value(value: Any) -> str | Sequence[str]:
    return [str(part) for part in value] if isinstance(value, list | tuple) else str(value)


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
    rows = await _by_id(session, Delivery, [one.claimed.id for one in sent])
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
    requests = await _by_id(session, ServiceRequest, [row.service_request_id for row in arrived], lock=False)
    quiet: list[int] = []
    for row in arrived:
        request = requests[row.service_request_id]
        if request.system != row.system:
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


async def _by_id(
    session: AsyncSession, table: type[Row], ids: Sequence[int], *, lock: bool = True
) -> dict[int, Row]:
    """The rows of these ids; locked one after the other, the lowest id first."""
    asked = select(table).where(table.id.in_(ids)).order_by(table.id)
    found = await session.scalars(asked.with_for_update() if lock else asked)
    return {row.id: row for row in found.all()}


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
    await open_task(
        session,
        kind="manual_delivery" if state == "manual" else "dead_delivery",
        dedupe_key=task_key(row.id),
        reason=f"{row.system}: {reason}",
        service_request_id=row.service_request_id,
    )
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


async def system_took_something(session: AsyncSession, system: str, since: datetime) -> bool:
    """Whether this system took any delivery after `since`: it is up, so what still fails is the one
    request."""
    found = await session.scalar(
        select(Delivery.id).where(Delivery.system == system, Delivery.sent_at > since).limit(1)
    )
    return found is not None


async def raise_alarm(session: AsyncSession, system: str, reason: str, now: datetime) -> None:
    """One task for an outage, however many deliveries wait for its end."""
    open_already = await session.scalar(
        select(OperatorTask.id).where(
            OperatorTask.kind == "system_down",
            OperatorTask.state == "open",
            OperatorTask.dedupe_key.like(f"down:{system}:%"),
        )
    )
    if open_already is None:
        await open_task(
            session,
            kind="system_down",
            dedupe_key=f"down:{system}:{now:%Y%m%d%H%M%S}",
            reason=f"{system}: {reason}",
        )


async def end_alarm(session: AsyncSession, system: str) -> None:
    """The system answers again."""
    tasks = await session.scalars(
        select(OperatorTask.id).where(
            OperatorTask.kind == "system_down",
            OperatorTask.state == "open",
            OperatorTask.dedupe_key.like(f"down:{system}:%"),
        )
    )
    for task_id in tasks.all():
        await close_task(session, task_id, "the system answers again", "system")
