"""The migrations make exactly the tables of `casework.tables`, and claiming work never reads whole tables."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import create_async_engine

from app.schema import alembic_config, upgrade
from casework.tables import Base


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic_config("sqlite+aiosqlite://")).get_heads()) == 1


def test_an_empty_database_is_brought_to_exactly_these_tables(database_url: str) -> None:
    upgrade(database_url)
    command.check(alembic_config(database_url))  # raises where a column, index or constraint differs
    upgrade(database_url)  # again: nothing to do


def test_every_step_can_be_taken_back(database_url: str) -> None:
    upgrade(database_url)
    command.downgrade(alembic_config(database_url), "base")

    async def tables() -> set[str]:
        engine = create_async_engine(database_url)
        async with engine.connect() as connection:
            names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        await engine.dispose()
        return set(names)

    import asyncio

    assert asyncio.run(tables()) == {"alembic_version"}
    upgrade(database_url)


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
def test_every_foreign_key_that_work_is_found_by_has_an_index(table: object) -> None:
    wanted = {
        "attachments": {"update_id", "conversation_id", "service_request_id"},
        "inbox_updates": {"turn_id", "conversation_id"},
        "turns": {"conversation_id"},
        "outbox_messages": {"conversation_id"},
        "deliveries": {"service_request_id"},
    }
    indexes = [[column.name for column in index.columns] for index in table.indexes]  # type: ignore[attr-defined]
    unique = [
        [column.name for column in constraint.columns]
        for constraint in table.constraints  # type: ignore[attr-defined]
        if constraint.__class__.__name__ == "UniqueConstraint"
    ]
    leading = {names[0] for names in (*indexes, *unique) if names}
    assert wanted.get(table.name, set()) <= leading  # type: ignore[attr-defined]
