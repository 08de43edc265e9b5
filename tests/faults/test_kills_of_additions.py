"""`kill -9` of the worker around what is said later of a request (`make faults`; HAMYAR_FAULT_SEEDS=25: a long run).

No understanding is needed for it: the real worker, the simulated desks, and citizens who keep adding to their requests.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.paths import ROOT
from casework.lifecycle import load_lifecycle
from casework.store import Store
from casework.tables import Delivery, OperatorTask
from integrations.registry import load_registry
from integrations.simulator import RunningSimulator
from tests.e2e.city import own_files
from tests.faults.points import OF_ADDITIONS, strike
from tests.faults.role import LEASE
from tests.integrations.additions_desk import DESKS, Desk
from tests.integrations.conftest import running_simulator, simulator, systems_folder
from tests.integrations.test_delivery import LIFECYCLE, City
from tests.support.database import migrated_file, migrated_postgres, migrated_url, store

__all__ = [
    "migrated_file",
    "migrated_postgres",
    "migrated_url",
    "running_simulator",
    "simulator",
    "store",
    "systems_folder",
]

SEEDS = int(os.environ.get("HAMYAR_FAULT_SEEDS", "1"))
FIRST = int(os.environ.get("HAMYAR_FAULT_FIRST_SEED", "0"))
RECOVERS = LEASE.total_seconds() + 0.5
REQUESTS = 4
FILES = ROOT / "tests" / "integrations" / "updates"


@pytest.fixture
def worker(migrated_url: str, simulator: RunningSimulator, tmp_path: Path) -> Iterator[Path]:
    """The real worker in a process that is begun again whenever it was killed; the folder where it is told to die."""
    environment = {
        **os.environ,
        **own_files(simulator.url, FILES),
        "DATABASE_URL": migrated_url,
        "RASA_URL": "http://127.0.0.1:9",
        "HAMYAR_ATTACHMENTS": str(tmp_path / "attachments"),
        "HAMYAR_LOG_LEVEL": "ERROR",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.faults.role", "worker", str(tmp_path)]
    with (tmp_path / "worker.log").open("wb") as log:
        running = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield tmp_path
    finally:
        running.terminate()
        running.wait(20)


@dataclass
class Talk:
    """Citizens of one desk who go on saying things: `said` by tracking number, in their order."""

    city: City
    simulator: RunningSimulator
    name: str
    chance: random.Random
    desks: list[Desk] = field(default_factory=list)
    said: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    async def begins(self) -> None:
        """One more request; what is said of it at once waits behind it."""
        desk = Desk(self.city, self.simulator, self.name, f"{100_000_001 + len(self.desks)}")
        await desk.file(sent=False)
        self.desks.append(desk)

    async def goes_on(self) -> None:
        desk = self.chance.choice(self.desks)
        words = f"{len(self.said[desk.number])} از {desk.number}"
        self.said[desk.number].append(words)
        assert await desk.says(words, reopens=self.chance.random() < 0.2)

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        """As long as the block lasts; now and then with a new request."""
        stop = asyncio.Event()

        async def on_and_on() -> None:
            while not stop.is_set():
                if self.chance.random() < 0.02:
                    await self.begins()
                await self.goes_on()
                await asyncio.sleep(0.2)

        for _ in range(REQUESTS):
            await self.begins()
        talking = asyncio.create_task(on_and_on())
        try:
            yield
        finally:
            stop.set()
            await talking

    async def ends(self, seconds: float = 60.0) -> None:
        """Until nothing is under way any more. It may take its time on a busy machine, but must not stand still for so
        many seconds."""
        open_ones = select(func.count()).where(Delivery.state.in_(("waiting", "working", "token")))
        left, moved = -1, time.monotonic()
        while True:
            async with self.city.store.read() as session:
                count = await session.scalar(open_ones) or 0
            if not count:
                return
            if count != left:
                left, moved = count, time.monotonic()
            assert time.monotonic() - moved < seconds, f"{count} stand still for {seconds:g} s"
            await asyncio.sleep(0.3)


@pytest.mark.timeout(120 + 120 * SEEDS)
@pytest.mark.parametrize("name", DESKS)
async def test_kills_around_an_addition_lose_nothing_and_post_nothing_twice(
    worker: Path, store: Store, simulator: RunningSimulator, name: str
) -> None:
    registry = load_registry(FILES, simulator_url=simulator.url)
    city, killed = City(store, registry, load_lifecycle(LIFECYCLE)), Counter[str]()
    talk = Talk(city, simulator, name, random.Random(name))
    for seed in range(FIRST, FIRST + SEEDS):
        async with talk.busy():
            killed.update(await strike(worker, "worker", OF_ADDITIONS, random.Random(seed), RECOVERS))
        await talk.ends()
    tasks = [task for task in await city.all(OperatorTask) if task.kind == "addition"]
    with_operator = {task.reason.rsplit(": ", 1)[1] for task in tasks}
    lost, repeated, disordered = set[str](), [], []
    for desk in talk.desks:
        said, heard = talk.said[desk.number], desk.heard
        lost |= set(said) - set(heard) - with_operator
        repeated += [words for words, times in Counter(heard).items() if times > 1]
        disordered += [desk.number] if [words for words in said if words in heard] != heard else []
        assert name == "told_once" or heard == said
    print(
        f"{name}: {killed.total()} kills, {sum(map(len, talk.said.values()))} said of {len(talk.desks)} requests, "
        f"{len(lost)} lost, {len(repeated)} posted twice, {len(disordered)} out of order, "
        f"{len(with_operator)} with an operator",
        flush=True,
    )
    assert not lost and not repeated and not disordered
    assert len(tasks) == len(with_operator) and bool(tasks) == (name == "told_once")
    assert len(simulator.city.of(name)) == len(talk.desks), "a request was filed twice"
    assert set(killed) == set(OF_ADDITIONS) and min(killed.values()) == SEEDS
