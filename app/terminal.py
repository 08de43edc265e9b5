"""`make chat`: a conversation in this terminal, through the same inbox, turns and outbox as everywhere."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator

import structlog
from sqlalchemy import select

from actions.texts import TextError
from app.wiring import Wiring
from bot.attachments import Fetcher
from bot.channels.terminal import TerminalChat
from bot.outbox import render_row
from bot.outgoing import Outgoing
from casework.tables import Conversation, OutboxMessage

log = structlog.get_logger()

LOOK_AGAIN = 0.15


async def converse(wiring: Wiring, stop: asyncio.Event) -> None:
    """Until /quit, the end of the input, or `stop`."""
    chat_id = getpass.getuser()
    terminal = TerminalChat(wiring.inbox.receive, _replies(wiring, chat_id), chat_id=chat_id)
    fetching = asyncio.create_task(
        Fetcher(wiring.store, {"terminal": terminal}, wiring.settings.hamyar_attachments, wiring.texts).run(
            stop
        )
    )
    talking = asyncio.create_task(terminal.run())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({talking, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    for task in (talking, stopping):
        task.cancel()
    await asyncio.gather(fetching, talking, stopping, return_exceptions=True)


async def _replies(wiring: Wiring, chat_id: str) -> AsyncIterator[Outgoing]:
    """What is said from now on."""
    seen = await _newest(wiring, chat_id)
    while True:
        async with wiring.store.read() as session:
            rows = await session.scalars(
                select(OutboxMessage)
                .join(Conversation, OutboxMessage.conversation_id == Conversation.id)
                .where(
                    Conversation.channel == "terminal",
                    Conversation.chat_id == chat_id,
                    OutboxMessage.id > seen,
                )
                .order_by(OutboxMessage.id)
            )
            fresh: list[Outgoing] = []
            for row in rows.all():
                seen = row.id
                try:
                    fresh.append(await render_row(session, row.content, wiring.knowledge))
                except (TextError, KeyError) as error:
                    log.error("not_rendered", outbox=row.id, error=type(error).__name__)
        for message in fresh:
            yield message
        await asyncio.sleep(LOOK_AGAIN)


async def _newest(wiring: Wiring, chat_id: str) -> int:
    async with wiring.store.read() as session:
        newest = await session.scalar(
            select(OutboxMessage.id)
            .join(Conversation, OutboxMessage.conversation_id == Conversation.id)
            .where(Conversation.channel == "terminal", Conversation.chat_id == chat_id)
            .order_by(OutboxMessage.id.desc())
            .limit(1)
        )
    return newest or 0
