"""What the tables are made of: UTC times on both databases, names of constraints, indexes of the queues."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, ClassVar, cast

from sqlalchemy import JSON, ColumnElement, DateTime, Index, MetaData, String, Table, bindparam, text
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in Python on both databases; SQLite keeps it without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone was to be stored")
        value = value.astimezone(timezone.utc)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


OPEN = ("waiting", "working")
ENDED = ("done", "failed", "sent", "refused", "gone")
"""The states of turns and messages: still to be worked on, or not any more.

The few open rows among the many ended ones have indexes of their own: one in the order in which they fall due, one
by conversation. The same thing is said in two ways on purpose: PostgreSQL, whose statistics were mostly taken of an
empty queue, would else look for the first of a conversation in the index of all that is due.
"""


def is_open(state: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Condition for the index in the order of falling due; written out, as a placeholder would not match it."""
    return state.in_(bindparam(None, OPEN, expanding=True, literal_execute=True))


def not_ended(state: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Condition for the index by conversation."""
    return state.not_in(bindparam(None, ENDED, expanding=True, literal_execute=True))


def due_index(name: str, *columns: str) -> Index:
    where = text(f"state IN ({_listed(OPEN)})")
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


def conversation_index(name: str, *columns: str) -> Index:
    where = text(f"state NOT IN ({_listed(ENDED)})")
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


def _listed(states: tuple[str, ...]) -> str:
    return ", ".join(repr(state) for state in states)


def rows_of(table: type[DeclarativeBase]) -> Table:
    """For statements that need no object of each row, which costs more than the statement."""
    return cast(Table, table.__table__)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        str: String(255),
    }
