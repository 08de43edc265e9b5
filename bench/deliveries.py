"""How filed requests reach the municipal systems: a second, after an outage, beside a failing neighbour, from a full
database (`python -m bench deliveries`). Everything runs as in a city: workers as processes, systems over HTTP.
"""

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

from app.rasa_service import free_port
from app.schema import upgrade
from bench.processes import answers, percentile, process, until
from casework.conversations import conversation_of
from casework.store import Store, open_store
from casework.tables import Delivery, ServiceRequest, utc_now
from integrations import deliveries
from integrations.drivers import OutgoingRequest, build_driver
from integrations.registry import load_registry
from integrations.system import System
from tests.postgres import PostgresServer

WORDS = "یک چالهٔ بزرگ وسط خیابان هست، لطفاً آسفالت را ترمیم کنید"
CITIZENS = 500
PARKS, TAXI = ("parks", "park_facilities"), ("taxi", "taxi")


@dataclass
class Bench:
    """A database, the simulated city, and commands to start workers."""

    name: str
    url: str
    simulator: str
    folder: Path
    filed: int = 0

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

    async def sent_a_second(self, count: int, workers: int) -> float:
        """Deliveries a second, from the first that is sent to the last."""
        await self.file(count)
        with self.workers(workers):
            await self.until_sent("parks")
        async with self.store() as store, store.read() as session:
            first, last, number = (
                await session.execute(
                    select(func.min(Delivery.sent_at), func.max(Delivery.sent_at), func.count()).where(
                        Delivery.system == "parks", Delivery.state == "sent"
                    )
                )
            ).one()
        return float(number / max((last - first).total_seconds(), 0.001))

    def fault(self, **fault: Any) -> None:
        httpx.post(f"{self.simulator}/_control/faults", json=fault, trust_env=False).raise_for_status()

    def heal(self) -> None:
        httpx.delete(f"{self.simulator}/_control/faults", trust_env=False).raise_for_status()

    def there(self, system: str) -> list[str]:
        """The keys that the system holds."""
        found = httpx.get(f"{self.simulator}/_control/requests", params={"system": system}, trust_env=False)
        return [str(one["key"]) for one in found.json()]


def report(folder: Path, outage: float, waiting: int) -> None:
    """Measure on both databases and print it."""
    server = PostgresServer.start(keeps_commits=True)
    try:
        with server.database() as postgresql, server.database() as other, server.database() as third:
            for name, urls in (
                ("PostgreSQL", (postgresql, other, third)),
                ("SQLite", tuple(f"sqlite+aiosqlite:///{folder / f'{n}.db'}" for n in "abc")),
            ):
                asyncio.run(_on(name, urls, folder, outage, waiting))
    finally:
        server.stop()


async def _on(name: str, urls: tuple[str, ...], folder: Path, outage: float, waiting: int) -> None:
    for url in urls:
        await asyncio.to_thread(upgrade, url)
    many = 2 if name == "PostgreSQL" else 1
    with _simulator(folder) as simulator:
        bench = Bench(name, urls[0], simulator, folder)
        ours = await bench.sent_a_second(2000, many)
        plain = await _plain(simulator, 2000)
        print(
            f"{name}: {ours:.0f} deliveries/s with {many} worker(s); plain httpx loop {plain:.0f}/s",
            flush=True,
        )
        await _outage(bench, outage, waiting)
        await _fairness(Bench(name, urls[1], simulator, folder, filed=10_000_000))
        await _claims(Bench(name, urls[2], simulator, folder, filed=20_000_000))


@contextlib.contextmanager
def _simulator(folder: Path) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "integrations.simulator", "--host", "127.0.0.1", "--port", str(port)]
    with process(command, {}, folder / "simulator.log"):
        until(lambda: answers(f"{url}/healthz"), 30, "the simulator")
        yield url


async def _plain(simulator: str, count: int) -> float:
    """The same bodies posted by a plain loop over httpx, one after the other on one connection."""
    system = load_registry(simulator_url=simulator).system("parks")
    bodies = await _bodies(system, count)
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        begin = time.monotonic()
        for url, headers, body in bodies:
            (await client.post(url, headers=headers, content=body)).raise_for_status()
        return count / (time.monotonic() - begin)


async def _bodies(system: System, count: int) -> list[tuple[str, dict[str, str], bytes]]:
    """What the driver would send for so many requests."""
    seen: list[tuple[str, dict[str, str], bytes]] = []

    def keep(request: httpx.Request) -> httpx.Response:
        seen.append((str(request.url), {"Content-Type": request.headers["Content-Type"]}, request.content))
        return httpx.Response(200, json=[{"service_request_id": str(len(seen))}])

    driver = build_driver(system, httpx.MockTransport(keep))
    for number in range(count):
        await driver.submit(
            OutgoingRequest(
                key=f"plain-{number}", tracking_number=f"{number:09}", service_code=PARKS[1], service_name="x",
                description=WORDS, requested_at=utc_now(), district="2", address="بولوار هدایت", lat=36.3, lon=59.6,
            )
        )  # fmt: skip
    await driver.aclose()
    return seen


async def _outage(bench: Bench, seconds: float, waiting: int) -> None:
    before = len(bench.there("taxi"))
    bench.fault(kind="error_503", system="taxi", on="all")
    await bench.file(waiting, TAXI)
    with bench.workers(2 if bench.name == "PostgreSQL" else 1):
        await asyncio.sleep(seconds)
        bench.heal()
        took = await bench.until_sent("taxi")
    keys = bench.there("taxi")
    print(
        f"{bench.name}: away for {seconds:.0f} s with {waiting} requests waiting, drained {took:.0f} s after; "
        f"{waiting - (len(keys) - before)} lost, {len(keys) - len(set(keys))} filed twice",
        flush=True,
    )


async def _fairness(bench: Bench) -> None:
    """p95 from filed to sent of the others, undisturbed and beside a system that fails and hangs."""
    found = {}
    for weather in ("undisturbed", "beside a failing system"):
        if weather != "undisturbed":
            bench.fault(kind="timeout_before", system="taxi", on="all", seconds=30)
            await bench.file(1000, TAXI)
        begin = utc_now()
        with bench.workers(1):
            await asyncio.sleep(6)
            for _ in range(60):
                await bench.file(5, PARKS)
                await asyncio.sleep(0.25)
            await bench.until_sent("parks")
        async with bench.store() as store, store.read() as session:
            rows = await session.execute(
                select(Delivery.sent_at, ServiceRequest.created_at)
                .join(ServiceRequest, ServiceRequest.id == Delivery.service_request_id)
                .where(
                    Delivery.system == "parks", Delivery.sent_at.is_not(None), Delivery.created_at >= begin
                )
            )
            found[weather] = percentile([(sent - created).total_seconds() for sent, created in rows], 0.95)
    bench.heal()
    share = found["beside a failing system"] / found["undisturbed"]
    times = ", ".join(f"{seconds * 1000:.0f} ms {weather}" for weather, seconds in found.items())
    print(f"{bench.name}: p95 from filed to sent: {times} ({share:.2f} times)", flush=True)


async def _claims(bench: Bench) -> None:
    """How long a claim of four takes with few and with many requests in the database."""
    times = {}
    for size in (1_000, 100_000):
        await bench.file(size - bench.filed % 1_000_000, PARKS, state="sent")
        await bench.file(400, TAXI)
        async with bench.store() as store:
            if not store.is_sqlite:
                async with store.engine.connect() as connection:
                    await connection.exec_driver_sql("analyze")
            taken = []
            for _ in range(100):
                begin = time.perf_counter()
                async with store.read() as session:
                    await deliveries.systems_with_work(session, utc_now())
                async with store.write() as session:
                    claimed = await deliveries.claim(session, "taxi", 4, "bench", utc_now(), {})
                assert len(claimed) == 4
                taken.append(time.perf_counter() - begin)
            times[size] = percentile(taken, 0.5)
    few, many = times.values()
    print(
        f"{bench.name}: claiming four takes {few * 1000:.1f} ms of 1,000 requests, {many * 1000:.1f} ms of 100,000 "
        f"({many / few:.2f} times)",
        flush=True,
    )
