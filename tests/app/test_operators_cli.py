"""What an operator does in the terminal: number of what was filed by hand, send again, redirect, compare."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from casework.conversations import conversation_of
from casework.dates import jalali
from casework.store import open_store
from casework.tables import Attachment, AuditEntry, Delivery, OperatorTask, ServiceRequest, utc_now
from casework.tasks import open_task
from integrations.simulator import RunningSimulator
from persian.tracking import show

Run = Callable[..., tuple[int, str]]
NUMBER = "104738291"


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch, hamyar_command: Run) -> Iterator[RunningSimulator]:
    running = RunningSimulator().start()
    monkeypatch.setenv("HAMYAR_SIMULATOR_URL", running.url)
    yield running
    running.stop()


def in_the_hands_of_an_operator() -> None:
    """A request that could not be delivered, and its task."""

    async def write() -> None:
        store = open_store(os.environ["DATABASE_URL"])
        async with store.write() as session:
            conversation = await conversation_of(
                session, channel="terminal", chat_id="c", chat_kind="private", sender_id="s", name=None
            )
            request = ServiceRequest(
                tracking_number=NUMBER, conversation_id=conversation.id, person_id=conversation.person_id, draft_id="d",
                channel="terminal", service_code="taxi", description="کرایه\x1b[31m", district="samen", system="taxi",
                agency="x", attributes={"plate": "۱۲ع۳۴۵"}, place={"text": "میدان شهدا", "lat": 36.3, "lon": 59.6},
            )  # fmt: skip
            session.add(request)
            await session.flush()
            session.add(
                Attachment(
                    conversation_id=conversation.id, service_request_id=request.id, kind="photo", file_id="f",
                    state="kept", path="aa/photo",
                )
            )  # fmt: skip
            delivery = Delivery(
                key=f"{NUMBER}-taxi", service_request_id=request.id, system="taxi", state="manual"
            )
            session.add(delivery)
            await session.flush()
            await open_task(
                session, kind="manual_delivery", dedupe_key=f"delivery:{delivery.id}", reason="taxi: by hand",
                service_request_id=request.id,
            )  # fmt: skip
        await store.close()

    asyncio.run(write())


def stored(table: type[Any]) -> list[Any]:
    async def read() -> list[Any]:
        store = open_store(os.environ["DATABASE_URL"])
        async with store.read() as session:
            rows = list(await session.scalars(select(table)))
        await store.close()
        return rows

    return asyncio.run(read())


def test_what_was_filed_by_hand_gets_its_number_and_is_compared(
    hamyar_command: Run, simulated: RunningSimulator
) -> None:
    in_the_hands_of_an_operator()
    there, _ = simulated.city.file("taxi", service_code="taxi", description="x")
    assert hamyar_command("tasks", "close", "1", "--number", there.number)[0] == 0
    assert [(one.state, one.external_id) for one in stored(Delivery)] == [("sent", there.number)]
    assert [one.state for one in stored(OperatorTask)] == ["closed"]
    code, said = hamyar_command("systems", "compare", "taxi")
    assert code == 0 and "1 compared, 1 known there, 0 differences" in said
    simulated.city.move("taxi", there.number, "lost_in_the_post")
    assert "no meaning for the status 'lost_in_the_post'" in hamyar_command("systems", "compare", "taxi")[1]
    simulated.city.forget()
    assert "does not know this number" in hamyar_command("systems", "compare", "taxi")[1]


def test_who_files_by_hand_sees_all_that_it_takes(
    hamyar_command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.operators_cli.out.width", 200)
    in_the_hands_of_an_operator()
    _, listed = hamyar_command("tasks", "list")
    for shown in (
        "نوع",
        "ثبت دستی (manual_delivery)",
        " ".join(show(NUMBER).split()),
        jalali(utc_now()),
        "taxi: by hand",
    ):
        assert shown in listed, listed
    code, sheet = hamyar_command("requests", "show", "۱۰۴-۷۳۸-۲۹۱")
    assert code == 0
    for shown in (
        "کرایه",
        "میدان شهدا",
        "36.3, 59.6",
        "پلاک",
        "۱۲ع۳۴۵",
        "(taxi)",
        "منطقهٔ ثامن",
        "وضعیت",
        "ثبت شد از",
        "به سامانهٔ taxi",
        "ثبت دستی",
        "aa/photo",
    ):
        assert shown in sheet, sheet
    assert "\x1b" not in sheet and [one.action for one in stored(AuditEntry)] == ["looked_at"]
    assert hamyar_command("requests", "show", "104738282")[0] == 1


def test_closing_a_task_needs_a_note_or_a_number(hamyar_command: Run) -> None:
    in_the_hands_of_an_operator()
    assert hamyar_command("tasks", "close", "1")[0] == 2
    assert hamyar_command("tasks", "close", "9", "--note", "x")[0] == 1
    code, said = hamyar_command("tasks", "close", "9", "--number", "7")
    assert code == 1 and "not about a delivery" in said
    assert hamyar_command("tasks", "close", "1", "--note", "تلفنی گفته شد")[0] == 0


def test_all_of_a_system_is_sent_again(hamyar_command: Run) -> None:
    in_the_hands_of_an_operator()
    assert hamyar_command("systems", "resend", "taxi") == (0, "1 requests go to taxi again\n")
    assert [one.state for one in stored(Delivery)] == ["waiting"]
    assert hamyar_command("systems", "resend", "taxi") == (0, "0 requests go to taxi again\n")
    assert hamyar_command("systems", "resend", "nowhere")[0] == 2


def test_a_request_is_given_to_another_system(hamyar_command: Run) -> None:
    in_the_hands_of_an_operator()
    assert (
        hamyar_command("requests", "redirect", "۱۰۴ ۷۳۸ ۲۹۱", "bus", "--note", "کار اتوبوسرانی است")[0] == 0
    )
    assert [one.system for one in stored(ServiceRequest)] == ["bus"]
    assert sorted((one.system, one.state) for one in stored(Delivery)) == [
        ("bus", "waiting"),
        ("taxi", "dead"),
    ]
    again, said = hamyar_command("requests", "redirect", NUMBER, "bus")
    assert again == 1 and "already" in said
    assert hamyar_command("requests", "redirect", "1", "bus")[0] == 1
    assert hamyar_command("requests", "redirect", NUMBER, "nowhere")[0] == 2
