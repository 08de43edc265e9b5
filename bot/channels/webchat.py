"""The web chat: a few JSON routes between a browser and the inbox.

    GET  /chat/thread            the conversation so far; gives the cookie to a browser that has none
    GET  /chat/events?after=N    what is newer than item N: waits up to 25 s for it, else 204
    POST /chat/messages          one message, made durable before it is answered with 202
    POST /chat/uploads?name=…    one file as the body; answers with a handle for a later message
    POST /chat/leave             takes the cookie away (a shared computer)

Long polling, not a stream: it passes every proxy, ends by itself, and one lost answer costs nothing because the
browser says what it has. A message carries an id made by the browser, so sending it again files nothing twice.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.channels.webchat_bell import Bell
from bot.channels.webchat_messages import (
    MAX_ATTACHMENTS,
    MAX_BODY_BYTES,
    MAX_TEXT,
    MAX_UPLOAD_BYTES,
    BadMessage,
    file_name,
    file_type,
    message_from,
)
from bot.channels.webchat_session import Sessions, same_origin
from bot.channels.webchat_thread import Card, ShownTime, ThreadAttachment, ThreadItem, thread_json
from bot.incoming import Incoming, IncomingAttachment

__all__ = [
    "BadMessage",
    "Bell",
    "Card",
    "ThreadAttachment",
    "ThreadItem",
    "WebChatBackend",
    "webchat_routes",
]

WAIT_SECONDS = 25.0
MAX_ITEMS = 300


class Limits(Protocol):
    """How much may be sent (`bot.channels.webchat_limits`)."""

    async def wait(self, chat_id: str, address: str, kind: str) -> float | None:
        """Seconds to wait for a "message" or an "upload", or None to let it pass."""
        ...

    async def is_blocked(self, address: str) -> bool: ...


class WebChatBackend(Protocol):
    """What stands behind the routes: the inbox and the thread, on the database."""

    async def receive(self, incoming: Incoming) -> None:
        """Store durably, then return. The same update_id again changes nothing."""
        ...

    async def thread(self, chat_id: str, after_seq: int) -> list[ThreadItem]:
        """Both sides' messages with seq > after_seq, in order of seq; empty for an unknown conversation."""
        ...

    async def store_upload(self, chat_id: str, filename: str, content: bytes) -> IncomingAttachment:
        """Keep the file; it belongs to no message yet. May raise BadMessage("wrong_type", 415)."""
        ...


@dataclass
class _WebChat:
    backend: WebChatBackend
    sessions: Sessions
    bell: Bell
    limits: Limits | None
    public_url: str | None
    wait_seconds: float
    look_again: float
    shown: ShownTime = field(default_factory=ShownTime)

    async def thread(self, request: Request) -> Response:
        chat_id = self.sessions.chat_id(request)
        items = [] if chat_id is None else await self.backend.thread(chat_id, 0)
        response = self._items(items[-MAX_ITEMS:])
        self.sessions.give(response, request, chat_id or self.sessions.new_chat_id())
        return response

    async def events(self, request: Request) -> Response:
        chat_id = self.sessions.chat_id(request)
        if chat_id is None:
            return _refused("no_session", 401)
        try:
            after = max(0, int(request.query_params.get("after", "0")))
        except ValueError:
            return _refused("bad_request", 400)
        seconds = 0.0 if request.query_params.get("wait") == "0" else self.wait_seconds
        # While a reply is awaited the look is quick; an idle tab costs the database little.
        pause = self.look_again if request.query_params.get("awaiting") == "1" else self.look_again * 5
        deadline = time.monotonic() + seconds
        with self.bell.listening(chat_id) as rung:
            while True:
                rung.clear()
                items = await self.backend.thread(chat_id, after)
                if items:
                    return self._items(items[:MAX_ITEMS])
                left = deadline - time.monotonic()
                if left <= 0 or self.bell.closed or await request.is_disconnected():
                    return Response(status_code=204, headers={"Cache-Control": "no-store"})
                try:
                    await asyncio.wait_for(rung.wait(), min(pause, left))
                except TimeoutError:
                    pass

    async def messages(self, request: Request) -> Response:
        chat_id, refusal = await self._admitted(request, "application/json", "message")
        if chat_id is None:
            return refusal
        try:
            incoming = message_from(await _body(request, MAX_BODY_BYTES), chat_id, self.sessions)
        except BadMessage as error:
            return _refused(error.code, error.status)
        await self.backend.receive(incoming)
        self.bell.ring(chat_id)
        return JSONResponse(
            {"id": incoming.update_id}, status_code=202, headers={"Cache-Control": "no-store"}
        )

    async def uploads(self, request: Request) -> Response:
        chat_id, refusal = await self._admitted(request, "application/octet-stream", "upload")
        if chat_id is None:
            return refusal
        try:
            content = await _body(request, MAX_UPLOAD_BYTES)
            kind = file_type(content).kind
            name = file_name(request.query_params.get("name", ""))
            attachment = await self.backend.store_upload(chat_id, name, content)
        except BadMessage as error:
            return _refused(error.code, error.status)
        handle = self.sessions.upload_handle(chat_id, attachment)
        return JSONResponse({"handle": handle, "kind": kind}, status_code=201)

    async def leave(self, request: Request) -> Response:
        if not same_origin(request, self.public_url):
            return _refused("wrong_origin", 403)
        response = Response(status_code=204)
        self.sessions.take_away(response)
        return response

    async def _admitted(self, request: Request, content_type: str, kind: str) -> tuple[str | None, Response]:
        """The conversation, or None with the answer that refuses."""
        if not same_origin(request, self.public_url):
            return None, _refused("wrong_origin", 403)
        # Neither type can be sent across sites without a preflight, which nothing here answers.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != content_type:
            return None, _refused("bad_request", 415)
        chat_id = self.sessions.chat_id(request)
        if chat_id is None:
            return None, _refused("no_session", 401)
        if self.limits is not None:
            address = request.client.host if request.client else ""
            if await self.limits.is_blocked(address):
                return None, _refused("blocked", 403)
            seconds = await self.limits.wait(chat_id, address, kind)
            if seconds is not None:
                return None, _refused("slow_down", 429, {"Retry-After": str(max(1, round(seconds)))})
        return chat_id, Response()

    def _items(self, items: list[ThreadItem]) -> JSONResponse:
        limits = {"text": MAX_TEXT, "upload_bytes": MAX_UPLOAD_BYTES, "attachments": MAX_ATTACHMENTS}
        content: dict[str, Any] = {
            "items": thread_json(items, self.shown, datetime.now(UTC)),
            "limits": limits,
        }
        return JSONResponse(content, headers={"Cache-Control": "no-store"})


async def _body(request: Request, most: int) -> bytes:
    """The body, read no further than `most` bytes. Raises BadMessage."""
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > most:
                raise BadMessage("too_large", 413)
            parts.append(part)
    except ClientDisconnect:
        raise BadMessage("bad_request") from None
    return b"".join(parts)


def _refused(code: str, status: int, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(
        {"error": code}, status_code=status, headers={"Cache-Control": "no-store", **(headers or {})}
    )


def webchat_routes(
    backend: WebChatBackend,
    secret: str,
    *,
    bell: Bell | None = None,
    limits: Limits | None = None,
    public_url: str | None = None,
    wait_seconds: float = WAIT_SECONDS,
    look_again: float = 0.4,
) -> list[Route]:
    """The routes of the web chat, for `web.public.app.create_public_app`.

    `bell`: ring it where a reply is stored; without one a waiting browser looks every `look_again` seconds (five
    times as long when it awaits nothing). `public_url`: an origin accepted besides the request's own host.
    """
    chat = _WebChat(backend, Sessions(secret), bell or Bell(), limits, public_url, wait_seconds, look_again)
    return [
        Route("/chat/thread", chat.thread, methods=["GET"], name="chat_thread"),
        Route("/chat/events", chat.events, methods=["GET"], name="chat_events"),
        Route("/chat/messages", chat.messages, methods=["POST"], name="chat_messages"),
        Route("/chat/uploads", chat.uploads, methods=["POST"], name="chat_uploads"),
        Route("/chat/leave", chat.leave, methods=["POST"], name="chat_leave"),
    ]
