"""The checks behind /readyz. Each gives None where all is well, else a short reason without personal data."""

from __future__ import annotations

from datetime import timedelta

import httpx
from sqlalchemy import func, select

from app.settings import Settings
from casework.store import Store, StoreUnavailable
from casework.tables import Turn, is_open, utc_now

WAITS_TOO_LONG = timedelta(seconds=60)


async def database_answers(store: Store) -> str | None:
    try:
        await store.ping()
    except StoreUnavailable as error:
        return str(error)
    return None


async def rasa_answers(settings: Settings) -> str | None:
    """At least one of the Rasa servers answers with a model."""
    reason = "no RASA_URL"
    token = settings.rasa_token.get_secret_value()
    async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
        for url in settings.rasa_urls:
            try:
                answer = await client.get(f"{url}/status", params={"token": token})
                if answer.status_code == 200 and answer.json().get("model_file"):
                    return None
                reason = f"HTTP {answer.status_code}"
            except (httpx.HTTPError, ValueError) as error:
                reason = type(error).__name__
    return reason


async def nothing_waits(store: Store) -> str | None:
    """A turn that is due and not worked on for a minute means that no worker runs."""
    async with store.read() as session:
        oldest = await session.scalar(select(func.min(Turn.due_at)).where(is_open(Turn.state)))
    if oldest is not None and utc_now() - oldest > WAITS_TOO_LONG:
        return "turns wait longer than a minute"
    return None
