"""What time alone brings about: an answered request is asked after once more, and closed when she says nothing.

Only the citizen says solved. After `ASK_AFTER` without a word from her she is asked once more; `CLOSE_AFTER` after
the answer, and never sooner than `TIME_TO_SAY` after that question, the clock closes it: *closed*, not *solved*.
Every step is one transaction and leaves the request in a state from which it is not done again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.conversations import say
from casework.lifecycle import Lifecycle, TransitionRefused
from casework.pause import pause
from casework.requests import change_status, held, solved_buttons
from casework.store import Store
from casework.tables import ServiceRequest, utc_now
from casework.tasks import audit

log = structlog.get_logger()

ASK_AFTER = timedelta(days=3)
CLOSE_AFTER = timedelta(days=7)
TIME_TO_SAY = CLOSE_AFTER - ASK_AFTER
EVERY_SECONDS = 60.0
LOCK = 0x68616D01
"""The advisory lock of PostgreSQL under which the clock runs once, however many workers there are."""


@dataclass(frozen=True)
class Clock:
    """`now`: what time it is, for tests."""

    store: Store
    lifecycle: Lifecycle
    now: Callable[[], datetime] = utc_now

    async def run(self, stop: asyncio.Event) -> None:
        """Look every minute, until `stop`."""
        while not stop.is_set():
            try:
                await self.tick()
            except Exception as error:  # the database is away, or worse: say so, look again
                log.error("clock_interrupted", error=type(error).__name__)
            await pause(stop, EVERY_SECONDS)

    async def tick(self) -> int:
        """Do everything that is due; how many steps that were."""
        done = 0
        while await self._step():
            done += 1
        return done

    async def _step(self) -> bool:
        """One request. False where nothing is due, or another process holds the clock."""
        async with self.store.read() as session:
            if await self._due(session) is None:
                return False
        async with self.store.write() as session:
            if not await self.store.alone(session, LOCK):
                return False
            request = await self._due(session)
            if request is None:
                return False
            conversation = await held(session, request)
            if request.status != "answered" or request.updated_at > self.now() - ASK_AFTER:
                return True  # she, or the agency, was faster by a moment
            if request.asked_again_at is not None:
                await self._close(session, request)
                return True
            request.asked_again_at = self.now()
            content = {
                "key": "push.ask_again",
                "request": request.id,
                "status": request.status,
                "buttons": solved_buttons(session, request),
            }
            await say(
                session,
                conversation,
                content,
                dedupe_key=f"ask_again:{request.id}:{request.updated_at.timestamp():.0f}",
                service_request_id=request.id,
            )
            audit(session, "clock", "asked_again", f"request:{request.id}")
            return True

    async def _close(self, session: AsyncSession, request: ServiceRequest) -> None:
        try:
            await change_status(session, self.lifecycle, request, "closed", "clock")
        except TransitionRefused:  # the city's table does not want it: it stays answered
            request.asked_again_at = self.now()

    async def _due(self, session: AsyncSession) -> ServiceRequest | None:
        """`updated_at` is the time of the answer, or of what the agency added to it."""
        now = self.now()
        asked = ServiceRequest.asked_again_at
        due = select(ServiceRequest).where(
            ServiceRequest.status == "answered",
            ServiceRequest.updated_at <= now - ASK_AFTER,
            or_(
                asked.is_(None),
                (asked <= now - TIME_TO_SAY) & (ServiceRequest.updated_at <= now - CLOSE_AFTER),
            ),
        )
        return (await session.scalars(due.order_by(ServiceRequest.updated_at).limit(1))).first()
