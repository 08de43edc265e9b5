"""Webhooks of the messengers: the same way as polling, stored before HTTP 200.

The path is unguessable on both (Bale knows no secret); Telegram also sends `X-Telegram-Bot-Api-Secret-Token`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.botapi import BotApiChannel
from bot.inbox import Inbox

log = structlog.get_logger()

LARGEST_BODY = 1024 * 1024
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (the header's name)


def derived(secret: str, purpose: str) -> str:
    """A secret of its own for each purpose, out of HAMYAR_SECRET_KEY: 43 characters that fit into a URL."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()[:43]


def webhook_path(secret: str, channel: str) -> str:
    return f"/webhooks/{channel}/{derived(secret, f'webhook-path:{channel}')}"


def secret_token(secret: str) -> str:
    return derived(secret, "telegram-secret-token")


def webhook_routes(channels: Mapping[str, BotApiChannel], inbox: Inbox, secret: str) -> list[Route]:
    """One POST route for each messenger. A wrong path is an ordinary 404."""

    def route(name: str, channel: BotApiChannel) -> Route:
        async def receive(request: Request) -> Response:
            if name == "telegram":
                given = request.headers.get(SECRET_HEADER, "")
                if not hmac.compare_digest(given.encode(), secret_token(secret).encode()):
                    return PlainTextResponse("forbidden\n", status_code=403)
            body = b""
            try:
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > LARGEST_BODY:
                        return PlainTextResponse("too large\n", status_code=413)
            except ClientDisconnect:
                return PlainTextResponse("incomplete\n", status_code=400)
            try:
                await channel.receive_webhook(body, inbox.receive, inbox.dead_letter)
            except Exception as error:  # not stored: the messenger sends it again
                log.error("webhook_not_stored", channel=name, error=type(error).__name__)
                return PlainTextResponse("later\n", status_code=503, headers={"Retry-After": "5"})
            return PlainTextResponse("ok\n")

        return Route(webhook_path(secret, name), receive, methods=["POST"], name=f"webhook_{name}")

    return [route(name, channel) for name, channel in channels.items()]
