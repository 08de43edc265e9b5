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


def test_what_was_filed_before_additions_were_kept_stays(database_url: str) -> None:
    config = alembic_config(database_url)
    command.upgrade(config, "0003")
    now = "'2026-11-25 08:00:00'"
    before = [
        f"insert into persons (id, channel, sender_id, created_at) values (1, 'telegram', '1', {now})",
        "insert into conversations (id, channel, chat_id, chat_kind, person_id, position, position_version,"
        " awaiting_answer, last_seq, created_at, updated_at)"
        f" values (1, 'telegram', '1', 'private', 1, '{{}}', 0, false, 0, {now}, {now})",
        "insert into service_requests (id, tracking_number, conversation_id, person_id, draft_id, issue, channel,"
        " service_code, description, attributes, place, district, status, system, agency, visibility, created_at,"
        " updated_at) values (1, '104738291', 1, 1, 'd', 0, 'telegram', 'taxi', 'x', '{}', '{}', '1', 'submitted',"
        f" 'taxi', 'a', 'never', {now}, {now})",
        "insert into deliveries (id, key, service_request_id, system, state, attempts, ambiguous, next_at,"
        f" external_id, created_at) values (1, '104738291-taxi', 1, 'taxi', 'sent', 1, false, {now}, 'SM-1', {now})",
        "insert into attachments (id, conversation_id, service_request_id, kind, file_id, state, attempts, next_at,"
        f" created_at) values (1, 1, 1, 'photo', 'f', 'kept', 0, {now}, {now})",
    ]

    async def run(*statements: str) -> list[object]:
        engine = create_async_engine(database_url)
        async with engine.begin() as connection:
            for statement in statements[:-1]:
                await connection.exec_driver_sql(statement)
            rows = (await connection.exec_driver_sql(statements[-1])).all()
        await engine.dispose()
        return [tuple(row) for row in rows]

    import asyncio

    look = "select d.external_id, a.file_id from deliveries d join attachments a on a.service_request_id = 1"
    asyncio.run(run(*before, look))
    upgrade(database_url)
    assert asyncio.run(run(look)) == [("SM-1", "f")]
    command.downgrade(config, "0003")
    assert asyncio.run(run(look)) == [("SM-1", "f")]


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
        "additions": {"service_request_id"},
    }
    indexes = [[column.name for column in index.columns] for index in table.indexes]  # type: ignore[attr-defined]
    unique = [
        [column.name for column in constraint.columns]
        for constraint in table.constraints  # type: ignore[attr-defined]
        if constraint.__class__.__name__ == "UniqueConstraint"
    ]
    leading = {names[0] for names in (*indexes, *unique) if names}
    assert wanted.get(table.name, set()) <= leading  # type: ignore[attr-defined]
