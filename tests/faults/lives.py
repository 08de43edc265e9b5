"""Citizens under bad weather: each files one request and wants its number, some send a photo, some await the news.

`Crowd` keeps some of them busy for as long as the weather lasts; `account_for` says what became of everything.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from sqlalchemy import func, select

from casework.store import open_store
from casework.tables import (
    Attachment,
    Conversation,
    Delivery,
    InboxUpdate,
    OutboxMessage,
    ServiceRequest,
    Turn,
)
from tests.e2e.city import LAMP, Citizen, City, number_in
from tests.e2e.tab import Tab
from tests.support.pictures import picture

PATIENCE = 120.0
_chats = itertools.count(7_000_000_000)


@dataclass
class Crowd:
    """`filed`: the tracking numbers that citizens were told. `chats`: where they chatted, by messenger."""

    city: City
    chance: random.Random
    photos: float = 0.4
    news: float = 0.3
    filed: list[str] = field(default_factory=list)
    chatted: list[Citizen] = field(default_factory=list)
    updates: int = 0
    pictures: int = 0

    @asynccontextmanager
    async def busy(self, at_once: int = 4) -> AsyncIterator[None]:
        """So many lives at any time until the block ends; each that has begun comes to its end."""
        stop = asyncio.Event()

        async def one_after_the_other(kind: str) -> None:
            while not stop.is_set():
                await self.life(kind)

        kinds = itertools.cycle(("telegram", "webchat", "bale", "webchat"))
        async with asyncio.TaskGroup() as group:
            for kind in itertools.islice(kinds, at_once):
                group.create_task(one_after_the_other(kind))
            try:
                yield
            finally:
                stop.set()

    async def life(self, kind: str) -> None:
        """From the first word to the number, and sometimes to the news."""
        with_photo, awaits_news = self.chance.random() < self.photos, self.chance.random() < self.news
        self.pictures += with_photo
        self.updates += 2
        photo = picture(self.chance.randrange(256)) if with_photo else None
        if kind == "webchat":
            await self._in_a_tab(photo)
            return
        citizen = Citizen(getattr(self.city, kind), next(_chats))
        self.chatted.append(citizen)
        citizen.server.citizen_sends(citizen.chat, LAMP, photo=photo)
        summary = await citizen.hears("درست است؟", timeout=PATIENCE)
        citizen.presses(summary, "ثبت شود")
        number = number_in((await citizen.hears("شمارهٔ پیگیری", timeout=PATIENCE)).text)
        self.filed.append(number)
        if awaits_news:
            await citizen.server.wait_for(lambda: bool(self.city.filed_under(number)), PATIENCE)
            self.city.moves(self.city.filed_under(number)[0], "in_progress")
            await citizen.hears("شروع شد", timeout=PATIENCE)

    async def _in_a_tab(self, photo: bytes | None) -> None:
        async with httpx.AsyncClient(base_url=self.city.web, trust_env=False) as client:
            tab = Tab(client, self.city.web)
            await tab.opens()
            attachments = [await tab.uploads(photo, "IMG.jpg")] if photo else []
            await tab.posts(text=LAMP, attachments=attachments)
            await tab.presses(await tab.hears("درست است؟", seconds=PATIENCE), "ثبت شود")
            slip = (await tab.hears("ثبت شد", seconds=PATIENCE))["card"]
            self.filed.append(number_in(slip["tracking_number_shown"]))


@dataclass(frozen=True)
class Account:
    """What is wrong is more than 0, but `repeated` (replies that came twice) and the three first."""

    told: int
    filed: int
    updates: int
    lost_updates: int
    lost_requests: int
    filed_twice: int
    at_the_city_twice: int
    not_ended: int
    failed: int
    lost_files: int
    repeated: int
    out_of_order: int

    @property
    def wrong(self) -> dict[str, int]:
        names = ("lost_updates", "lost_requests", "filed_twice", "at_the_city_twice", "not_ended", "failed",
                 "lost_files", "out_of_order")  # fmt: skip
        return {name: getattr(self, name) for name in names if getattr(self, name)}


async def settled(city: City, seconds: float = 60.0) -> None:
    """Until nothing is under way any more, or `seconds` are over."""
    store = open_store(city.database_url)
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        async with store.read() as session:
            left = 0
            for table in (Turn, OutboxMessage, Delivery):
                open_ones = table.state.in_(("waiting", "working", "token"))
                query = select(func.count()).select_from(table).where(open_ones)
                if table is OutboxMessage:  # what stands in the web chat is read there, not sent
                    query = query.join(Conversation, Conversation.id == OutboxMessage.conversation_id).where(
                        Conversation.channel != "webchat"
                    )
                left += await session.scalar(query) or 0
            left += (
                await session.scalar(
                    select(func.count()).select_from(Attachment).where(Attachment.state == "remote")
                )
                or 0
            )
        if not left:
            break
        await asyncio.sleep(0.3)
    await store.close()


async def account_for(city: City, crowd: Crowd) -> Account:
    """Everything that the crowd has sent, looked for in the database, at the city and in the chats."""
    await settled(city)
    store = open_store(city.database_url)
    async with store.read() as session:
        rows = (await session.scalars(select(ServiceRequest.tracking_number))).all()
        per_chat = await session.execute(
            select(func.count()).select_from(ServiceRequest).group_by(ServiceRequest.conversation_id)
        )
        twice = sum(count - 1 for (count,) in per_chat)
        updates = await session.scalar(select(func.count()).select_from(InboxUpdate)) or 0
        states = (await session.scalars(select(Turn.state))).all()
        files = (await session.scalars(select(Attachment.state))).all()
    await store.close()
    keys = [str(one["key"]) for one in city.all_filed()]
    repeated = out_of_order = 0
    for citizen in crowd.chatted:
        texts = [sent.text for sent in citizen.server.messages_to(citizen.chat)]
        repeated += len(texts) - len(set(texts))
        order = [number for text in texts for number, part in enumerate(_PARTS) if part in text]
        out_of_order += order != sorted(order)
    told = set(crowd.filed)
    return Account(
        told=len(told),
        filed=len(rows),
        updates=updates,
        lost_updates=crowd.updates - updates,
        lost_requests=len(told - set(rows)) + len(set(rows) - {key[:9] for key in keys}),
        filed_twice=twice,
        at_the_city_twice=len(keys) - len(set(keys)),
        not_ended=sum(state in ("waiting", "working") for state in states),
        failed=sum(state == "failed" for state in states),
        lost_files=crowd.pictures - sum(state == "kept" for state in files),
        repeated=repeated,
        out_of_order=out_of_order,
    )


_PARTS = ("درست است؟", "شمارهٔ پیگیری", "شروع شد")
