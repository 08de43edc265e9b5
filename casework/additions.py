"""What is said of a request after it was filed: words, photos, "still not solved".

Kept once. Where the system that answers takes additions, each is a delivery of its own to it, behind the request and in
the order in which they were said; elsewhere an operator passes it on. All runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.tables import Addition, Attachment, Delivery, ServiceRequest, utc_now
from casework.tasks import audit

OUT_OF_HAND = ("dead", "manual")
"""States of a delivery that has ended with an operator."""
WITHDRAWN = frozenset({"cancelled"})


@dataclass(frozen=True)
class NewAddition:
    """`key`: the same key again is the same addition. `said_at`: None means now."""

    key: str
    words: str
    reopens: bool = False
    attachment_ids: tuple[int, ...] = ()
    said_at: datetime | None = None


async def add(
    session: AsyncSession, request: ServiceRequest, new: NewAddition, takers: Collection[str]
) -> tuple[Addition, bool]:
    """The addition, and whether its system will be told of it: False leaves it to the caller to open a task.

    `takers`: the systems that take additions (`RoutingTable.takes_additions`). The request must be locked.
    """
    known = await session.scalar(select(Addition).where(Addition.key == new.key))
    if known is not None:
        return known, await is_told(session, known)
    now = utc_now()
    addition = Addition(
        key=new.key,
        service_request_id=request.id,
        words=new.words,
        reopens=new.reopens,
        said_at=min(new.said_at or now, now),
    )
    session.add(addition)
    await session.flush()
    if new.attachment_ids:
        await session.execute(
            update(Attachment)
            .where(Attachment.id.in_(new.attachment_ids), Attachment.service_request_id == request.id)
            .values(addition_id=addition.id)
        )
    audit(session, "citizen", "added", f"request:{request.id}", addition=addition.id)
    first = await first_delivery(session, request)
    told = (
        request.system in takers
        and request.status not in WITHDRAWN
        and first is not None
        and first.state not in OUT_OF_HAND
    )
    if told:
        session.add(delivery_of(addition, request, request.system))
        await session.flush()
    return addition, told


async def first_delivery(session: AsyncSession, request: ServiceRequest) -> Delivery | None:
    """The way of the request itself into the system that answers."""
    found: Delivery | None = await session.scalar(
        select(Delivery).where(
            Delivery.service_request_id == request.id,
            Delivery.system == request.system,
            Delivery.addition_id.is_(None),
        )
    )
    return found


async def additions_of(session: AsyncSession, request: ServiceRequest) -> Sequence[Addition]:
    """In the order in which they were said."""
    rows = await session.scalars(
        select(Addition).where(Addition.service_request_id == request.id).order_by(Addition.id)
    )
    return rows.all()


async def is_told(session: AsyncSession, addition: Addition) -> bool:
    """Whether a delivery carries it."""
    carried = select(Delivery.id).where(
        Delivery.service_request_id == addition.service_request_id, Delivery.addition_id == addition.id
    )
    return await session.scalar(carried.limit(1)) is not None


def delivery_of(addition: Addition, request: ServiceRequest, system: str) -> Delivery:
    """The way of an addition into a system, under a key of its own."""
    return Delivery(
        key=f"{request.tracking_number}-{system}-{addition.id}",
        service_request_id=request.id,
        addition_id=addition.id,
        system=system,
    )
