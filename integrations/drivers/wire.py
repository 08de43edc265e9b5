"""HTTP to one system: time limits, size limits, no redirects, and every outcome as an error of the tree in
base.py.

A call says whether it `files` something: then what comes to nothing after it has left us is an
AmbiguousError, otherwise a TemporaryError.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree  # type: ignore[import-untyped]
import httpx
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]

from integrations.drivers.base import (
    AmbiguousError,
    BadAnswer,
    CredentialsRefused,
    IntegrationError,
    NotFound,
    PermanentError,
    TemporaryError,
    TooLong,
    begin_call,
)
from integrations.drivers.oauth2 import ClientCredentials
from integrations.drivers.unreached import why_unreached
from integrations.system import Limits

# httpx writes every address at INFO, and addresses hold ids and sometimes keys.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

MAX_RETRY_AFTER = 6 * 3600.0


@dataclass(frozen=True)
class Answer:
    """A 2xx (or tolerated) answer; `files` as in the call."""

    http: int
    content_type: str
    body: bytes
    files: bool

    def json(self) -> Any:
        """The body as JSON. AmbiguousError or BadAnswer where it is not."""
        self._refuse_html()
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise self.unreadable("not JSON") from None

    def xml(self) -> Element:
        """The body as XML without DTD or entities. AmbiguousError or BadAnswer where it is not."""
        self._refuse_html()
        try:
            root: Element = defusedxml.ElementTree.fromstring(self.body, forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
            raise self.unreadable("not XML") from None
        return root

    def unreadable(self, what: str) -> IntegrationError:
        """The error for an answer that says nothing we can use."""
        reason = f"HTTP {self.http}, but the answer is {what}"
        return AmbiguousError(reason) if self.files else BadAnswer(reason)

    def _refuse_html(self) -> None:
        start = self.body[:200].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
        if "html" in self.content_type or start.startswith((b"<!doctype html", b"<html")):
            raise self.unreadable("a web page")


class Wire:
    """One system's connections. `base` is its address; only paths below it are called."""

    def __init__(
        self,
        base: str,
        limits: Limits,
        *,
        headers: Mapping[str, str] | None = None,
        per_second: float = 10.0,
        at_once: int = 4,
        tokens: ClientCredentials | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._base = base.rstrip("/")
        self._tokens = tokens
        self._limits = limits
        self._pace = Pace(per_second)
        self._free = asyncio.Semaphore(at_once)
        self._client = httpx.AsyncClient(
            headers={"User-Agent": "Hamyar", **(headers or {})},
            timeout=httpx.Timeout(limits.read, connect=limits.connect),
            # Kept only shortly: a connection that the other side has closed makes a submit ambiguous for
            # nothing.
            limits=httpx.Limits(
                max_connections=at_once, max_keepalive_connections=at_once, keepalive_expiry=2.0
            ),
            follow_redirects=False,
            trust_env=False,
            verify=certificates(),
            transport=transport,
        )

    async def call(
        self,
        method: str,
        path: str,
        *,
        files: bool = False,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, Any] | None = None,
        body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        tolerate: tuple[int, ...] = (),
        bad_request: str = "permanent",
    ) -> Answer:
        """Make one call. `tolerate`: HTTP codes that come back as an Answer although they are errors.

        `bad_request`: "temporary" for servers that answer 400 also when their backend is down (as the spec
        allows).
        """
        request = self._client.build_request(
            method,
            self._base + path,
            params=params,
            data=form,
            json=body,
            content=content,
            headers=headers,
        )
        if request.url.host != urlsplit(self._base).hostname:
            raise PermanentError("the path leads to another host")
        async with self._free:
            await self._pace.wait()
            if self._tokens is not None:
                request.headers["Authorization"] = await self._tokens.header()
            answer, extra = await self._send(request, files)
            if answer.http == 401 and self._tokens is not None:
                # Taken back before its time. Nothing was filed under a refused token.
                refused = request.headers["Authorization"]
                request.headers["Authorization"] = await self._tokens.header(refused)
                answer, extra = await self._send(request, files)
        if 200 <= answer.http < 300 or answer.http in tolerate:
            return answer
        raise _error_of(answer, extra, bad_request)

    async def _send(self, request: httpx.Request, files: bool) -> tuple[Answer, httpx.Headers]:
        unsure = AmbiguousError if files else TemporaryError
        begin_call(self._limits.total)
        try:
            async with asyncio.timeout(self._limits.total):
                response = await self._client.send(request, stream=True)
                try:
                    body = await self._read(response, files)
                finally:
                    await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise TemporaryError(why_unreached(error)) from None
        except TimeoutError:
            raise unsure(f"no whole answer in {self._limits.total:g} s") from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise unsure(f"the answer broke off ({type(error).__name__})") from None
        answer = Answer(response.status_code, response.headers.get("content-type", "").lower(), body, files)
        return answer, response.headers

    async def _read(self, response: httpx.Response, files: bool) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for part in response.aiter_bytes():
            size += len(part)
            if size > self._limits.answer_bytes:
                unsure = AmbiguousError if files and response.is_success else TooLong
                raise unsure(f"HTTP {response.status_code}, but the answer is too long")
            parts.append(part)
        return b"".join(parts)

    async def aclose(self) -> None:
        await self._client.aclose()
        if self._tokens is not None:
            await self._tokens.aclose()


@cache
def certificates() -> ssl.SSLContext:
    """Made once: reading the certificates takes 50 ms, and there are many systems."""
    return ssl.create_default_context()


class Pace:
    """At most so many calls a second, evenly."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1.0 / per_second
        self._next = 0.0

    async def wait(self) -> None:
        now = time.monotonic()
        mine = max(now, self._next)
        self._next = mine + self._gap
        if mine > now:
            await asyncio.sleep(mine - now)


def _error_of(answer: Answer, headers: httpx.Headers, bad_request: str) -> IntegrationError:
    http = answer.http
    reason = f"HTTP {http}"
    later = _retry_after(headers.get("retry-after"))
    if http in (401, 403, 407):
        return CredentialsRefused(f"{reason}: our credentials are refused", later)
    if http in (408, 425, 429, 503):
        return TemporaryError(reason, later)
    if http in (404, 405, 410):
        said_by_the_service = "json" in answer.content_type or "xml" in answer.content_type
        if answer.files and not said_by_the_service:
            # A proxy or a moved service, not an unknown code: no request is at fault.
            return TemporaryError(f"{reason}: nothing takes requests at this address", later)
        return NotFound(reason)
    if http == 400 and bad_request == "temporary":
        return TemporaryError(reason, later)
    if 400 <= http < 500:
        return PermanentError(reason)
    # 500, 502, 504 and redirects may come after the request was stored.
    if answer.files:
        return AmbiguousError(reason if http >= 500 else f"{reason}: a redirect, not followed")
    return TemporaryError(reason, later)


def _retry_after(value: str | None) -> float | None:
    """Seconds, from a number or an HTTP date; at most six hours."""
    if not value:
        return None
    if value.strip().isdigit():
        return min(float(value), MAX_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return min(max((moment - datetime.now(timezone.utc)).total_seconds(), 0.0), MAX_RETRY_AFTER)
