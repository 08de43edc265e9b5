"""The routes of the web chat, against a thread in memory."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bot.channels.webchat import Bell, ThreadItem, webchat_routes
from bot.channels.webchat_memory import MemoryWebChat
from bot.channels.webchat_messages import MAX_TEXT, MAX_UPLOAD_BYTES, BadMessage, file_name, file_type
from bot.channels.webchat_thread import ShownTime
from bot.incoming import Incoming

ORIGIN = {"Origin": "http://chat.test"}
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 64


def echo(incoming: Incoming) -> list[ThreadItem]:
    return [ThreadItem(seq=0, author="city", text=f"رسید: {incoming.text}", at=datetime.now(UTC))]


class Chat:
    """A browser's side: cookie jar and own origin."""

    def __init__(self, backend: MemoryWebChat, client: httpx.AsyncClient) -> None:
        self.backend = backend
        self.client = client

    async def open(self) -> list[dict[str, Any]]:
        return (await self.client.get("/chat/thread")).json()["items"]

    async def post(self, **message: Any) -> httpx.Response:
        message.setdefault("id", str(uuid.uuid4()))
        return await self.client.post("/chat/messages", json=message, headers=ORIGIN)

    async def upload(self, content: bytes, name: str = "photo.jpg") -> httpx.Response:
        headers = {**ORIGIN, "Content-Type": "application/octet-stream"}
        return await self.client.post(
            "/chat/uploads", params={"name": name}, content=content, headers=headers
        )

    async def received(self) -> list[Incoming]:
        return list(self.backend.received.values())


def client_for(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://chat.test")


def app_for(backend: MemoryWebChat, **options: Any) -> Starlette:
    options.setdefault("wait_seconds", 0.3)
    return Starlette(routes=webchat_routes(backend, "secret", look_again=0.02, **options))


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    backend = MemoryWebChat(echo)
    async with client_for(app_for(backend)) as client:
        chat = Chat(backend, client)
        await chat.open()
        yield chat


async def test_a_browser_without_a_cookie_gets_one_and_an_empty_thread() -> None:
    async with client_for(app_for(MemoryWebChat(echo))) as client:
        answer = await client.get("/chat/thread")
        assert answer.json()["items"] == []
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie and "secure" not in cookie


async def test_a_message_is_stored_before_it_is_answered_with_202(chat: Chat) -> None:
    answer = await chat.post(text=" چراغ کوچه خاموش است ")
    assert answer.status_code == 202
    [incoming] = await chat.received()
    assert incoming.text == "چراغ کوچه خاموش است"
    assert incoming.channel == "webchat" and incoming.chat_id == incoming.sender_id
    assert incoming.update_id == answer.json()["id"]


async def test_the_same_message_sent_again_has_the_same_id_and_hash_and_is_kept_once(chat: Chat) -> None:
    same = str(uuid.uuid4())
    await chat.post(id=same, text="یک بار")
    [first] = await chat.received()
    await chat.post(id=same, text="یک بار")
    assert chat.backend.posts == 2
    assert len(await chat.received()) == 1
    again = Incoming.from_json({**first.to_json(), "sent_at": datetime.now(UTC).isoformat()})
    assert again.content_hash == first.content_hash


async def test_the_thread_survives_a_reload_with_both_sides_in_order(chat: Chat) -> None:
    await chat.post(text="سلام")
    await asyncio.sleep(0.05)
    items = await chat.open()
    assert [(item["author"], item["text"]) for item in items] == [("citizen", "سلام"), ("city", "رسید: سلام")]
    assert [item["seq"] for item in items] == [1, 2]


async def test_events_wait_for_the_reply_and_end_empty_when_there_is_none(chat: Chat) -> None:
    waiting = asyncio.create_task(chat.client.get("/chat/events?after=0&awaiting=1"))
    await asyncio.sleep(0.05)
    await chat.post(text="سلام")
    assert (await waiting).json()["items"][0]["text"] == "سلام"
    nothing = await chat.client.get("/chat/events?after=99")
    assert nothing.status_code == 204


async def test_the_bell_wakes_a_waiting_browser_at_once_and_closing_it_ends_the_wait() -> None:
    bell = Bell()
    backend = MemoryWebChat(echo, bell=bell)
    app = Starlette(routes=webchat_routes(backend, "secret", bell=bell, wait_seconds=20, look_again=20))
    async with client_for(app) as client, asyncio.timeout(5):
        chat = Chat(backend, client)
        await chat.open()
        waiting = asyncio.create_task(client.get("/chat/events?after=0"))
        await asyncio.sleep(0.05)
        await chat.post(text="زنگ")
        assert (await waiting).json()["items"]
        waiting = asyncio.create_task(client.get("/chat/events?after=50"))
        await asyncio.sleep(0.05)
        bell.close()
        assert (await waiting).status_code == 204


async def test_nobody_reads_another_thread_nor_uses_a_forged_cookie(chat: Chat) -> None:
    await chat.post(text="راز من")
    async with client_for(chat.client._transport.app) as stranger:  # type: ignore[attr-defined]
        assert (await Chat(chat.backend, stranger).open()) == []
        stranger.cookies.clear()
        [incoming] = await chat.received()
        forged = {"Cookie": f"hamyar_webchat={incoming.chat_id}"}
        assert (await stranger.get("/chat/events?after=0", headers=forged)).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": "http://chat.test.evil.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {},
    ],
)
async def test_a_post_from_another_site_is_refused(chat: Chat, headers: dict[str, str]) -> None:
    body = {"id": str(uuid.uuid4()), "text": "x"}
    answer = await chat.client.post("/chat/messages", json=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (403, "wrong_origin")
    assert not await chat.received()


async def test_a_form_cannot_post_even_from_our_own_origin(chat: Chat) -> None:
    body = json.dumps({"id": str(uuid.uuid4()), "text": "x"})
    answer = await chat.client.post(
        "/chat/messages", content=body, headers={**ORIGIN, "Content-Type": "text/plain"}
    )
    assert answer.status_code == 415


async def test_the_public_address_is_an_origin_of_ours_behind_a_proxy() -> None:
    backend = MemoryWebChat(echo)
    async with client_for(app_for(backend, public_url="https://hamyar.example/")) as client:
        await client.get("/chat/thread")
        message = {"id": str(uuid.uuid4()), "text": "x"}
        headers = {"Origin": "https://hamyar.example"}
        assert (await client.post("/chat/messages", json=message, headers=headers)).status_code == 202


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        ({"text": ""}, 400, "empty"),
        ({"text": "  \n "}, 400, "empty"),
        ({"text": "ا" * (MAX_TEXT + 1)}, 413, "too_long"),
        ({"text": "ا" * 100_000}, 413, "too_large"),
        ({"text": "x", "id": "1"}, 400, "bad_request"),
        ({"text": ["x"]}, 400, "bad_request"),
        ({"text": "x", "button": "t"}, 400, "bad_request"),
        ({"button": ""}, 400, "bad_request"),
        ({"pin": [200, 5]}, 400, "bad_request"),
        ({"pin": ["NaN", 5]}, 400, "bad_request"),
        ({"pin": 3}, 400, "bad_request"),
        ({"attachments": ["forged"]}, 400, "bad_upload"),
        ({"attachments": ["x"] * 6}, 413, "too_many_files"),
    ],
)
async def test_what_cannot_be_a_message_is_refused_with_a_code(
    chat: Chat, message: dict[str, Any], status: int, code: str
) -> None:
    answer = await chat.post(**message)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert not await chat.received()


@pytest.mark.parametrize("body", [b"", b"[]", b"3", b"{", b"\xff\xfe", b"[" * 60_000])
async def test_a_body_that_is_no_message_is_refused(chat: Chat, body: bytes) -> None:
    headers = {**ORIGIN, "Content-Type": "application/json"}
    answer = await chat.client.post("/chat/messages", content=body, headers=headers)
    assert answer.status_code == 400


async def test_characters_no_database_should_meet_are_left_out(chat: Chat) -> None:
    body = json.dumps({"id": str(uuid.uuid4()), "text": "سلام\u0000\u001b[31m\ud800 می\u200cخواهم\nدوم"})
    headers = {**ORIGIN, "Content-Type": "application/json"}
    assert (await chat.client.post("/chat/messages", content=body, headers=headers)).status_code == 202
    [incoming] = await chat.received()
    assert incoming.text == "سلام[31m می\u200cخواهم\nدوم"
    incoming.text.encode()


async def test_a_button_and_a_pin_become_no_text(chat: Chat) -> None:
    await chat.post(button="tok-1")
    await chat.post(pin=[36.3, 59.6])
    pressed, pinned = await chat.received()
    assert (pressed.button_token, pressed.text) == ("tok-1", "")
    assert (pinned.pin, pinned.text) == ((36.3, 59.6), "")


async def test_a_photo_is_uploaded_first_and_named_by_a_handle_of_this_conversation(chat: Chat) -> None:
    answer = await chat.upload(JPEG, "../چاله.jpg")
    assert (answer.status_code, answer.json()["kind"]) == (201, "photo")
    await chat.post(text="این چاله", attachments=[answer.json()["handle"]])
    [incoming] = await chat.received()
    [photo] = incoming.attachments
    assert (photo.kind, photo.file_name, photo.size) == ("photo", "چاله.jpg", len(JPEG))
    async with client_for(chat.client._transport.app) as stranger:  # type: ignore[attr-defined]
        other = Chat(chat.backend, stranger)
        await other.open()
        refused = await other.post(text="مال من", attachments=[answer.json()["handle"]])
        assert refused.json()["error"] == "bad_upload"


async def test_a_file_is_known_by_its_content_and_refused_when_it_is_none_of_ours_or_too_large(
    chat: Chat,
) -> None:
    page = await chat.upload(b"<html><script>alert(1)</script>", "photo.jpg")
    assert (page.status_code, page.json()["error"]) == (415, "wrong_type")
    large = await chat.upload(JPEG + b"0" * MAX_UPLOAD_BYTES)
    assert (large.status_code, large.json()["error"]) == (413, "too_large")
    assert not chat.backend.uploads


def test_file_types_and_names() -> None:
    assert file_type(b"%PDF-1.7 ...").kind == "document"
    assert file_type(b"\x00\x00\x00\x18ftypisom....").kind == "video"
    assert file_type(b"\x00\x00\x00\x18ftypheic....").mime_type == "image/heic"
    with pytest.raises(BadMessage):
        file_type(b"")
    assert file_name("C:\\a\\b.png") == "b.png"
    assert file_name("../../..") == "file"


async def test_who_sends_too_fast_is_told_when_to_send_again() -> None:
    asked: list[tuple[str, str]] = []

    class Slow:
        async def wait(self, chat_id: str, address: str, kind: str) -> float | None:
            asked.append((address, kind))
            return 7.0

        async def is_blocked(self, address: str) -> bool:
            return False

    backend = MemoryWebChat(echo)
    async with client_for(app_for(backend, limits=Slow())) as client:
        chat = Chat(backend, client)
        await chat.open()
        answer = await chat.post(text="x")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
        assert asked == [("127.0.0.1", "message")]
        assert not backend.received


async def test_leaving_takes_the_cookie_away(chat: Chat) -> None:
    await chat.post(text="سلام")
    assert (await chat.client.post("/chat/leave", headers=ORIGIN)).status_code == 204
    assert (await chat.client.get("/chat/events?after=0")).status_code == 401
    assert await chat.open() == []


def test_times_are_shown_as_jalali_days_and_persian_digits_of_tehran() -> None:
    shown = ShownTime()
    now = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    assert shown.clock(datetime(2026, 11, 25, 20, 45, tzinfo=UTC)) == "۰۰:۱۵"
    assert shown.day(datetime(2026, 11, 24, 20, 45, tzinfo=UTC), now) == "چهارشنبه ۴ آذر"
    assert shown.day(datetime(2026, 3, 1, 8, 0, tzinfo=UTC), now) == "یکشنبه ۱۰ اسفند ۱۴۰۴"
