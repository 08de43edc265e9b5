"""The sender: outbox rows go to the messengers, in order per conversation, until each is sent, refused or gone.

A row is claimed with a lease, sent outside any transaction, then marked. After a crash between sending and marking it
is sent once more: at most one repeated message a kill, never a lost one. `bot.rates` says how fast.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import structlog
from sqlalchemy import Select, bindparam, exists, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from actions.dialogue import Knowledge
from bot.facts import view_of
from bot.outgoing import Outgoing, RecipientGone, Sender, SendFailed, SendLater, SendRefused
from bot.rates import Rates
from bot.rendering import rendered
from casework.conversations import locked, unreachable
from casework.crew import Crew
from casework.queues import due, may_be_due, of_its_conversation
from casework.set_back import LONGEST_PAUSE
from casework.store import Store
from casework.tables import Conversation, OutboxMessage, ServiceRequest, rows_of, utc_now
from casework.tasks import open_task
from casework.together import Together

log = structlog.get_logger()

LEASE = timedelta(seconds=90)
LONGEST_BACKOFF = 300.0
GIVE_UP_AFTER = timedelta(hours=24)
AT_ONCE = 16
"""Messages claimed by one look: a few seconds' work at most, far from the end of the lease."""
REPLIES_FIRST = 0.75
"""The share of them that goes to replies as long as there are some: a system may have news for hundreds at once, and
who has just written waits for her answer. The rest goes by age alone, so that news is not kept back either."""


@dataclass(frozen=True)
class _Claimed:
    id: int
    owner: str
    conversation_id: int
    channel: str
    chat_id: str
    message: Outgoing | None
    """None where it cannot be rendered; it has been given up then."""


@dataclass(frozen=True)
class _Receipt:
    """The messenger has it."""

    id: int
    owner: str
    message_id: str


_ROWS = rows_of(OutboxMessage)
_TAKE = (
    update(_ROWS)
    .where(_ROWS.c.id.in_(bindparam("ids", expanding=True)))
    .values(state="working", lease_owner=bindparam("owner"), lease_until=bindparam("until"))
)
_SENT = (
    update(_ROWS)
    .where(_ROWS.c.id == bindparam("row"), _ROWS.c.lease_owner == bindparam("owner"))
    .values(state="sent", message_id=bindparam("number"), sent_at=bindparam("at"), lease_until=None)
)


@dataclass
class Outbox:
    """Sends for the channels in `senders` (by channel name)."""

    store: Store
    senders: Mapping[str, Sender]
    knowledge: Knowledge
    rates: Rates | None = None
    idle_seconds: float = 0.1

    def __post_init__(self) -> None:
        self._receipts = Together[_Receipt](self.store, _put_down, lightly=True)

    async def run(self, stop: asyncio.Event, parallel: int = 16) -> None:
        """Until `stop`; a message being sent is finished."""
        crew = Crew("outbox", self._claim, self._work, idle_seconds=self.idle_seconds)
        await crew.run(stop, parallel)

    async def work_once(self) -> bool:
        """Send one message. False where none is due."""
        claimed = await self._claim(most=1)
        for one in claimed:
            await self._work(one)
        return bool(claimed)

    async def _work(self, claimed: _Claimed) -> None:
        if claimed.message is None:
            return
        if self.rates is not None:
            messages = claimed.message.messages
            wait = await self.rates.chat(claimed.channel, claimed.chat_id, messages)
            if wait > 0:
                await self._again(claimed, "rate", seconds=wait)
                return
            await self.rates.overall(claimed.channel, messages)
        try:
            message_ids = await self.senders[claimed.channel].send(claimed.chat_id, claimed.message)
        except SendLater as later:
            await self._again(claimed, "told to wait", seconds=later.seconds)
        except RecipientGone:
            await self._gone(claimed)
        except SendRefused as refused:
            await self._refused(claimed, str(refused))
        except (SendFailed, OSError) as error:
            await self._again(claimed, type(error).__name__)
        except Exception as error:
            log.error("send_failed", outbox=claimed.id, error=type(error).__name__)
            await self._again(claimed, type(error).__name__)
        else:
            await self._sent(claimed, message_ids)

    @cached_property
    def _replies_due(self) -> Select[Any]:
        return self._due.where(OutboxMessage.turn_id.is_not(None))

    @cached_property
    def _due(self) -> Select[Any]:
        """What the channels in `senders` have to send."""
        row = OutboxMessage
        is_ours = exists().where(
            Conversation.id == row.conversation_id, Conversation.channel.in_(tuple(self.senders))
        )
        columns = [
            row.id,
            row.conversation_id,
            row.content,
            of_its_conversation(row, Conversation.channel),
            of_its_conversation(row, Conversation.chat_id),
        ]
        return due(row, row.next_at, row.seq, columns, is_ours)

    async def _claim(self, in_a_row: bool = False, most: int = AT_ONCE) -> list[_Claimed]:
        """`in_a_row`: there was one a moment ago, so another is likely."""
        now, owner = utc_now(), secrets.token_hex(8)
        if not in_a_row and not await may_be_due(self.store, self._due, {"now": now, "most": 1}):
            return []
        async with self.store.write(lightly=True) as session:
            rows = await self._next(session, now, most)
            if rows:
                ids = [row.id for row in rows]
                await session.execute(_TAKE, {"ids": ids, "owner": owner, "until": now + LEASE})
            return [
                _Claimed(
                    row.id,
                    owner,
                    row.conversation_id,
                    row.channel,
                    row.chat_id,
                    await self._rendered(session, row.id, row.content),
                )
                for row in rows
            ]

    async def _next(self, session: AsyncSession, now: datetime, most: int) -> list[Any]:
        """What is to be sent next, at most `most`, replies before news."""
        replies = max(1, round(most * REPLIES_FIRST))
        rows = list(await session.execute(self._replies_due, {"now": now, "most": replies}))
        if len(rows) < most:
            known = {row.id for row in rows}
            others = await session.execute(self._due, {"now": now, "most": most})
            rows += [row for row in others if row.id not in known][: most - len(rows)]
        return rows

    async def _rendered(self, session: AsyncSession, id_: int, content: dict[str, Any]) -> Outgoing | None:
        try:
            return await render_row(session, content, self.knowledge)
        except SQLAlchemyError:
            raise
        except Exception as error:  # its text is gone from data/messages, say: it must not stop all others
            log.error("not_rendered", outbox=id_, error=type(error).__name__)
            row = await session.get_one(OutboxMessage, id_)
            await self._give_up(session, row, f"cannot be rendered: {type(error).__name__}")
            return None

    async def _row(self, session: AsyncSession, claimed: _Claimed) -> OutboxMessage | None:
        row = await session.get(OutboxMessage, claimed.id, with_for_update=True)
        return row if row is not None and row.lease_owner == claimed.owner else None

    async def _sent(self, claimed: _Claimed, message_ids: tuple[str, ...]) -> None:
        await self._receipts.put_down(_Receipt(claimed.id, claimed.owner, " ".join(message_ids)[:255]))

    async def _again(self, claimed: _Claimed, reason: str, seconds: float | None = None) -> None:
        async with self.store.write() as session:
            row = await self._row(session, claimed)
            if row is None:
                return
            row.lease_until, row.last_error = None, reason
            if seconds is None:
                row.attempts += 1
                seconds = random.uniform(0.5, min(LONGEST_BACKOFF, 2.0**row.attempts))  # spreads load
            row.state, row.next_at = "waiting", utc_now() + timedelta(seconds=min(seconds, LONGEST_PAUSE))
            if _too_old(row.created_at):
                await self._give_up(session, row, reason)

    async def _refused(self, claimed: _Claimed, reason: str) -> None:
        async with self.store.write() as session:
            row = await self._row(session, claimed)
            if row is not None:
                await self._give_up(session, row, reason)

    async def _give_up(self, session: AsyncSession, row: OutboxMessage, reason: str) -> None:
        row.state, row.lease_until, row.last_error = "refused", None, reason
        await open_task(
            session,
            kind="refused_message",
            dedupe_key=f"refused_message:{row.id}",
            reason=reason,
            conversation_id=row.conversation_id,
        )

    async def _gone(self, claimed: _Claimed) -> None:
        """The citizen blocked the bot: what waits for her is not sent, until she writes again."""
        async with self.store.write() as session:
            conversation = await locked(session, claimed.conversation_id)
            if await self._row(session, claimed) is not None:
                await unreachable(session, conversation)


async def _put_down(session: AsyncSession, receipts: list[_Receipt]) -> None:
    at = utc_now()
    # In one order everywhere: two processes with rows of each other's would else wait for each other.
    rows = sorted(receipts, key=lambda one: one.id)
    await session.execute(
        _SENT,
        [{"row": one.id, "owner": one.owner, "number": one.message_id, "at": at} for one in rows],
    )


def _too_old(created_at: datetime) -> bool:
    return utc_now() - created_at > GIVE_UP_AFTER


async def render_row(session: AsyncSession, content: dict[str, Any], knowledge: Knowledge) -> Outgoing:
    """An outbox row's content as a message; news of a request is filled in from the request as it is now."""
    request = None
    if content.get("request") is not None:
        row = await session.get(ServiceRequest, content["request"])
        request = view_of(row) if row else None
    return rendered(content, knowledge, request)
