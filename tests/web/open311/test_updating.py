"""POST /servicerequestupdates: what a client adds to its own requests, once, without moving them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from sqlalchemy import select

from actions.dialogue import Knowledge
from casework import api_keys
from casework.requests import change_status
from casework.tables import Addition, Delivery, OperatorTask, OutboxMessage, ServiceRequest, StatusChange
from tests.web.open311.conftest import Client

UPDATE = {
    "update_id": "17",
    "updated_datetime": "2026-11-25T08:00:00+03:30",
    "status": "OPEN",
    "description": "هنوز خاموش است",
}


async def updated(client: Client, number: str, ending: str = "json", **fields: str) -> httpx.Response:
    sent = {"service_request_id": number, **UPDATE, **fields}
    return await client.post(f"servicerequestupdates.{ending}", **sent)


async def rows(client: Client, table: type[Any]) -> list[Any]:
    async with client.store.read() as session:
        return list(await session.scalars(select(table).order_by(table.id)))


async def moved(client: Client, knowledge: Knowledge, *steps: str) -> None:
    async with client.store.write() as session:
        request = await session.get_one(ServiceRequest, 1)
        for step in steps:
            await change_status(session, knowledge.lifecycle, request, step, "system", tell=False)


async def test_an_update_is_kept_and_an_operator_passes_it_on(client: Client) -> None:
    number = await client.file()
    answered = await updated(client, number)
    assert (answered.status_code, answered.json()) == (200, [{"update_id": "a1"}])
    (kept,) = await rows(client, Addition)
    assert kept.words == "هنوز خاموش است" and kept.said_at.isoformat() == "2026-11-25T04:30:00+00:00"
    (task,) = await rows(client, OperatorTask)
    assert (task.kind, task.service_request_id) == ("note", 1)
    assert number in task.reason and "هنوز خاموش است" in task.reason and "app" in task.reason


async def test_in_xml_it_is_what_fixmystreet_reads(client: Client) -> None:
    answered = await updated(client, await client.file(), "xml")
    root = ElementTree.fromstring(answered.content)
    assert root.tag == "service_request_updates"
    assert root.findtext("request_update/update_id") == "a1"


async def test_the_same_update_id_of_the_same_client_counts_once(client: Client) -> None:
    number = await client.file()
    answers = await asyncio.gather(*(updated(client, number) for _ in range(6)))
    assert {(one.status_code, one.text) for one in answers} == {(200, '[{"update_id": "a1"}]')}
    assert len(await rows(client, Addition)) == len(await rows(client, OperatorTask)) == 1
    assert (await updated(client, number, update_id="18")).json() == [{"update_id": "a2"}]


async def test_photos_stand_below_the_words_and_may_stand_alone(client: Client) -> None:
    number = await client.file()
    await updated(client, number, media_url="https://a.example/1.jpg", description="")
    assert [one.words for one in await rows(client, Addition)] == ["عکس: https://a.example/1.jpg"]


async def test_names_phones_and_mail_addresses_of_an_update_are_not_kept(client: Client) -> None:
    await updated(
        client, await client.file(), first_name="Shirin", last_name="Rad", phone="0915", email="s@e.ir"
    )
    kept = str([vars(row) for row in [*await rows(client, Addition), *await rows(client, OperatorTask)]])
    assert not [word for word in ("Shirin", "Rad", "0915", "s@e.ir") if word in kept]


@pytest.mark.parametrize("status", ["CLOSED", "FIXED", "IN_PROGRESS", "DUPLICATE", "OPEN", "REOPEN"])
async def test_no_word_of_a_client_moves_an_open_request(client: Client, status: str) -> None:
    assert (await updated(client, await client.file(), status=status)).status_code == 200
    (request,) = await rows(client, ServiceRequest)
    assert request.status == "registered" and len(await rows(client, StatusChange)) == 1
    assert [one.reopens for one in await rows(client, Addition)] == [False]


async def test_only_reopen_opens_again_what_was_closed(client: Client, knowledge: Knowledge) -> None:
    number = await client.file()
    await moved(client, knowledge, "submitted", "closed")
    await updated(client, number, status="OPEN")  # said before its sender had heard of the closing
    assert (await rows(client, ServiceRequest))[0].status == "closed"
    await updated(client, number, status="reopen", update_id="18")
    (request,) = await rows(client, ServiceRequest)
    assert request.status == "reopened"
    assert [one.kind for one in await rows(client, OperatorTask)] == ["note", "reopened"]
    assert await rows(client, OutboxMessage) == []
    await moved(client, knowledge, "closed")
    await updated(client, number, status="REOPEN", update_id="18")  # the same once more
    assert (await rows(client, ServiceRequest))[0].status == "closed"


async def test_where_its_system_takes_additions_it_is_delivered(client: Client) -> None:
    number = await client.file()
    (request,) = await rows(client, ServiceRequest)
    told = replace(client.served.routing, takes_additions=frozenset({request.system}))
    object.__setattr__(client.served, "routing", told)
    await updated(client, number)
    first, second = await rows(client, Delivery)
    assert (first.addition_id, second.addition_id, second.system) == (None, 1, request.system)
    assert await rows(client, OperatorTask) == []


_WRONG: list[tuple[dict[str, str], int, str]] = [
    ({"api_key": ""}, 403, "api_key"),
    ({"api_key": "hamyar_wrong"}, 403, "api_key"),
    ({"service_request_id": "123456789"}, 404, "service_request_id"),
    ({"service_request_id": ""}, 400, "service_request_id is required"),
    ({"update_id": ""}, 400, "update_id is required"),
    ({"update_id": "a b"}, 400, "update_id"),
    ({"updated_datetime": ""}, 400, "updated_datetime is required"),
    ({"updated_datetime": "yesterday"}, 400, "updated_datetime"),
    ({"status": ""}, 400, "status is required"),
    ({"status": "DELETED"}, 400, "status must be one of"),
    ({"description": ""}, 400, "description is required"),
    ({"description": "x" * 4001}, 400, "4000"),
    ({"media_url": "ftp://a.example/x"}, 400, "media_url"),
    ({"jurisdiction_id": "tehran.ir"}, 404, "jurisdiction_id"),
]


@pytest.mark.parametrize("wrong, status, said", _WRONG)
async def test_what_is_wrong_is_said_as_the_spec_says_it(
    client: Client, wrong: dict[str, str], status: int, said: str
) -> None:
    answered = await updated(client, await client.file(), **wrong)
    assert answered.status_code == status
    (error,) = answered.json()
    assert error["code"] == status and said in error["description"]
    assert await rows(client, Addition) == []


async def test_all_that_is_missing_is_said_at_once(client: Client) -> None:
    answered = await client.post("servicerequestupdates.xml")
    root = ElementTree.fromstring(answered.content)
    assert (answered.status_code, root.tag) == (400, "errors")
    assert len(root.findall("error/description")) == 5


async def test_a_request_of_somebody_else_is_not_added_to(client: Client) -> None:
    number = await client.file()
    async with client.store.write() as session:
        other = await api_keys.add(session, "other", per_minute=1000)
    answered = await updated(client, number, api_key=other)
    assert answered.status_code == 403 and "has not filed" in answered.json()[0]["description"]
    assert await rows(client, Addition) == []
