"""One task for the outage of a system, however many deliveries wait for its end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.tables import Delivery, OperatorTask
from casework.tasks import close_task, open_task


async def system_took_something(session: AsyncSession, system: str, since: datetime) -> bool:
    """Whether this system took any delivery after `since`: it is up, so what still fails is the one
    request."""
    found = await session.scalar(
        select(Delivery.id).where(Delivery.system == system, Delivery.sent_at > since).limit(1)
    )
    return found is not None


async def raise_alarm(session: AsyncSession, system: str, reason: str, now: datetime) -> None:
    """One task for an outage, however many deliveries wait for its end."""
    if await session.scalar(_open(system)) is None:
        await open_task(
            session,
            kind="system_down",
            dedupe_key=f"down:{system}:{now:%Y%m%d%H%M%S}",
            reason=f"{system}: {reason}",
        )


async def end_alarm(session: AsyncSession, system: str) -> None:
    """The system answers again."""
    for task_id in (await session.scalars(_open(system))).all():
        await close_task(session, task_id, "the system answers again", "system")


def _open(system: str) -> Select[int]:
    return select(OperatorTask.id).where(
        OperatorTask.kind == "system_down",
        OperatorTask.state == "open",
        OperatorTask.dedupe_key.like(f"down:{system}:%"),
    )
