"""How the messengers are doing, told to the database by the one process that receives from them.

The web role cannot ask the bot role; it reads these rows for `/readyz` and for links to the bots.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.botapi import BotApiChannel
from casework.pause import pause
from casework.store import Store
from casework.tables import MessengerState, utc_now

log = structlog.get_logger()

TELL_EVERY = 5.0
SILENT_FOR = timedelta(seconds=60)


@dataclass(frozen=True)
class Watch:
    """Writes the state of each channel every few seconds."""

    store: Store
    channels: Mapping[str, BotApiChannel]

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                async with self.store.write() as session:
                    for name, channel in self.channels.items():
                        await tell(session, name, channel)
            except Exception as error:  # the database is away: it says so itself
                log.warning("state_not_told", error=type(error).__name__)
            await pause(stop, TELL_EVERY)


async def tell(session: AsyncSession, name: str, channel: BotApiChannel) -> None:
    """One channel's row as it is now."""
    row = await session.get(MessengerState, name)
    if row is None:
        row = MessengerState(channel=name, state="starting")
        session.add(row)
    health = channel.health()
    row.state, row.detail, row.last_contact = health.state, health.detail, health.last_contact
    row.username, row.told_at = channel.username or row.username, utc_now()


async def messengers_work(store: Store, names: Sequence[str]) -> str | None:
    """What is wrong with the messengers that have a token; None where nothing is."""
    async with store.read() as session:
        rows = {row.channel: row for row in await session.scalars(select(MessengerState))}
    troubles = [f"{name}: {trouble}" for name in names if (trouble := _trouble(rows.get(name)))]
    return "; ".join(troubles) or None


def _trouble(row: MessengerState | None) -> str | None:
    if row is None:
        return "the bot role has not begun"
    if utc_now() - row.told_at > SILENT_FOR:
        return "no word from the bot role for a minute"
    return None if row.state == "ok" else row.state
