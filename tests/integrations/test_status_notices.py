"""Signed news that a system sends by itself: only its own, only fresh, and never backwards."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from casework.tables import ANSWER, Attachment, OperatorTask, OutboxMessage, StatusChange
from integrations.simulator import RunningSimulator
from integrations.status_notices import SIGNATURE_HEADER, TIMESTAMP_HEADER, signature
from tests.integrations.test_delivery import City, city
from web.system_notices import system_notices_route

__all__ = ["city"]
SECRET = "shared with the taxi office"


class Office:
    """The taxi office's server, which calls us."""

    def __init__(self, city: City, client: httpx.AsyncClient) -> None:
        self.city, self.client = city, client
        words = city.registry.system("taxi").statuses
        self.word = {ours: theirs for theirs, ours in words.items()}

    async def says(self, *updates: Any, system: str = "taxi", **changes: Any) -> httpx.Response:
        body = changes.get("body", json.dumps({"updates": list(updates)}).encode())
        timestamp = str(changes.get("timestamp", int(time.time())))
        headers = {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: signature(SECRET, timestamp, body)}
        return await self.client.post(
            f"/webhooks/systems/{system}",
            content=changes.get("sent", body),
            headers={**headers, **changes.get("headers", {})},
        )

    async def number(self, tracking_number: str) -> str:
        await self.city.file(tracking_number, "taxi")
        await self.city.dispatcher.run_once()
        return (await self.city.delivery(tracking_number)).external_id or ""


@pytest_asyncio.fixture
async def office(city: City, simulator: RunningSimulator) -> AsyncIterator[Office]:
    systems = city.registry.systems
    systems["taxi"] = replace(systems["taxi"], webhook_secret=SECRET)
    app = Starlette(routes=[system_notices_route(city.registry, city.sync.reports)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://h") as client:
        yield Office(city, client)


def at(minutes: int) -> str:
    return (datetime.now(timezone.utc) + timedelta(minutes=minutes)).isoformat()


async def test_news_is_taken_told_once_and_the_same_again_changes_nothing(office: Office) -> None:
    number = await office.number("100000040")
    news = {
        "service_request_id": number,
        "status": office.word["in_progress"],
        "status_notes": "فردا می‌آییم",
        "updated_datetime": at(0),
    }
    answered = [(await office.says(news)).json() for _ in range(3)]
    assert [one["changed"] for one in answered] == [1, 0, 0]
    request = await office.city.request("100000040")
    assert (request.status, request.status_notes) == ("in_progress", "فردا می‌آییم")
    assert len(await office.city.all(OutboxMessage)) == 1


async def test_photos_of_what_was_done_come_along_one_or_several(office: Office) -> None:
    number = await office.number("100000044")
    for photos, word in (
        ("https://t.test/1.jpg", "in_progress"),
        (["https://t.test/2.jpg", 7, ""], "closed"),
    ):
        news = {"service_request_id": number, "status": office.word[word], "updated_datetime": at(0)}
        assert (await office.says({**news, "media_url": photos})).json()["changed"] == 1
    kept = [one.file_id for one in await office.city.all(Attachment) if one.kind == ANSWER]
    assert kept == ["https://t.test/1.jpg", "https://t.test/2.jpg"]


async def test_late_and_shuffled_news_never_turns_back(office: Office) -> None:
    number = await office.number("100000041")
    closed = {"service_request_id": number, "status": office.word["closed"], "updated_datetime": at(2)}
    begun = {"service_request_id": number, "status": office.word["in_progress"], "updated_datetime": at(1)}
    assert (await office.says(closed)).json()["changed"] == 1
    assert (await office.says(begun)).json()["changed"] == 0
    assert (await office.city.request("100000041")).status == "closed"
    other = await office.number("100000042")
    shuffled = [{**closed, "service_request_id": other}, {**begun, "service_request_id": other}]
    await office.says(*shuffled)
    steps = [c.to_status for c in await office.city.all(StatusChange)]
    assert steps[-2:] == ["in_progress", "closed"]


async def test_an_unknown_word_is_one_task_and_a_strange_number_is_passed_over(office: Office) -> None:
    number = await office.number("100000043")
    odd = {"service_request_id": number, "status": "weird", "updated_datetime": at(0)}
    for _ in range(2):
        assert (await office.says(odd, {"service_request_id": "999", "status": "x"})).status_code == 200
    assert [task.kind for task in await office.city.all(OperatorTask)] == ["unknown_status"]
    assert (await office.city.delivery("100000043")).raw_status == "weird"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"headers": {SIGNATURE_HEADER: "sha256=00"}}, 403),
        ({"headers": {SIGNATURE_HEADER: ""}}, 403),
        ({"sent": b'{"updates": [ ]}'}, 403),
        ({"headers": {TIMESTAMP_HEADER: "1"}}, 403),
        ({"timestamp": int(time.time()) - 3600}, 403),
        ({"timestamp": int(time.time()) + 3600}, 403),
        ({"timestamp": "now"}, 403),
        ({"system": "nobody"}, 404),
        ({"system": "waste"}, 404),
        ({"body": b"<html>"}, 400),
        ({"body": b"[]"}, 400),
        ({"body": b'{"updates": {}}'}, 400),
        ({"body": b'{"updates": [7]}'}, 400),
        ({"body": b'{"updates": [{"service_request_id": "1"}]}'}, 400),
        (
            {"body": b'{"updates": [{"service_request_id": "1", "status": "x", "updated_datetime": "?"}]}'},
            400,
        ),
        ({"body": b"x" * 300_000}, 413),
    ],
)
async def test_what_is_not_its_own_fresh_or_readable_is_refused(
    office: Office, changes: dict[str, Any], status: int
) -> None:
    answered = await office.says(**changes)
    assert answered.status_code == status
    assert answered.json()["error"]
    assert await office.city.all(StatusChange) == []


async def test_a_database_that_is_away_is_said_to_be_for_later(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> int:
        raise OSError("no database")

    monkeypatch.setattr(office.city.sync.reports, "take", away)
    answered = await office.says({"service_request_id": "1", "status": "x"})
    assert (answered.status_code, answered.headers["retry-after"]) == (503, "30")
