"""Webhooks: a path nobody guesses, Telegram's secret besides, stored before HTTP 200."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select
from starlette.applications import Starlette

from bot.channels.botapi import BotApiChannel
from bot.inbox import Inbox
from bot.webhooks import LARGEST_BODY, SECRET_HEADER, secret_token, webhook_path, webhook_routes
from casework.store import Store
from casework.tables import DeadLetter, InboxUpdate

SECRET = "a-secret-of-this-test"
TOKEN = "12345678:" + "A" * 35
MESSAGE: dict[str, Any] = {
    "update_id": 7,
    "message": {
        "message_id": 1,
        "date": 1760000000,
        "from": {"id": 42, "is_bot": False, "first_name": "مریم"},
        "chat": {"id": 42, "type": "private", "first_name": "مریم"},
        "text": "سلام",
    },
}


@pytest_asyncio.fixture
async def web(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    channels = {
        name: BotApiChannel(name, TOKEN, "http://127.0.0.1:9")  # type: ignore[arg-type]
        for name in ("telegram", "bale")
    }
    application = Starlette(routes=webhook_routes(channels, Inbox(store, 0), SECRET))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application), base_url="http://hamyar"
    ) as client:
        yield client
    for channel in channels.values():
        await channel.aclose()


async def stored(store: Store) -> list[InboxUpdate]:
    async with store.read() as session:
        return list(await session.scalars(select(InboxUpdate)))


async def test_an_update_is_stored_before_it_is_acknowledged_and_once(
    web: httpx.AsyncClient, store: Store
) -> None:
    for _ in range(3):
        answer = await web.post(
            webhook_path(SECRET, "telegram"), json=MESSAGE, headers={SECRET_HEADER: secret_token(SECRET)}
        )
        assert answer.status_code == 200
        assert len(await stored(store)) == 1
    assert (await stored(store))[0].deliveries == 3


@pytest.mark.parametrize("given", [None, "", "wrong", secret_token("another secret"), "سلام"])
async def test_telegram_without_the_secret_is_refused(
    web: httpx.AsyncClient, store: Store, given: str | None
) -> None:
    headers = {SECRET_HEADER: given.encode()} if given is not None else {}
    answer = await web.post(webhook_path(SECRET, "telegram"), json=MESSAGE, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 403 and await stored(store) == []


async def test_bale_needs_no_secret_but_the_path(web: httpx.AsyncClient, store: Store) -> None:
    for path in ("/webhooks/bale", "/webhooks/bale/", "/webhooks/bale/x", webhook_path("another", "bale")):
        assert (await web.post(path, json=MESSAGE)).status_code == 404
    assert await stored(store) == []
    assert (await web.post(webhook_path(SECRET, "bale"), json=MESSAGE)).status_code == 200
    assert (await web.get(webhook_path(SECRET, "bale"))).status_code == 405
    assert [update.channel for update in await stored(store)] == ["bale"]


def test_paths_and_secret_are_unlike_each_other_and_the_key() -> None:
    secrets = {webhook_path(SECRET, "bale"), webhook_path(SECRET, "telegram"), secret_token(SECRET)}
    assert len(secrets) == 3 and all(SECRET not in one for one in secrets)
    assert all(len(one.rsplit("/", 1)[-1]) == 43 for one in secrets)


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b'{"update_id": 8}', b'{"update_id": 9, "message": {"text": "x"}}']
)
async def test_what_cannot_be_read_is_a_dead_letter_and_not_sent_again(
    web: httpx.AsyncClient, store: Store, body: bytes
) -> None:
    for _ in range(2):
        assert (await web.post(webhook_path(SECRET, "bale"), content=body)).status_code == 200
    async with store.read() as session:
        assert len((await session.scalars(select(DeadLetter))).all()) == 1
    assert await stored(store) == []


async def test_a_body_beyond_a_megabyte_is_refused(web: httpx.AsyncClient, store: Store) -> None:
    answer = await web.post(webhook_path(SECRET, "bale"), content=b" " * (LARGEST_BODY + 1))
    assert answer.status_code == 413 and await stored(store) == []


async def test_with_the_database_away_the_messenger_is_told_to_come_again(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_store: Store) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(Store, "write", away)
    answer = await web.post(webhook_path(SECRET, "bale"), json=MESSAGE)
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "5"
    assert "سلام" not in answer.text
