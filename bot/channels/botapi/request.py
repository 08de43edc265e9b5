"""The HTTP side of python-telegram-bot, taught what Bale (and a bad day of Telegram) answers.

PTB asks the messenger through this class; whatever it would stumble over is put right before it sees it.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

import httpx
from telegram.error import TelegramError, TimedOut
from telegram.request import HTTPXRequest, RequestData

from bot.channels.botapi.repair import repaired_result
from bot.channels.errors import FetchFailed, FileGone, FileTooLarge
from bot.lean_http import LeanTransport, tls

_DEFAULT_WAIT = 5
"""Seconds to wait after a 429 that does not say how long."""
_LONGEST = 150.0
"""Seconds for one call, whatever its parts may take: aiohttp sets no limit to writing, httpx none to a SOCKS proxy's
answers, and nobody one to a file that comes byte by byte."""


class UnreadableAnswer(TelegramError):
    """The body is not JSON. `body` is kept for the dead letter and never logged."""

    def __init__(self, body: bytes) -> None:
        super().__init__("answer is not JSON")
        self.body = body


class RepairingRequest(HTTPXRequest):
    """PTB's request with answers repaired: error codes told apart, results completed, nothing logged.

    The environment's proxies are not used: the proxy is a setting of the messenger, and Bale needs none.
    """

    __slots__ = ()

    def __init__(self, *, connections: int, read_timeout: float, proxy_url: str | None = None) -> None:
        super().__init__(
            connection_pool_size=connections,
            read_timeout=read_timeout,
            write_timeout=10.0,
            connect_timeout=10.0,
            pool_timeout=10.0,
            media_write_timeout=60.0,
            proxy=proxy_url or None,
            httpx_kwargs={"trust_env": False, "verify": tls()},
        )

    def _build_client(self) -> httpx.AsyncClient:
        if self._client_kwargs["proxy"] is not None:  # only httpx's own transport knows SOCKS
            return super()._build_client()
        connections = self._client_kwargs["limits"].max_connections
        return httpx.AsyncClient(**self._client_kwargs | {"transport": LeanTransport(connections)})

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        try:
            async with asyncio.timeout(_LONGEST):
                code, body = await super().do_request(url, method, request_data, *args, **kwargs)
        except TimeoutError:
            raise TimedOut("no answer in time") from None
        return understood(code, body)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As PTB's own, but it never writes the payload into a log, and repairs the result."""
        answer = _json(payload)
        if not isinstance(answer, dict):
            raise UnreadableAnswer(payload)
        if "result" in answer:
            answer["result"] = repaired_result(answer["result"])
        return answer

    async def fetch(self, url: str, limit_bytes: int) -> bytes:
        """The body at `url`, stopped as soon as it exceeds `limit_bytes`. Raises FetchError."""
        try:
            async with asyncio.timeout(_LONGEST), self._client.stream("GET", url) as response:
                if response.status_code in (400, 404, 410):
                    raise FileGone(f"HTTP {response.status_code}")
                if response.status_code != 200:
                    raise FetchFailed(f"HTTP {response.status_code}")
                received = bytearray()
                async for chunk in response.aiter_bytes():
                    received += chunk
                    if len(received) > limit_bytes:
                        raise FileTooLarge(f"more than {limit_bytes} bytes")
                return bytes(received)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as problem:
            raise FetchFailed(type(problem).__name__) from problem


def understood(code: int, body: bytes) -> tuple[int, bytes]:
    """(status, body) as PTB would have got it from Telegram for the same matter.

    `ok: false` under HTTP 200 becomes an error; Bale's 403 for a bad token 401; a method that does not exist
    (501) and a body too large (413) bad requests, as trying again does not help; a 404 about a chat or a file
    likewise, as PTB takes every 404 for a bad token; a 429 always says how long to wait.
    """
    if code == 200 and b'"ok"' not in body[:200]:
        return code, body
    answer = _json(body)
    if not isinstance(answer, dict):
        return code, body
    if code == 200:
        if answer.get("ok", True):
            return code, body
        code = _error_code(answer)
    description = str(answer.get("description") or "").strip().lower()
    if code == 403 and "token" in description:
        return 401, body
    is_about_something = description not in ("", "not found", "not found: method not found")
    if code in (413, 501) or (code == 404 and is_about_something):
        return 400, body
    if code == 429:
        wanted = answer.get("parameters")
        seconds = wanted.get("retry_after") if isinstance(wanted, dict) else None
        usable = isinstance(seconds, int | float) and seconds > 0
        answer["parameters"] = {"retry_after": int(seconds) if usable and seconds else _DEFAULT_WAIT}
        return code, json.dumps(answer).encode()
    return code, body


def file_url(base_file_url: str, file_path: str) -> str:
    """Where the file lies; the path is quoted, and cannot lead to another host or upwards."""
    parts = [part for part in file_path.split("/") if part not in ("", ".", "..")]
    return base_file_url + "/" + "/".join(quote(part, safe=":@!$&'()*+,;=~") for part in parts)


def _error_code(answer: dict[str, Any]) -> int:
    code = answer.get("error_code")
    return code if isinstance(code, int) and 400 <= code <= 599 else 400


def _json(body: bytes) -> Any:
    """None where it is not JSON; control characters inside strings are let pass."""
    try:
        return json.loads(body.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None
