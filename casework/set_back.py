"""A clock that was set back: what the wrong one put off is due now, else people wait for as long as it was wrong.

Nothing in a queue is put off for as long as its `furthest`, no lease lasts so long: a row that seems to be further off
was put down before the clock was set.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from casework.pause import pause
from casework.store import Store
from casework.tables import Attachment, Delivery, OutboxMessage, Turn, is_open, utc_now

log = structlog.get_logger()

LONGEST_PAUSE = 900.0
"""Seconds; a messenger or a system that asks for a longer pause is asked again earlier."""
LOOK_EVERY = 5.0


@dataclass(frozen=True)
class _Queue:
    table: type[Any]
    times: tuple[InstrumentedAttribute[Any], ...]
    is_waiting: ColumnElement[bool]
    """Which of its rows are still to be worked on."""
    furthest: timedelta = timedelta(minutes=20)


_QUEUES = (
    _Queue(Turn, (Turn.due_at, Turn.lease_until), is_open(Turn.state), timedelta(minutes=2)),
    _Queue(OutboxMessage, (OutboxMessage.next_at, OutboxMessage.lease_until), is_open(OutboxMessage.state)),
    _Queue(
        Delivery,
        (Delivery.next_at, Delivery.lease_until),
        Delivery.state.in_(("waiting", "working", "token")),
    ),
    _Queue(Attachment, (Attachment.next_at,), Attachment.state == "remote"),
)


@dataclass(frozen=True)
class SetBack:
    """Looks every few seconds."""

    store: Store

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                if await self.mend():
                    log.warning("clock_was_set_back")
            except Exception as error:  # the database is away
                log.error("set_back_interrupted", error=type(error).__name__)
            await pause(stop, LOOK_EVERY)

    async def mend(self) -> bool:
        """True where something was put off by a clock that ran ahead; it is due now."""
        now = utc_now()
        found = []
        async with self.store.read() as session:
            for queue in _QUEUES:
                too_far = or_(*(time > now + queue.furthest for time in queue.times))
                row = select(queue.table.id).where(queue.is_waiting, too_far).limit(1)
                if await session.scalar(row) is not None:
                    found.append(queue)
        if not found:
            return False
        async with self.store.write() as session:
            for queue in found:
                for time in queue.times:
                    too_far = time > now + queue.furthest
                    mended = update(queue.table).where(queue.is_waiting, too_far).values({time.key: now})
                    await session.execute(mended)
        return True
