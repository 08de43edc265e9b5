"""A server in either manner, a channel that polls it, and an inbox that keeps what was received."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from bot.channels.botapi import BotApiChannel
from bot.incoming import Incoming
from tests.botapi import BotApiServer


class Inbox:
    """Stands for the durable inbox: keeps each update once, and can be made to fail."""

    def __init__(self) -> None:
        self.received: list[Incoming] = []
        self.letters: list[tuple[str, str | None, Any, str]] = []
        self.failing = 0

    async def receive(self, incoming: Incoming) -> None:
        if self.failing:
            self.failing -= 1
            raise OSError("the database is away")
        self.received.append(incoming)

    async def dead_letter(self, bot: str, update_id: str | None, raw: Any, reason: str) -> None:
        self.letters.append((bot, update_id, raw, reason))

    @property
    def texts(self) -> list[str]:
        return [incoming.text for incoming in self.received]


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture(params=["telegram", "bale"])
def server(request: pytest.FixtureRequest) -> Iterator[BotApiServer]:
    with BotApiServer(request.param) as running:
        yield running


@pytest.fixture
async def channel(server: BotApiServer, tmp_path: Any) -> AsyncIterator[BotApiChannel]:
    channel = BotApiChannel(
        server.mode, server.token, server.url, attachments=tmp_path, poll_seconds=1, backoff=(0.02, 0.1)
    )
    yield channel
    await channel.aclose()


@pytest.fixture
async def polling(channel: BotApiChannel, inbox: Inbox) -> AsyncIterator[asyncio.Task[None]]:
    """The channel at work; stopped after the test."""
    task = asyncio.create_task(channel.run(inbox.receive, inbox.dead_letter))
    yield task
    channel.stop()
    await asyncio.wait_for(task, 5)
