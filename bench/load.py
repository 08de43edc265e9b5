"""A busy half hour: citizens write on both messengers at a steady rate, whatever answers take (`python -m bench load`).

Everything runs as in a city: both Bot API servers, Rasa, all roles, the simulated municipal systems, and this driver,
on one machine. A message's time is what the citizen sees: from sending it to the first word of its answer.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from sqlalchemy import func, select

from app.nlu_jobs import fitting_model, train
from app.rasa_service import RasaServer, free_port
from bench.processes import answers, megabytes, percentile, process, processor_seconds, until
from bench.sentences import requests
from casework.store import open_store
from casework.tables import Conversation, InboxUpdate, OutboxMessage, ServiceRequest, Turn
from tests.botapi import BotApiServer, Sent
from tests.e2e.city import City
from tests.faults.lives import settled
from tests.support.pictures import picture

QUIET = 3.0
"""Seconds that a citizen lets pass after an answer."""
LOST_AFTER = 60.0
PLACES = ("بولوار هدایت ۱۲", "سناباد ۴۵", "قاسم‌آباد", "بولوار سجاد", "چهارراه ابوطالب", "کوهسنگی ۲۰")
SMALL_TALK = ("سلام", "ممنون", "درخواست‌های من", "راهنما", "پیگیری", "سامانه ۱۳۷ چیست؟")


@dataclass
class Person:
    """One chat. `seen`: messages that have come to it, as of her last message."""

    server: BotApiServer
    chat: int
    seen: int = 0
    sent_at: float = 0.0
    free_at: float = 0.0
    kind: str = ""
    """What her last message was."""

    @property
    def heard(self) -> list[Sent]:
        return self.server.state.sent_to.get(self.chat, [])


@dataclass
class Load:
    """`latencies` in seconds."""

    people: list[Person]
    texts: list[str]
    chance: random.Random
    latencies: list[float] = field(default_factory=list)
    waiting: set[int] = field(default_factory=set)
    sent: int = 0
    lost: int = 0
    kinds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """The latencies of each kind of message."""

    async def run(self, seconds: float, per_second: float) -> None:
        begin = time.monotonic()
        due = begin
        while due < begin + seconds:
            due += self.chance.expovariate(per_second)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            person = self._anybody()
            if person is not None:
                self._says_something(person)
        end = time.monotonic() + LOST_AFTER
        while self.waiting and time.monotonic() < end:
            await asyncio.sleep(0.01)
        self.lost += len(self.waiting)

    def _anybody(self) -> Person | None:
        for _ in range(200):
            index = self.chance.randrange(len(self.people))
            person = self.people[index]
            if index not in self.waiting and time.monotonic() >= person.free_at:
                person.seen, person.sent_at = len(person.heard), time.monotonic()
                self.waiting.add(index)
                return person
        return None

    async def watch(self) -> None:
        """Looks for answers, often enough to time them."""
        while True:
            self._look()
            await asyncio.sleep(0.01)

    def _look(self) -> None:
        now = time.monotonic()
        for index in tuple(self.waiting):
            person = self.people[index]
            if len(person.heard) > person.seen:
                self.latencies.append(now - person.sent_at)
                self.kinds[person.kind].append(now - person.sent_at)
            elif now - person.sent_at > LOST_AFTER:
                self.lost += 1
            else:
                continue
            person.free_at = now + QUIET
            self.waiting.discard(index)

    def _says_something(self, person: Person) -> None:
        self.sent += 1
        last = person.heard[-1] if person.heard else None
        press = next((label for label in last.buttons if "ثبت شود" in label), None) if last else None
        if last and press and self.chance.random() < 0.9:
            person.kind = "button"
            person.server.citizen_sends(person.chat, press=(last, press))
        elif last and "کجا" in last.text:
            person.kind = "place"
            person.server.citizen_sends(person.chat, self.chance.choice(PLACES))
        elif last and last.buttons and self.chance.random() < 0.6:
            person.kind = "button"
            person.server.citizen_sends(person.chat, press=(last, next(iter(last.buttons))))
        elif self.chance.random() < 0.2:
            person.kind = "small talk"
            person.server.citizen_sends(person.chat, self.chance.choice(SMALL_TALK))
        elif self.chance.random() < 0.1:
            person.kind = "photo"
            photo = picture(self.chance.randrange(256), (640, 480))
            person.server.citizen_sends(person.chat, self.chance.choice(self.texts), photo=photo)
        else:
            person.kind = "request"
            person.server.citizen_sends(person.chat, self.chance.choice(self.texts))


def report(minutes: float, per_second: float, citizens: int, folder: Path, database_url: str | None) -> None:
    """Run it and print what came of it."""
    rasa = RasaServer(model=fitting_model() or train(), port=free_port(), token="load")
    url = database_url or f"sqlite+aiosqlite:///{folder / 'load.db'}"
    with process(rasa.command, rasa.environment, folder / "rasa.log") as nlu:
        until(lambda: answers(f"{rasa.url}/status?token={rasa.token}"), 120, "Rasa")
        city = City(folder, rasa.url, rasa.token, url)
        city.settings = {"HAMYAR_GROUPING_SECONDS": "0", "HAMYAR_SPEECH_URL": ""}
        city.at_its_own_pace = True
        city.start()
        try:
            pids = {"driver": os.getpid(), "Rasa": nlu.pid}
            pids |= {name: p.pid for name, p in city.processes.items() if name != "simulator"}
            asyncio.run(_measured(city, pids, minutes, per_second, citizens))
        finally:
            city.stop()


async def _measured(
    city: City, pids: dict[str, int], minutes: float, per_second: float, citizens: int
) -> None:
    servers = (city.telegram, city.bale)
    people = [Person(servers[i % 2], 8_000_000_000 + i) for i in range(citizens)]
    load = Load(people, requests(3000), random.Random(20))
    watching = asyncio.create_task(load.watch())
    memory: list[dict[str, float]] = []

    async def weigh() -> None:
        while True:
            await asyncio.sleep(60)
            memory.append({name: megabytes(pid) for name, pid in pids.items()})
            sizes = ", ".join(f"{name} {size:.0f}" for name, size in memory[-1].items())
            recent = load.latencies[-int(60 * per_second) :]
            p95 = percentile(recent, 0.95) * 1000 if recent else 0
            print(
                f"{len(memory):3} min: {len(load.latencies)} answered, p95 {p95:.0f} ms, MB: {sizes}",
                flush=True,
            )

    weighing = asyncio.create_task(weigh())
    before = {name: processor_seconds(pid) for name, pid in pids.items()}
    await load.run(60 * minutes, per_second)
    used = {name: processor_seconds(pid) - before[name] for name, pid in pids.items()}
    weighing.cancel()
    watching.cancel()
    await settled(city)
    for name, value in (await _account(city, load)).items():
        print(f"{name}: {value}")
    for kind, latencies in sorted(load.kinds.items()):
        quick, slow = (percentile(latencies, part) * 1000 for part in (0.5, 0.95))
        print(f"{kind}: {len(latencies)}, p50 {quick:.0f} ms, p95 {slow:.0f} ms")
    values = load.latencies
    print(
        f"answer: p50 {percentile(values, 0.5) * 1000:.0f} ms, p95 {percentile(values, 0.95) * 1000:.0f} ms, "
        f"p99 {percentile(values, 0.99) * 1000:.0f} ms, longest {max(values):.1f} s"
    )
    shares = ", ".join(f"{name} {seconds / load.sent * 1000:.1f}" for name, seconds in used.items())
    print(f"processor time, ms a message: {shares}")
    if len(memory) > 5:
        for name in pids:
            print(
                f"memory of {name}: {memory[4][name]:.0f} MB after 5 min, {memory[-1][name]:.0f} MB at the end"
            )


async def _account(city: City, load: Load) -> dict[str, object]:
    """What was sent and what became of it."""
    store = open_store(city.database_url)
    async with store.read() as session:
        stored = await session.scalar(select(func.count()).select_from(InboxUpdate))
        states = Counter(await session.scalars(select(Turn.state)))
        said = Counter(await session.scalars(select(OutboxMessage.state)))
        filed = (await session.scalars(select(ServiceRequest.tracking_number))).all()
        rows = await session.execute(
            select(Conversation.channel, Conversation.chat_id, OutboxMessage.message_id)
            .join(Conversation, OutboxMessage.conversation_id == Conversation.id)
            .order_by(OutboxMessage.conversation_id, OutboxMessage.seq)
        )
        sent = [(channel, chat, int((number or "0").split()[0])) for channel, chat, number in rows]
    await store.close()
    disorder = sum(a[:2] == b[:2] and a[2] >= b[2] for a, b in pairwise(sent))
    keys = [str(one["key"]) for one in city.all_filed()]
    return {
        "messages sent": load.sent,
        "stored": stored,
        "without an answer": load.lost,
        "turns": dict(states),
        "replies": dict(said),
        "replies out of order": disorder,
        "requests filed": len(filed),
        "at the municipal systems": len(keys),
        "there twice": len(keys) - len(set(keys)),
    }
