"""Reads the status of filed requests back from the municipal systems.

A system that lists changes is asked since its high-water mark, a little earlier (the overlap); the others
are asked for the ids that are still open. So is, now and then, who lists changes: what was cut off from a list, or
appeared in it only after its time, is lost to nobody. What they say is taken over by `status_reports`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.lifecycle import Lifecycle
from casework.pause import pause
from casework.store import Store, is_transient
from casework.tables import Delivery, ServiceRequest, SyncMark, utc_now
from integrations.connections import Connections
from integrations.drivers import IntegrationError, TooLong
from integrations.status_reports import StatusReports
from integrations.system import System

log = logging.getLogger(__name__)

IDS_PER_ROUND = 200
FIRST_LOOK_BACK = timedelta(days=7)
STILL_ASKED = timedelta(days=14)
"""So long after a request was closed its system is still asked: it may open it again."""
TICK_SECONDS = 1.0
UNEVENLY = (0.8, 1.2)
"""The pause between two questions to a system is its `poll_seconds` times something between these."""
ALL_THE_SAME_SECONDS = 3600.0
"""So often a system that lists changes is asked for some of the open ids as well."""
LATEST_FIRST = 60.0
"""Seconds after the start within which every system is asked for the first time."""


class StatusSync:
    """Asks every system that can be asked, each at its own pace."""

    def __init__(self, store: Store, connections: Connections, lifecycle: Lifecycle) -> None:
        self._store = store
        self._connections = connections
        self._lifecycle = lifecycle
        self.reports = StatusReports(store, lifecycle)
        self._next: dict[str, float] = {}
        self._open: set[str] = set()
        self._looked = float("-inf")
        self._cursor: dict[str, int] = {}
        self._by_id: dict[str, float] = {}

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
            driver = self._connections.driver(name)
            if driver.lists_changes:
                changed = await self._changes(system)
                asks = driver.says_the_same_by_id and self._is_time_for_ids(name)
                return changed + (await self._open_ones(system) if asks else 0)
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
        driver = self._connections.driver(system.name)
        try:
            reports = await driver.statuses(since)
        except TooLong:
            if driver.says_the_same_by_id:
                return await self._open_ones(system)
            raise
        changed = await self.reports.take(system, reports)
        if driver.says_the_same_by_id and driver.longest_list and len(reports) >= driver.longest_list:
            # Cut off, and nobody knows at which end.
            changed += await self._every_open_one(system)
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
        return await self.reports.take(system, await self._connections.driver(system.name).status(ids))

    async def _every_open_one(self, system: System) -> int:
        self._cursor.pop(system.name, None)
        changed = await self._open_ones(system)
        while self._cursor.get(system.name, 0):
            changed += await self._open_ones(system)
        return changed

    def _is_time_for_ids(self, name: str) -> bool:
        now = time.monotonic()
        due = self._by_id.setdefault(name, now + random.uniform(0.0, ALL_THE_SAME_SECONDS))
        if now >= due:
            self._by_id[name] = now + ALL_THE_SAME_SECONDS
        return now >= due

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
