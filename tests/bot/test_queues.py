"""Claiming work reads the few open rows, however many are done and whatever the statistics say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text

from app.health import nothing_waits
from bot.outbox import Outbox
from casework.store import Store
from tests.support.citizen import FakeMessenger, Hamyar

DONE = 4000
AT = "'2026-11-25 00:00:00+00'"


async def fill(store: Store, state: str, rows: int, first: int) -> None:
    """So many turns and messages in this state, of twenty conversations."""
    series = (
        f"generate_series({first}, {first + rows - 1}) as s(i)"
        if not store.is_sqlite
        else f"(with recursive s(i) as (select {first} union all select i + 1 from s where i < {first + rows - 1}) "
        "select i from s) as s"
    )
    at = AT if not store.is_sqlite else AT.replace("+00", ".000000")
    text_of = "cast(i as varchar)"
    async with store.write() as session:
        await session.execute(
            text(
                "insert into turns (conversation_id, state, due_at, attempts, told_waiting, created_at) "
                f"select i % 20 + 1, '{state}', {at}, 0, false, {at} from {series}"
            )
        )
        await session.execute(
            text(
                "insert into outbox_messages (conversation_id, seq, dedupe_key, content, state, attempts, next_at, "
                f"created_at) select i % 20 + 1, i, {text_of}, '{{}}', '{state}', 0, {at}, {at} from {series}"
            )
        )


@pytest.fixture
async def plans(hamyar: Hamyar, store: Store) -> Callable[[Callable[[], Any]], Any]:
    """The plans of all SELECTs that a coroutine asks, on a database with much history and a long queue."""
    for number in range(20):
        await hamyar.inbox.receive(hamyar.citizen(str(number)).update("/help"))
    await hamyar.work()
    await fill(store, "done", DONE, 1000)
    async with store.write() as session:  # as in life: what is analysed is mostly an empty queue
        await session.execute(text("analyze"))
    await fill(store, "waiting", 200, 10000)

    async def of(ask: Callable[[], Any]) -> list[str]:
        asked: list[tuple[str, Any]] = []

        def note(_c: Any, _cur: Any, statement: str, parameters: Any, *_more: Any) -> None:
            if statement.lstrip().upper().startswith("SELECT"):
                asked.append((statement, parameters))

        event.listen(store.engine.sync_engine, "before_cursor_execute", note)
        await ask()
        event.remove(store.engine.sync_engine, "before_cursor_execute", note)
        explain = "explain query plan " if store.is_sqlite else "explain "
        found = []
        async with store.engine.connect() as connection:
            for statement, parameters in asked:
                rows = (await connection.exec_driver_sql(explain + statement, parameters)).all()
                found.append("\n".join(str(row[-1]) for row in rows))
        return found

    return of


def reads_whole(plan: str, table: str) -> bool:
    lines = plan.splitlines()
    return any(f"Seq Scan on {table}" in line or f"SCAN {table}" in line for line in lines)


async def test_claiming_a_turn_reads_open_turns_only(plans: Any, hamyar: Hamyar) -> None:
    found = await plans(hamyar.worker._claim)
    claim = next(plan for plan in found if "ix_turns_due" in plan)
    assert "ix_turns_of_conversation" in claim
    assert not any(reads_whole(plan, table) for plan in found for table in ("turns", "outbox_messages"))


async def test_claiming_a_message_reads_open_messages_only(plans: Any, hamyar: Hamyar) -> None:
    outbox = Outbox(hamyar.store, {"telegram": FakeMessenger()}, hamyar.knowledge)
    found = await plans(outbox._claim)
    claim = next(plan for plan in found if "ix_outbox_messages_due" in plan)
    assert "ix_outbox_messages_of_conversation" in claim
    assert not any(reads_whole(plan, "outbox_messages") for plan in found)


async def test_receiving_and_the_health_check_read_open_turns_only(plans: Any, hamyar: Hamyar) -> None:
    found = await plans(lambda: hamyar.inbox.receive(hamyar.citizen("1").update("سلام")))
    found += await plans(lambda: nothing_waits(hamyar.store))
    assert not any(reads_whole(plan, table) for plan in found for table in ("turns",))
