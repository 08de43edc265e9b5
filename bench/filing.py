"""Requests filed by the thousand, and workers to deliver them: what the measurements of deliveries stand on."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, insert, select

from bench.processes import process
from casework.conversations import conversation_of
from casework.store import Store, open_store
from casework.tables import Delivery, ServiceRequest, utc_now

WORDS = "یک چالهٔ بزرگ وسط خیابان هست، لطفاً آسفالت را ترمیم کنید"
CITIZENS = 500
PARKS, TAXI = ("parks", "park_facilities"), ("taxi", "taxi")


@dataclass
class Bench:
    """A database and what is filed in it, the simulated city, workers as processes."""

    name: str
    url: str
    simulator: str
    folder: Path
    filed: int = 0

    @property
    def many(self) -> int:
        """Workers: as many as this database is made for."""
        return 2 if self.name == "PostgreSQL" else 1

    @contextlib.contextmanager
    def workers(self, count: int) -> Iterator[None]:
        environment = {
            "DATABASE_URL": self.url,
            "RASA_URL": "http://127.0.0.1:9",
            "HAMYAR_SIMULATOR_URL": self.simulator,
            "HAMYAR_SYSTEMS": "simulator",
            "HAMYAR_LOG_LEVEL": "ERROR",
        }
        with contextlib.ExitStack() as running:
            for number in range(count):
                command = [sys.executable, "-m", "app", "run", "--role", "worker"]
                running.enter_context(process(command, environment, self.folder / f"worker{number}.log"))
            yield

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        store = open_store(self.url)
        yield store
        await store.close()

    async def file(self, count: int, destination: tuple[str, str] = PARKS, state: str = "waiting") -> None:
        """So many requests of citizens, filed just now."""
        system, service = destination
        now = utc_now()
        async with self.store() as store, store.write() as session:
            people = [
                await conversation_of(
                    session, channel="terminal", chat_id=who, chat_kind="private", sender_id=who, name=None
                )
                for who in map(str, range(min(count, CITIZENS)))
            ]
            for start in range(0, count, 1000):
                numbers = range(self.filed + start, self.filed + min(start + 1000, count))
                rows = [
                    {
                        "tracking_number": f"{number:09}",
                        "conversation_id": people[number % len(people)].id,
                        "person_id": people[number % len(people)].person_id,
                        "draft_id": f"d{number}",
                        "channel": "terminal",
                        "service_code": service,
                        "description": WORDS,
                        "place": {"text": "بولوار هدایت", "lat": 36.3, "lon": 59.6},
                        "district": "2",
                        "system": system,
                        "agency": "x",
                        "status": "registered" if state == "waiting" else "closed",
                        "created_at": now,
                        "updated_at": now if state == "waiting" else now - timedelta(days=60),
                    }
                    for number in numbers
                ]
                ids = await session.scalars(
                    insert(ServiceRequest).returning(ServiceRequest.id, sort_by_parameter_order=True), rows
                )
                sent = [
                    {
                        "key": f"{number:09}-{system}",
                        "service_request_id": request,
                        "system": system,
                        "state": state,
                        "next_at": now,
                        "external_id": None if state == "waiting" else f"x{number}",
                    }
                    for number, request in zip(numbers, ids.all(), strict=True)
                ]
                await session.execute(insert(Delivery), sent)
        self.filed += count

    async def until_sent(self, *systems: str, seconds: float = 900.0) -> float:
        """Seconds until none of them has anything waiting."""
        begin = time.monotonic()
        waiting = (
            select(func.count())
            .select_from(Delivery)
            .where(Delivery.system.in_(systems), Delivery.state.in_(("waiting", "working", "token")))
        )
        async with self.store() as store:
            while time.monotonic() - begin < seconds:
                async with store.read() as session:
                    left = await session.scalar(waiting)
                if not left:
                    return time.monotonic() - begin
                await asyncio.sleep(0.1)
        raise TimeoutError(f"{left} deliveries left after {seconds:g} s")

    async def until_working(self, workers: int, seconds: float = 120.0) -> None:
        """Until so many workers have been seen at it: what they take to start is no delivery."""
        self.fault(kind="latency", system=PARKS[0], on="all", seconds=0.5)
        owners = select(Delivery.lease_owner).where(Delivery.lease_owner.is_not(None))
        seen: set[str | None] = set()
        end = time.monotonic() + seconds
        async with self.store() as store:
            while len(seen) < workers:
                if time.monotonic() > end:
                    raise TimeoutError(f"{len(seen)} of {workers} workers after {seconds:g} s")
                await self.file(20 * workers)  # more than one of them takes at once
                for _ in range(10):
                    await asyncio.sleep(0.2)
                    async with store.read() as session:
                        seen |= set(await session.scalars(owners))
        self.heal()
        await self.until_sent(PARKS[0])

    def fault(self, **fault: Any) -> None:
        httpx.post(f"{self.simulator}/_control/faults", json=fault, trust_env=False).raise_for_status()

    def heal(self) -> None:
        httpx.delete(f"{self.simulator}/_control/faults", trust_env=False).raise_for_status()

    def there(self, system: str) -> list[str]:
        """The keys that the system holds."""
        found = httpx.get(f"{self.simulator}/_control/requests", params={"system": system}, trust_env=False)
        return [str(one["key"]) for one in found.json()]
