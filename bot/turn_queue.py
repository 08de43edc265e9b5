"""The queue of turns: who claims one has it until it is done or the lease runs out."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.facts import files_of, words_of
from bot.incoming import Incoming
from casework.queues import due, may_be_due, of_its_conversation
from casework.store import Store
from casework.tables import Attachment, Conversation, InboxUpdate, Turn, rows_of, utc_now

LEASE = timedelta(seconds=60)
ATTEMPTS = 3
LOOK_FOR_FILES = timedelta(seconds=0.1)
AT_ONCE = 8
"""Turns claimed by one look: a second's work or two, far from the end of the lease."""

# Built once: that takes as long as running them.
_DUE = due(
    Turn,
    Turn.due_at,
    Turn.id,
    [
        Turn.id,
        Turn.conversation_id,
        Turn.state,
        Turn.attempts,
        of_its_conversation(Turn, Conversation.held_by),
    ],
)
_UPDATES = (
    select(InboxUpdate.turn_id, InboxUpdate.message)
    .where(InboxUpdate.turn_id.in_(bindparam("ids", expanding=True)))
    .order_by(InboxUpdate.id)
)
_ROWS = rows_of(Turn)
_THESE = update(_ROWS).where(_ROWS.c.id.in_(bindparam("ids", expanding=True)))
_PUT_OFF = _THESE.values(due_at=bindparam("at"))
_TAKE = _THESE.values(
    attempts=case((_ROWS.c.state == "working", _ROWS.c.attempts + 1), else_=_ROWS.c.attempts),
    state="working",
    lease_owner=bindparam("owner"),
    lease_until=bindparam("until"),
)

_LOCKED = select(_ROWS.c.state, _ROWS.c.lease_owner).where(_ROWS.c.id == bindparam("turn")).with_for_update()
_THIS = update(_ROWS).where(_ROWS.c.id == bindparam("turn"))
_DONE = _THIS.values(state="done", done_at=bindparam("at"), lease_until=None)
_ANSWERED = _DONE.values(understanding=bindparam("what"))
_ONCE_MORE = _THIS.values(state="waiting", due_at=bindparam("at"), open_until=None, lease_until=None)


@dataclass(frozen=True)
class Claimed:
    """A turn that is ours until its lease runs out."""

    turn_id: int
    owner: str
    conversation_id: int
    updates: tuple[Incoming, ...]
    held: bool
    worn_out: bool = False
    """Too many workers have died over it."""
    heard: str = ""
    """What a recogniser made of her voices."""

    @property
    def text(self) -> str:
        return words_of(self.updates, self.heard)


async def any_due(store: Store) -> bool:
    return await may_be_due(store, _DUE, {"now": utc_now(), "most": 1})


async def claim(
    session: AsyncSession, most: int, is_awaited: Callable[[Attachment, datetime], bool]
) -> list[Claimed]:
    """What is due, first first, at most one turn of each conversation. A turn one of whose files `is_awaited` at this
    time is put off for a moment."""
    now, owner = utc_now(), secrets.token_hex(8)
    turns = (await session.execute(_DUE, {"now": now, "most": most})).all()
    if not turns:
        return []
    updates: dict[int, list[Incoming]] = {turn.id: [] for turn in turns}
    for turn_id, message in await session.execute(_UPDATES, {"ids": list(updates)}):
        updates[turn_id].append(Incoming.from_json(message))
    claimed, not_yet = list[Claimed](), list[int]()
    for turn in turns:
        files = await files_of(session, turn.id, updates[turn.id])
        if any(is_awaited(file, now) for file in files):
            not_yet.append(turn.id)
            continue
        heard = "\n".join(file.transcript for file in files if file.transcript)
        worn_out = turn.attempts + (turn.state == "working") >= ATTEMPTS  # a lease that ran out
        held, said = turn.held_by is not None, tuple(updates[turn.id])
        claimed.append(Claimed(turn.id, owner, turn.conversation_id, said, held, worn_out, heard))
    if not_yet:
        await session.execute(_PUT_OFF, {"ids": not_yet, "at": now + LOOK_FOR_FILES})
    if claimed:
        ids = [one.turn_id for one in claimed]
        await session.execute(_TAKE, {"ids": ids, "owner": owner, "until": now + LEASE})
    return claimed


async def is_ours(session: AsyncSession, claimed: Claimed) -> bool:
    """The turn is locked; False where it is done already, or its lease ran out and somebody else has it."""
    found = (await session.execute(_LOCKED, {"turn": claimed.turn_id})).one()
    return bool(found.state == "working" and found.lease_owner == claimed.owner)


async def ours(session: AsyncSession, claimed: Claimed) -> Turn | None:
    """The whole turn, where it is ours."""
    return await session.get_one(Turn, claimed.turn_id) if await is_ours(session, claimed) else None


async def done(session: AsyncSession, claimed: Claimed, understanding: dict[str, Any] | None) -> None:
    values: dict[str, Any] = {"turn": claimed.turn_id, "at": utc_now()}
    if understanding is None:
        await session.execute(_DONE, values)
    else:
        await session.execute(_ANSWERED, {**values, "what": understanding})


async def once_more(session: AsyncSession, claimed: Claimed) -> None:
    """Given back, due at once."""
    await session.execute(_ONCE_MORE, {"turn": claimed.turn_id, "at": utc_now()})
