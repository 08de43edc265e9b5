"""Reads the status of filed requests back from the municipal systems.

A system that lists changes is asked since its high-water mark, a little earlier (the overlap); the others
are asked for the ids that are still open. The step is checked by the lifecycle; what a system says in a word
that its file does not know is kept raw and becomes one task per system and word. Older news never overwrites
newer.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.lifecycle import Lifecycle, TransitionRefused
from casework.pause import pause
from casework.requests import change_status
from casework.store import Store, is_transient
from casework.tables import ANSWER, Attachment, Delivery, ServiceRequest, SyncMark, utc_now
from casework.tasks import open_task
from integrations.connections import Connections
from integrations.drivers import IntegrationError, StatusReport
from integrations.system import System
from integrations.taken import Taken, known_of, without_ours

log = logging.getLogger(__name__)

IDS_PER_ROUND = 200
TOGETHER = 8
"""Reports of one transaction on SQLite."""
PHOTOS = 5
"""So many of one report are shown."""
FIRST_LOOK_BACK = timedelta(days=7)
STILL_ASKED = timedelta(days=14)
"""So long after a request was closed its system is still asked: it may open it again."""
TICK_SECONDS = 1.0
UNEVENLY = (0.8, 1.2)
"""The pause between two questions to a system is its `poll_seconds` times something between these."""
LATEST_FIRST = 60.0
"""Seconds after the start within which every system is asked for the first time."""


class StatusSync:
    """Asks every system that can be asked, each at its own pace."""

    def __init__(self, store: Store, connections: Connections, lifecycle: Lifecycle) -> None:
        self._store = store
        self._connections = connections
        self._lifecycle = lifecycle
        self._next: dict[str, float] = {}
        self._open: set[str] = set()
        self._looked = float("-inf")
        self._cursor: dict[str, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until `stop` is set."""
        asking: dict[str, asyncio.Task[int]] = {}
        while not stop.is_set():
            asking = {name: task for name, task in asking.items() if not task.done()}
            now = time.monotonic()
            due = [one for one in self._askable() if one.name not in asking and self._is_due(one, now)]
            there = await self._with_open_ones(due, now) if due else set()
            for system in due:
                self._next[system.name] = now + system.poll_seconds * random.uniform(*UNEVENLY)
                if system.name in there:
                    asking[system.name] = asyncio.create_task(self.sync(system.name))
            await pause(stop, TICK_SECONDS)
        await asyncio.gather(*asking.values(), return_exceptions=True)

    def _is_due(self, system: System, now: float) -> bool:
        # Not all at once, neither when we start nor later: seventy answers in one moment hold up every citizen.
        first = now + random.uniform(0.0, min(system.poll_seconds, LATEST_FIRST))
        return now >= self._next.setdefault(system.name, first)

    async def _with_open_ones(self, due: Sequence[System], now: float) -> set[str]:
        """The systems that have something of ours whose status may still change; looked up for all at once, and not
        more often than the most impatient of those that are due is asked."""
        if now - self._looked >= min(system.poll_seconds for system in due):
            try:
                async with self._store.read() as session:
                    found = await session.scalars(self._open_deliveries(Delivery.system).distinct())
                    self._open, self._looked = set(found.all()), now
            except Exception as error:
                if not is_transient(error):
                    log.exception("the status sync stumbled")
        return self._open

    async def sync_all(self) -> int:
        """Ask every system once; how many requests changed."""
        return sum([await self.sync(system.name) for system in self._askable()])

    async def sync(self, name: str) -> int:
        """Ask one system; how many requests changed. Trouble is logged, and the system asked again at its
        time."""
        system = self._connections.registry.system(name)
        try:
            if self._connections.driver(name).lists_changes:
                return await self._changes(system)
            return await self._open_ones(system)
        except IntegrationError as error:
            log.warning("status not read", extra={"system": name, "why": str(error)})
        except Exception as error:
            if not is_transient(error):
                log.exception("the status sync stumbled", extra={"system": name})
        return 0

    def _askable(self) -> list[System]:
        systems = self._connections.registry.systems.values()
        return [system for system in systems if not system.by_hand and system.state == "live"]

    async def _changes(self, system: System) -> int:
        async with self._store.read() as session:
            if (await session.execute(self._asked_for(system).limit(1))).first() is None:
                return 0  # nothing of ours can change there
            mark = await session.get(SyncMark, system.name)
        high_water = mark.high_water if mark else utc_now() - FIRST_LOOK_BACK
        since = high_water - timedelta(seconds=system.overlap_seconds)
        reports = await self._connections.driver(system.name).statuses(since)
        changed = await self.take(system, reports)
        newest = max((report.updated_at for report in reports if report.updated_at), default=None)
        # A system whose clock runs ahead must not make us skip what it says later.
        newest = min(newest, utc_now()) if newest else None
        if newest and (mark is None or newest > mark.high_water):
            async with self._store.write() as session:
                await session.merge(SyncMark(system=system.name, high_water=newest))
        return changed

    async def _open_ones(self, system: System) -> int:
        async with self._store.read() as session:
            ids = await self._ids_to_ask(session, system)
        if not ids:
            return 0
        return await self.take(system, await self._connections.driver(system.name).status(ids))

    async def _ids_to_ask(self, session: AsyncSession, system: System) -> list[str]:
        """The next of the system's requests whose status may still change, round and round."""
        # Who is asked every three seconds (the simulated city) is asked for fewer at a time.
        most, name = max(50, min(IDS_PER_ROUND, int(3 * system.poll_seconds))), system.name
        asked = self._asked_for(system).order_by(Delivery.id).limit(most)
        rows = (await session.execute(asked.where(Delivery.id > self._cursor.get(name, 0)))).all()
        if not rows and self._cursor.get(name, 0):
            rows = (await session.execute(asked)).all()
        self._cursor[name] = rows[-1][0] if len(rows) == most else 0
        return [external_id for _, external_id in rows if external_id]

    def _asked_for(self, system: System) -> Select[int, str | None]:
        """The deliveries to a system whose status may still change: (id, its number)."""
        asked = self._open_deliveries(Delivery.id, Delivery.external_id)
        return asked.where(Delivery.system == system.name)

    def _open_deliveries(self, *columns: Any) -> Select[Any]:
        """The deliveries whose status may still change."""
        final = [state.code for state in self._lifecycle.states.values() if state.terminal]
        return (
            select(*columns)
            .join(ServiceRequest, ServiceRequest.id == Delivery.service_request_id)
            .where(
                Delivery.state == "sent", Delivery.external_id.is_not(None), Delivery.addition_id.is_(None)
            )
            .where(ServiceRequest.system == Delivery.system)  # of a copy the other one speaks
            .where(
                ServiceRequest.status.not_in(final) | (ServiceRequest.updated_at > utc_now() - STILL_ASKED)
            )
        )

    async def take(self, system: System, reports: Sequence[StatusReport]) -> int:
        """Put reports down; how many requests changed. Also for webhooks. One that cannot be put down keeps back no
        other; what kept it is raised in the end.

        Hundreds may come at once, and no citizen is to wait for them: after each transaction as long a pause.
        """
        left = deque(await self._fresh(system, reports))
        most = TOGETHER if self._store.is_sqlite else 1  # PostgreSQL's writers do not queue
        changed, trouble = 0, list[Exception]()
        while left:
            begin = time.monotonic()
            part = [left.popleft() for _ in range(min(most, len(left)))]
            changed += await self._put_down(system, part, trouble)
            if left:
                await asyncio.sleep(time.monotonic() - begin)
        if trouble:
            raise trouble[0]
        return changed

    async def _put_down(
        self, system: System, reports: Sequence[StatusReport], trouble: list[Exception]
    ) -> int:
        """In one transaction; where that fails, each in its own."""
        try:
            async with self._store.write() as session:
                return sum([await self._take_one(session, system, report) for report in reports])
        except Exception as error:
            if len(reports) == 1:
                trouble.append(error)
                return 0
        return sum([await self._put_down(system, [report], trouble) for report in reports])

    async def _fresh(self, system: System, reports: Sequence[StatusReport]) -> list[StatusReport]:
        """Without what is known already, and what is not ours: most answers of a poll change nothing."""
        now = utc_now()
        async with self._store.read() as session:
            known = await known_of(session, system.name, reports)
            news = [
                report
                for report in reports
                if report.external_id in known and not known[report.external_id].covers(report, now)
            ]
            return await without_ours(session, system, news)

    async def _take_one(self, session: AsyncSession, system: System, report: StatusReport) -> bool:
        delivery = await session.scalar(
            select(Delivery)
            .where(Delivery.system == system.name, Delivery.external_id == report.external_id)
            .where(Delivery.addition_id.is_(None))
            .with_for_update()
        )
        request = await session.get(ServiceRequest, delivery.service_request_id) if delivery else None
        if delivery is None or request is None:
            return False
        taken = Taken(delivery.raw_status, request.status, request.status_notes, request.status_source_at)
        now = utc_now()
        if taken.covers(report, now):
            return False
        if taken.clock_was_wrong(report, now):
            request.status_source_at = report.updated_at
        delivery.raw_status = report.raw_status
        if request.system != system.name:
            return False  # a copy, or it was redirected: another system speaks for it
        if report.status is None:
            await self._unknown_word(session, system, request, report)
            return False
        if report.status == "submitted":
            return False  # that it lies there is known since the delivery
        agency = request.agency
        if report.status == "redirected" and report.agency:
            request.agency = report.agency
        try:
            changed = await change_status(
                session,
                self._lifecycle,
                request,
                report.status,
                "system",
                notes=report.notes,
                raw_status=report.raw_status,
                source_at=report.updated_at,
            )
            if not changed and request.status == report.status:
                request.status_source_at = report.updated_at or request.status_source_at
            await self._photos(session, request, report)
            return changed
        except TransitionRefused as refused:
            request.agency = agency
            await self._refused_step(session, system, request, refused)
            return False

    async def _photos(self, session: AsyncSession, request: ServiceRequest, report: StatusReport) -> None:
        """To be fetched, and then shown to the citizen; each once."""
        known = await session.scalars(
            select(Attachment.file_id).where(
                Attachment.service_request_id == request.id, Attachment.kind == ANSWER
            )
        )
        there = set(known)
        for url in report.photos[:PHOTOS]:
            if url not in there:
                there.add(url)
                session.add(
                    Attachment(
                        conversation_id=request.conversation_id,
                        service_request_id=request.id,
                        kind=ANSWER,
                        file_id=url,
                    )
                )

    async def _unknown_word(
        self, session: AsyncSession, system: System, request: ServiceRequest, report: StatusReport
    ) -> None:
        await open_task(
            session,
            kind="unknown_status",
            dedupe_key=f"unknown_status:{system.name}:{report.raw_status}"[:255],
            reason=f"{system.name}: its file has no meaning for the status {report.raw_status!r}",
            service_request_id=request.id,
        )

    async def _refused_step(
        self, session: AsyncSession, system: System, request: ServiceRequest, refused: TransitionRefused
    ) -> None:
        """A step that the lifecycle does not have. What the citizen has ended stays ended, without a task."""
        if request.status in ("solved", "cancelled"):
            return
        await open_task(
            session,
            kind="unknown_status",
            dedupe_key=f"refused_step:{request.id}:{refused.from_}:{refused.to}",
            reason=f"{system.name}: says {refused.to!r} of a request that is {refused.from_!r}",
            service_request_id=request.id,
        )
