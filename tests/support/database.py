"""A migrated database for each test, on SQLite and on PostgreSQL, and a watch to let time pass."""

from __future__ import annotations

import asyncio
import importlib
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from app.schema import upgrade
from casework.store import Store, open_store
from casework.tables import Base, utc_now
from tests.postgres import PostgresServer

_TELL_THE_TIME = (
    "bot.attachments",
    "bot.facts",
    "bot.inbox",
    "bot.joining",
    "bot.outbox",
    "bot.turn_queue",
    "bot.turns",
    "casework.buttons",
    "casework.conversations",
    "casework.requests",
)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, to be copied: quicker than migrating for every test."""
    path = tmp_path_factory.mktemp("migrated") / "hamyar.db"
    upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """A PostgreSQL database with all tables, to be emptied before every test: quicker than a new one."""
    with postgres_server.database() as url:
        upgrade(url)
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with all tables and nothing in them, once on each kind."""
    if request.param == "sqlite":
        path = tmp_path / "hamyar.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        return f"sqlite+aiosqlite:///{path}"
    url: str = request.getfixturevalue("migrated_postgres")
    asyncio.run(_empty(url))
    return url


_EMPTY = """
set lock_timeout = '5s';
set session_replication_role = replica;
do $$
declare one regclass;
begin
    for one in select unnest(array[{tables}]::regclass[]) loop
        if pg_relation_size(one) > 100000 then
            execute format('truncate %s cascade', one);
        elsif pg_relation_size(one) > 0 then
            execute format('delete from %s', one);
        end if;
    end loop;
    perform setval(oid::regclass, 1, false) from pg_class where relkind = 'S';
end $$
"""
"""Truncating twenty tables makes a hundred files; most tests leave a few rows in a few of them. Without triggers, so
that the order of the tables does not matter; the numbers begin with 1 again."""


async def _empty(url: str) -> None:
    tables = ", ".join(f"'{table.name}'" for table in Base.metadata.sorted_tables)
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(_EMPTY.format(tables=tables))
    finally:
        await connection.close()


on_sqlite = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
"""For tests of what lies above the database, of which other tests prove that it works on both kinds."""


@pytest_asyncio.fixture
async def store(migrated_url: str) -> AsyncIterator[Store]:
    """An empty database with all tables, once on each kind."""
    opened = open_store(migrated_url)
    yield opened
    await opened.close()


class Watch:
    """What time it is for the code under test; it begins now and goes only forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return utc_now() + self._ahead

    def passes(self, **much: float) -> None:
        """`passes(seconds=2)`, in the words of `timedelta`."""
        self._ahead += timedelta(**much)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Replaces `utc_now` where the bot and casework ask for the time."""
    shown = Watch()
    for name in _TELL_THE_TIME:
        monkeypatch.setattr(importlib.import_module(name), "utc_now", shown.now)
    return shown
