"""One transaction for a command of the terminal, on the database of DATABASE_URL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.settings import load_settings
from casework.store import open_store

Result = TypeVar("Result")


def with_session(work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    """What `work` gives; committed at its end, rolled back on any error. Raises SettingsError."""

    async def run() -> Result:
        store = open_store(load_settings().database_url)
        try:
            async with store.write() as session:
                return await work(session)
        finally:
            await store.close()

    return asyncio.run(run())
