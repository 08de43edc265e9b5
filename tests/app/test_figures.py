"""/metrics and the checks behind /readyz: figures, and nothing of anybody."""

from __future__ import annotations

import httpx
from sqlalchemy import update
from starlette.applications import Starlette

from app.health import database_answers, nothing_waits
from app.metrics import metrics_route
from casework.store import Store, open_store
from casework.tables import Turn, utc_now
from tests.support.citizen import BIKE, Citizen, Hamyar, citizen, hamyar
from tests.support.database import migrated_file, migrated_postgres, migrated_url, store
from tests.support.knowledge import danger, knowledge
from web.health import readyz_route

__all__ = [
    "citizen",
    "danger",
    "hamyar",
    "knowledge",
    "migrated_file",
    "migrated_postgres",
    "migrated_url",
    "store",
]


async def get(application: Starlette, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://hamyar") as client:
        return await client.get(path)


async def test_metrics_count_and_name_nobody(citizen: Citizen, store: Store) -> None:
    await citizen.writes(BIKE, sender_name="مریم")
    await citizen.presses("confirm")
    await citizen.writes("09151234567 secretword")
    answer = await get(Starlette(routes=[metrics_route(store)]), "/metrics")
    assert answer.status_code == 200
    assert 'hamyar_turns{state="done"} 3.0' in answer.text
    assert 'hamyar_service_requests{state="registered"} 1.0' in answer.text
    for personal in ("0915", "secretword", "هدایت", "مریم", "bike_share"):
        assert personal not in answer.text
    assert all(line.isascii() for line in answer.text.splitlines())


async def test_a_turn_that_waits_too_long_is_said_without_whose(hamyar: Hamyar, store: Store) -> None:
    someone = hamyar.citizen("777000777")
    await hamyar.inbox.receive(someone.update("secretword"))
    assert await nothing_waits(store) is None
    async with store.write() as session:
        await session.execute(update(Turn).values(due_at=utc_now().replace(year=2020)))

    async def waits() -> str | None:
        return await nothing_waits(store)

    answer = await get(Starlette(routes=[readyz_route({"turns": waits})]), "/readyz")
    assert answer.status_code == 503 and "minute" in answer.text
    assert "777" not in answer.text and "secretword" not in answer.text


async def test_a_database_that_is_away_is_said_without_its_address() -> None:
    away = open_store("postgresql+asyncpg://hamyar:password-1@127.0.0.1:9/x")
    reason = await database_answers(away)
    await away.close()
    assert reason and "password" not in reason and "127.0.0.1" not in reason
