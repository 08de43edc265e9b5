"""The statements by which workers take rows: what is due, each conversation in its own order; and many at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Integer, Select, bindparam, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from casework.store import Store
from casework.tables import Conversation, OutboxMessage, Turn, is_open, not_ended

Row = TypeVar("Row", Turn, OutboxMessage)
Found = TypeVar("Found")


def due(
    table: type[Row],
    at: InstrumentedAttribute[datetime],
    order: InstrumentedAttribute[int],
    columns: Sequence[Any],
    *more: ColumnElement[bool],
) -> Select[Any]:
    """These columns of at most `most` rows that are due by `now` (parameters), first first; of each conversation that
    nobody works on the first one.

    `at`: when a row falls due. `order`: which row of a conversation comes first. Build it once: that takes longer
    than running it.
    """
    now = bindparam("now", type_=at.type)
    # Not "none is earlier": of that PostgreSQL makes a join of the whole queue with itself.
    other = aliased(table)
    head = (
        select(other.id)
        .where(other.conversation_id == table.conversation_id, not_ended(other.state))
        .order_by(getattr(other, order.key))
        .limit(1)
        .scalar_subquery()
    )
    is_free = or_(table.lease_until.is_(None), table.lease_until < now)
    return (
        select(*columns)
        .where(is_open(table.state), at <= now, is_free, table.id == head, *more)
        .order_by(at, table.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True, of=table)
    )


def of_its_conversation(table: type[Row], column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """A column of the row's conversation. Not a join: that would lock it, and SQLite would begin at the conversations
    of a channel, and read all that was ever said in them."""
    return (
        select(column)
        .where(Conversation.id == table.conversation_id)
        .correlate(table)
        .scalar_subquery()
        .label(column.key)
    )


def lowest_first(
    asked: Select[Found], id_: InstrumentedAttribute[int], ids: Collection[int] | Select[int]
) -> Select[Found]:
    """The rows of these ids as they are now, locked one after the other, the lowest id first: who locks several in
    another order would wait for us, and we for her."""
    locked = asked.where(id_.in_(ids)).order_by(id_).with_for_update()
    return locked.execution_options(populate_existing=True)


async def may_be_due(store: Store, statement: Select[Any], parameters: dict[str, Any]) -> bool:
    """False where nothing is due. On SQLite a look that takes no write lock, so that who is idle disturbs nobody;
    on PostgreSQL claiming disturbs nobody either, and nothing is asked."""
    if not store.is_sqlite:
        return True
    async with store.read() as session:
        return (await session.execute(statement, parameters)).first() is not None
