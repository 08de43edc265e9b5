"""What an operator does about the way of a request into the city's systems. Each is one transaction's work."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.additions import OUT_OF_HAND, WITHDRAWN, additions_of, delivery_of
from casework.lifecycle import Lifecycle, TransitionRefused
from casework.requests import change_status, delivery_to
from casework.tables import Delivery, OperatorTask, ServiceRequest, utc_now
from casework.tasks import audit, close_task

REDIRECTED = "redirected"
NOTHING_IS_SENT = ("waiting", "dead", "manual")
"""States of a delivery of which no system has heard, or nobody knows."""


def task_key(delivery_id: int) -> str:
    """Under which the task of a delivery stands that an operator has to bring to its end."""
    return f"delivery:{delivery_id}"


class NotPossible(Exception):
    """Why not, for the operator."""


async def filed_by_hand(session: AsyncSession, lifecycle: Lifecycle, task_id: int, number: str) -> None:
    """The operator has filed what this task is about: from here on the system's number is followed. Raises
    NotPossible."""
    task = await session.get(OperatorTask, task_id)
    delivery = await session.scalar(
        select(Delivery).where(Delivery.id == _delivery_of(task)).with_for_update()
    )
    if task is None or delivery is None:
        raise NotPossible(f"task {task_id} is not about a delivery")
    if delivery.addition_id is not None:
        raise NotPossible(f"task {task_id} is about an addition, which needs no number: close it with a note")
    known = await session.scalar(
        select(Delivery.id).where(
            Delivery.system == delivery.system,
            Delivery.external_id == number,
            Delivery.addition_id.is_(None),
            Delivery.id != delivery.id,
        )
    )
    if known is not None:
        raise NotPossible(f"{delivery.system} has given the number {number} to another request")
    now = utc_now()
    delivery.state, delivery.external_id, delivery.ambiguous, delivery.last_error = (
        "sent",
        number,
        False,
        None,
    )
    delivery.sent_at = delivery.sent_at or now
    request = await session.get_one(ServiceRequest, delivery.service_request_id)
    if request.system == delivery.system and request.status != "submitted":
        try:
            await change_status(session, lifecycle, request, "submitted", "operator")
        except TransitionRefused:
            audit(session, "operator", "delivered", f"request:{request.id}", system=delivery.system)
    await close_task(session, task_id, f"filed as {number}", "operator")


def _delivery_of(task: OperatorTask | None) -> int | None:
    kind, _, number = task.dedupe_key.partition(":") if task else ("", "", "")
    return int(number) if kind == "delivery" and number.isdigit() else None


async def send_again(
    session: AsyncSession, system: str, *, looks_up: bool = False, uncertain: bool = False
) -> int:
    """Put everything of a system that has ended with an operator, and is not done by her yet, back into its queue; how
    many. What may have arrived goes along where the system can be asked first (`looks_up`), or where somebody has
    looked and it has not (`uncertain`)."""
    asked = (
        select(Delivery)
        .join(ServiceRequest, ServiceRequest.id == Delivery.service_request_id)
        .where(
            Delivery.system == system,
            Delivery.state.in_(OUT_OF_HAND),
            ServiceRequest.status.not_in(WITHDRAWN),
            Delivery.last_error.is_distinct_from(REDIRECTED),
        )
        .order_by(Delivery.id)
        .with_for_update(of=Delivery)
    )
    again = 0
    for delivery in (await session.scalars(asked)).all():
        task = await _task_of(session, delivery)
        if (delivery.ambiguous and not (looks_up or uncertain)) or (
            task is not None and task.state != "open"
        ):
            continue
        await _end(session, task, "sent again")
        # Its day begins anew: what failed is over.
        delivery.created_at = delivery.next_at = utc_now()
        delivery.state, delivery.attempts = "waiting", 0
        delivery.ambiguous = delivery.ambiguous and looks_up
        again += 1
    audit(session, "operator", "sent_again", f"system:{system}", deliveries=again)
    return again


async def _task_of(session: AsyncSession, delivery: Delivery) -> OperatorTask | None:
    found: OperatorTask | None = await session.scalar(
        select(OperatorTask).where(OperatorTask.dedupe_key == task_key(delivery.id))
    )
    return found


async def _end(session: AsyncSession, task: OperatorTask | None, note: str) -> None:
    """Nobody has to do it any more. If the delivery fails again, that is a new task."""
    if task is not None:
        await close_task(session, task.id, note, "operator")
        task.dedupe_key = f"{task.dedupe_key}:{task.id}"


async def redirect(
    session: AsyncSession,
    lifecycle: Lifecycle,
    request: ServiceRequest,
    system: str,
    agency: str,
    note: str | None = None,
) -> None:
    """Give a request to another system, which speaks for it from now on. The tracking number stays. Raises NotPossible
    and TransitionRefused."""
    if request.system == system:
        raise NotPossible(f"the request lies at {system} already")
    news = (
        note is not None or request.agency != agency
    )  # she need not hear which of its systems an agency uses
    old, request.system, request.agency = request.system, system, agency
    await change_status(session, lifecycle, request, "redirected", "operator", notes=note, tell=news)
    asked = select(Delivery).where(Delivery.service_request_id == request.id).order_by(Delivery.id)
    rows = {(row.system, row.addition_id): row for row in await session.scalars(asked)}
    for (where, _), left in rows.items():
        if where == old and left.state in NOTHING_IS_SENT:
            left.state, left.last_error = "dead", REDIRECTED
            await _end(session, await _task_of(session, left), f"redirected to {system}")
    if (system, None) not in rows:
        session.add(delivery_to(request, system))
        await session.flush()
    elif rows[system, None].state == "dead":
        rows[system, None].state, rows[system, None].created_at = "waiting", utc_now()
    for addition in await additions_of(session, request):
        known = rows.get((system, addition.id))
        if known is None:
            session.add(delivery_of(addition, request, system))
        elif known.last_error == REDIRECTED:
            known.state, known.created_at = "waiting", utc_now()
    audit(session, "operator", "redirected", f"request:{request.id}", before=old, after=system)
