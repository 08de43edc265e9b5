"""The statement by which a worker takes the next turn or message, each conversation in its own order."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, bindparam, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from casework.tables import OutboxMessage, Turn, is_open, not_ended

Row = TypeVar("Row", Turn, OutboxMessage)


def due(
    table: type[Row],
    at: InstrumentedAttribute[datetime],
    order: InstrumentedAttribute[int],
    *more: ColumnElement[bool],
) -> Select[Row]:
    """The row that is due first by the parameter `now`, of conversations that nobody works on.

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
        select(table)
        .where(is_open(table.state), at <= now, is_free, table.id == head, *more)
        .order_by(at, table.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=table)
    )
