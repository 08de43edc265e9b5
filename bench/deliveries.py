"""How filed requests reach the municipal systems: a second, after an outage, beside a failing neighbour, from a full
database (`python -m bench deliveries`). Everything runs as in a city: workers as processes, systems over HTTP. Where a
limit does not hold it is said, and the command ends with 1.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from sqlalchemy import select

from app.rasa_service import free_port
from app.schema import upgrade
from bench.filing import PARKS, TAXI, WORDS, Bench
from bench.processes import answers, percentile, process, until
from casework.tables import Delivery, ServiceRequest, utc_now
from integrations import deliveries
from integrations.drivers import OutgoingRequest, build_driver
from integrations.registry import load_registry
from integrations.system import System
from tests.postgres import PostgresServer

LEAST_OF_PLAIN = 0.5
"""Of what a plain loop does, on PostgreSQL with two workers."""
DRAINED_IN = 300.0
"""Seconds after an outage."""
MOST_BESIDE_FAILING = 1.5
MOST_OF_A_FULL_DATABASE = 1.3


def report(folder: Path, outage: float, waiting: int, count: int = 2000, full: int = 100_000) -> list[str]:
    """Measure on both databases and print it; what does not hold its limit.

    `outage`: seconds. `waiting`: requests that wait for its end. `count`: deliveries that are timed. `full`: requests
    of the full database.
    """
    missed: list[str] = []
    server = PostgresServer.start(keeps_commits=True)
    try:
        with server.database() as first, server.database() as second, server.database() as third:
            for name, urls in (
                ("PostgreSQL", (first, second, third)),
                ("SQLite", tuple(f"sqlite+aiosqlite:///{folder / f'{n}.db'}" for n in "abc")),
            ):
                asyncio.run(_on(name, urls, folder, outage, waiting, count, full, missed))
    finally:
        server.stop()
    for line in missed:
        print(f"MISSED {line}", flush=True)
    return missed


async def _on(
    name: str,
    urls: tuple[str, ...],
    folder: Path,
    outage: float,
    waiting: int,
    count: int,
    full: int,
    missed: list[str],
) -> None:
    for url in urls:
        await asyncio.to_thread(upgrade, url)
    with _simulator(folder) as simulator:
        bench = Bench(name, urls[0], simulator, folder)
        failing = Bench(name, urls[1], simulator, folder, filed=10_000_000)
        stocked = Bench(name, urls[2], simulator, folder, filed=20_000_000)

        def say(line: str, holds: bool) -> None:
            print(f"{name}: {line}", flush=True)
            missed.extend([] if holds else [f"{name}: {line}"])

        say(*await _a_second(bench, count))
        say(*await _outage(bench, outage, waiting))
        say(*await _fairness(failing))
        say(*await _claims(stocked, full))


@contextlib.contextmanager
def _simulator(folder: Path) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "integrations.simulator", "--host", "127.0.0.1", "--port", str(port)]
    with process(command, {}, folder / "simulator.log"):
        until(lambda: answers(f"{url}/healthz"), 30, "the simulator")
        yield url


async def _a_second(bench: Bench, count: int) -> tuple[str, bool]:
    """Deliveries a second of workers that are at it, from the filing of the first to the receipt of the last."""
    with bench.workers(bench.many):
        await bench.until_working(bench.many)
        await bench.file(count)
        ours = count / await bench.until_sent(PARKS[0])
    plain = await _plain(bench.simulator, count)
    share = ours / plain
    line = (
        f"{ours:.0f} deliveries/s with {bench.many} worker(s); plain httpx loop {plain:.0f}/s ({share:.2f})"
    )
    return line, share >= LEAST_OF_PLAIN or bench.name != "PostgreSQL"


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


async def _outage(bench: Bench, seconds: float, waiting: int) -> tuple[str, bool]:
    """One system is away for so long while requests wait for it."""
    before = set(bench.there("taxi"))
    bench.fault(kind="error_503", system="taxi", on="all")
    await bench.file(waiting, TAXI)
    with bench.workers(bench.many):
        await asyncio.sleep(seconds)
        bench.heal()
        took = await bench.until_sent("taxi")
    keys = [key for key in bench.there("taxi") if key not in before]
    lost, twice = waiting - len(set(keys)), len(keys) - len(set(keys))
    line = (
        f"away for {seconds:.0f} s with {waiting} requests waiting, drained {took:.0f} s after; "
        f"{lost} lost, {twice} filed twice"
    )
    return line, took < DRAINED_IN and not lost and not twice


async def _fairness(bench: Bench) -> tuple[str, bool]:
    """p95 from filed to sent of the others, undisturbed and beside a system that fails and hangs."""
    found = {}
    for weather in ("undisturbed", "beside a failing system"):
        with bench.workers(1):
            await bench.until_working(1)
            if weather != "undisturbed":
                bench.fault(kind="timeout_before", system="taxi", on="all", seconds=30)
                await bench.file(1000, TAXI)
            begin = utc_now()
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
    return f"p95 from filed to sent: {times} ({share:.2f} times)", share <= MOST_BESIDE_FAILING


async def _claims(bench: Bench, full: int) -> tuple[str, bool]:
    """How long a claim of four takes with few and with many requests in the database."""
    times = {}
    for size in (1_000, full):
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
    line = (
        f"claiming four takes {few * 1000:.1f} ms of 1,000 requests, {many * 1000:.1f} ms of {full:,} "
        f"({many / few:.2f} times)"
    )
    return line, many / few <= MOST_OF_A_FULL_DATABASE
