"""One task for the outage of a system, however many deliveries wait for its end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.store import Store
from casework.tables import Delivery, OperatorTask, utc_now
from casework.tasks import close_task, open_task
from integrations.connections import Connections

ALARM_AFTER_SECONDS = 60.0


class Alarms:
    """What one worker knows of the outages; its breakers hear from here how calls went."""

    def __init__(self, store: Store, connections: Connections) -> None:
        self._store = store
        self._connections = connections
        self._alarmed: set[str] = set()
        self._without: set[str] = set()
        """Systems that have no alarm open, as far as we know: another worker, or one that ended, may have raised it."""

    async def answered(self, name: str) -> None:
        """The system answered sensibly."""
        breaker = self._connections.breaker(name)
        failed = breaker.failing_since is not None
        breaker.succeeded()
        self._alarmed.discard(name)
        if not failed and name in self._without:
            return
        async with self._store.read() as session:
            is_open = await session.scalar(_open(name)) is not None
        if is_open:
            async with self._store.write() as session:
                await end_alarm(session, name)
        self._without.add(name)

    async def fails(self, name: str, reason: str) -> None:
        """A call failed, which the breaker knows; after a minute of that an alarm is raised."""
        breaker = self._connections.breaker(name)
        if name in self._alarmed or not breaker.is_open or breaker.failing_for() < ALARM_AFTER_SECONDS:
            return
        self._alarmed.add(name)
        async with self._store.write() as session:
            await raise_alarm(session, name, reason, utc_now())


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
        OperatorTask.dedupe_key.startswith(f"down:{system}:", autoescape=True),
    )
