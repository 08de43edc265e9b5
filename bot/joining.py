"""Which turn an update joins: free texts shortly after each other, the photos of an album, and floods are one turn."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Insert, bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.incoming import Incoming
from casework.tables import Conversation, Turn, not_ended, rows_of, utc_now

GROUP_AT_MOST = timedelta(seconds=5)
ALBUM = timedelta(seconds=1)
FLOOD_MESSAGES = 20
FLOOD_WITHIN = timedelta(minutes=1)
"""So many messages of one chat in this time are a flood: more than anybody types."""
FLOOD_PAUSE, FLOOD_AT_MOST = timedelta(seconds=5), timedelta(seconds=20)
"""In a flood a turn waits for a pause of hers, but no longer than this."""

# Built once: that takes as long as running them.
_NEW = insert(rows_of(Turn))
_NEWEST = (
    select(Turn)
    .where(Turn.conversation_id == bindparam("conversation"), not_ended(Turn.state))
    .order_by(Turn.id.desc())
    .limit(1)
    .with_for_update()
)


async def turn_for(
    session: AsyncSession,
    conversation: Conversation,
    incoming: Incoming,
    wait: timedelta | None,
    floods: bool,
) -> int:
    """The turn that this update joins, or a new one. `wait`: how long others may join; None where nothing may.
    `floods`: her messages are answered together, and none is lost."""
    now = utc_now()
    at_most = GROUP_AT_MOST
    if floods and _may_join_a_flood(incoming):
        wait, at_most = FLOOD_PAUSE, FLOOD_AT_MOST
    if wait is not None:
        newest = await session.scalar(_NEWEST, {"conversation": conversation.id})
        # Only the newest one: what she wrote after a button must not be answered before it.
        if newest is not None and _takes(newest, incoming, now):
            newest.due_at = newest.open_until = min(now + wait, newest.created_at + at_most)
            return newest.id
    due = now + wait if wait is not None else now
    new = {
        "conversation_id": conversation.id,
        "due_at": due,
        "open_until": due if wait is not None else None,
        "album_id": incoming.album_id,
        "created_at": now,
    }
    return await inserted(session, _NEW, new)


async def ended_turn(session: AsyncSession, conversation: Conversation, why: str) -> int:
    """A turn on which nothing is done."""
    now = utc_now()
    row = {"conversation_id": conversation.id, "state": "done", "due_at": now, "done_at": now, "error": why}
    return await inserted(session, _NEW, row)


async def inserted(session: AsyncSession, table: Insert, row: dict[str, Any]) -> int:
    """The new row's id."""
    result: Any = await session.execute(table, row)
    return int(result.inserted_primary_key[0])


def _may_join_a_flood(incoming: Incoming) -> bool:
    return incoming.chat_kind == "private" and not (
        incoming.button_token or incoming.pin or incoming.album_id
    )


def _takes(turn: Turn, incoming: Incoming, now: datetime) -> bool:
    """Whether a turn is still open for this text, or for this photo of its album."""
    is_open = turn.state == "waiting" and turn.open_until is not None and turn.open_until >= now
    return is_open and turn.album_id == incoming.album_id
