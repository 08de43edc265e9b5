"""A migrated database for each test, on SQLite and on PostgreSQL, and a watch to let time pass."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from app.schema import upgrade
from casework.store import Store, open_store
from casework.tables import utc_now

_TELL_THE_TIME = (
    "bot.attachments",
    "bot.facts",
    "bot.inbox",
    "bot.outbox",
    "bot.turns",
    "casework.buttons",
    "casework.conversations",
    "casework.requests",
)


@pytest.fixture
def migrated_url(database_url: str) -> str:
    """`database_url` of tests/conftest with all tables in it, made by the migrations."""
    upgrade(database_url)
    return database_url


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
