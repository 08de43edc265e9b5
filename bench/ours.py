"""Whole turns of Hamyar: inbox -> turn -> Rasa -> step -> reply stored, with the worker as a process of its own."""

from __future__ import annotations

import asyncio
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from app.nlu_jobs import fitting_model, train
from app.rasa_service import RasaServer, free_port
from app.schema import upgrade
from bench.processes import answers, megabytes, percentile, process, until
from bot.inbox import Inbox
from bot.incoming import Incoming
from casework.store import Store, open_store
from casework.tables import Conversation, Turn


@dataclass(frozen=True)
class Measured:
    """`latencies` in seconds, from the message's arrival to the stored reply."""

    name: str
    per_second: float
    p50: float
    p95: float
    memory: dict[str, float]
    load_seconds: float


def measure(texts: list[str], at_once: int, folder: Path, database_url: str | None = None) -> Measured:
    """Send the texts as `at_once` citizens who each wait for the answer; each text from a new conversation."""
    url = database_url or f"sqlite+aiosqlite:///{folder / 'bench.db'}"
    upgrade(url)
    rasa = RasaServer(model=fitting_model() or train(), port=free_port(), token="bench")
    environment = {
        "DATABASE_URL": url,
        "RASA_URL": rasa.url,
        "RASA_TOKEN": rasa.token,
        "HAMYAR_GROUPING_SECONDS": "0",
        "HAMYAR_SIMULATOR_URL": f"http://127.0.0.1:{free_port()}",
        "HAMYAR_LOG_LEVEL": "ERROR",
    }
    worker_command = [sys.executable, "-m", "app", "run", "--role", "worker"]
    with process(rasa.command, rasa.environment, folder / "rasa.log") as nlu:
        load = until(lambda: answers(f"{rasa.url}/status?token={rasa.token}"), 120, "Rasa")
        with process(worker_command, environment, folder / "worker.log") as worker:
            result = asyncio.run(_drive(url, texts, at_once))
            memory = {"Rasa": megabytes(nlu.pid), "worker": megabytes(worker.pid)}
    latencies, wall = result
    return Measured(
        "Hamyar", len(latencies) / wall, percentile(latencies, 0.5), percentile(latencies, 0.95), memory, load
    )


async def _drive(url: str, texts: list[str], at_once: int) -> tuple[list[float], float]:
    store = open_store(url)
    inbox = Inbox(store, grouping=0)
    for text in texts[:20]:  # warm: the first turns load what is loaded lazily
        await _send(inbox, text)
    await _all_done(store, 20)
    begin = time.monotonic()
    gate, done = asyncio.Semaphore(at_once), _Done(store)
    looking = asyncio.create_task(done.look())

    async def one(text: str) -> float:
        async with gate:
            return await done.wait(await _send(inbox, text))

    latencies = await asyncio.gather(*(one(text) for text in texts))
    wall = time.monotonic() - begin
    looking.cancel()
    await store.close()
    return latencies, wall


async def _send(inbox: Inbox, text: str) -> str:
    chat = uuid.uuid4().hex
    await inbox.receive(Incoming(channel="webchat", update_id=chat, chat_id=chat, sender_id=chat, text=text))
    return chat


@dataclass
class _Done:
    """One look at the database for all waiting citizens: eight that look by themselves would take half a core."""

    store: Store
    waiting: dict[str, asyncio.Future[float]] = field(default_factory=dict)

    async def wait(self, chat: str) -> float:
        """Seconds from the message's arrival to the commit of its answer, by the database's own times."""
        self.waiting[chat] = asyncio.get_running_loop().create_future()
        return await asyncio.wait_for(self.waiting[chat], 60)

    async def look(self) -> None:
        while True:
            await asyncio.sleep(0.02)
            asked = (
                select(Conversation.chat_id, Turn.created_at, Turn.done_at)
                .join(Conversation, Turn.conversation_id == Conversation.id)
                .where(Conversation.chat_id.in_(tuple(self.waiting)), Turn.state == "done")
            )
            async with self.store.read() as session:
                for chat, created, finished in await session.execute(asked):
                    self.waiting.pop(chat).set_result((finished - created).total_seconds())


async def _all_done(store: Store, count: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        async with store.read() as session:
            done = await session.scalar(select(func.count()).select_from(Turn).where(Turn.state == "done"))
        if (done or 0) >= count:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("the first turns were not done within a minute")
