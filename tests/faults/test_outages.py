"""Parts that are away under load (`make faults`; HAMYAR_FAULT_SECONDS=60 for the long run): all comes to its end."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from tests.e2e.city import City
from tests.faults.conftest import breakable
from tests.faults.lives import Crowd, account_for
from tests.postgres import PostgresServer
from tests.support.understanding import RunningRasa

AWAY = float(os.environ.get("HAMYAR_FAULT_SECONDS", "10"))
ROLES = ("bot", "worker", "web")


async def database_locked(city: City, _rasa: RunningRasa) -> None:
    """Another program holds SQLite's file: nobody writes."""
    file = make_url(city.database_url).database or ""
    other = sqlite3.connect(file, isolation_level=None, timeout=0)
    while not other.in_transaction:
        try:
            other.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            await asyncio.sleep(0.01)
    await asyncio.sleep(AWAY)
    other.execute("COMMIT")
    other.close()


async def rasa_stopped(city: City, rasa: RunningRasa) -> None:
    """It takes connections and answers none."""
    if rasa.process_id is None:
        pytest.skip("this Rasa is somebody else's (RASA_URL)")
    os.kill(rasa.process_id, signal.SIGSTOP)
    try:
        await asyncio.sleep(AWAY)
    finally:
        os.kill(rasa.process_id, signal.SIGCONT)


async def disk_full(city: City, _rasa: RunningRasa) -> None:
    """No role can make a file longer: not the database, not a photo, not a log."""
    alive = [child for role in ROLES for child in _children(city.processes[role].pid)]
    assert len(alive) == len(ROLES)
    for pid in alive:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    await asyncio.sleep(AWAY)
    for pid in alive:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


async def clock_jumping(city: City, _rasa: RunningRasa) -> None:
    """Two hours ahead, two hours back, half an hour ahead, right again."""
    for seconds in (7200, -7200, 1800, 0):
        beside = city.folder / "clock.part"
        beside.write_text(str(seconds), encoding="utf-8")
        beside.replace(city.folder / "clock")
        await asyncio.sleep(AWAY / 4)


@pytest.fixture
def city_on_sqlite(rasa: RunningRasa, tmp_path: Path) -> Iterator[City]:
    with breakable(tmp_path, rasa, f"sqlite+aiosqlite:///{tmp_path / 'hamyar.db'}") as city:
        yield city


Weather = Callable[[City, RunningRasa], Coroutine[Any, Any, None]]


@pytest.mark.timeout(600 + 4 * AWAY)
@pytest.mark.parametrize("weather", [database_locked, rasa_stopped, disk_full, clock_jumping])
async def test_what_is_away_for_a_while_costs_nothing(
    rasa: RunningRasa, city_on_sqlite: City, weather: Weather
) -> None:
    await _survives(city_on_sqlite, weather.__name__, weather(city_on_sqlite, rasa))


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    server = PostgresServer.start(keeps_commits=True)
    yield server
    server.stop()


@pytest.fixture
def city_on_postgresql(rasa: RunningRasa, tmp_path: Path, own_server: PostgresServer) -> Iterator[City]:
    with own_server.database() as url, breakable(tmp_path, rasa, url) as city:
        yield city


@pytest.mark.timeout(600 + 4 * AWAY)
async def test_a_postgresql_that_crashes_and_comes_back_costs_nothing(
    city_on_postgresql: City, own_server: PostgresServer
) -> None:
    async def crashed() -> None:
        own_server.crash()
        await asyncio.sleep(AWAY)
        own_server.begin_again()  # not in a thread: the server would end with it

    await _survives(city_on_postgresql, "postgresql_crashed", crashed())


async def _survives(city: City, name: str, weather: Coroutine[Any, Any, None]) -> None:
    crowd = Crowd(city, random.Random(name))
    async with crowd.busy():
        await asyncio.sleep(3)
        before = len(crowd.filed)
        await weather
        during = len(crowd.filed) - before
        await asyncio.sleep(3)
    account = await account_for(city, crowd)
    print(f"{name} {AWAY:g} s: {during} filed meanwhile, {asdict(account)}", flush=True)
    assert not account.wrong, account.wrong
    assert account.repeated <= 4  # as many as may have been under way


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
