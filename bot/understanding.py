"""The one client of the Rasa server: a text in, an `Understanding` out.

What a citizen types never reaches Rasa as a payload: leading slashes and white space are taken off before, and the
offsets of places are moved back to her own text.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import httpx

from actions.dialogue import Understanding
from bot.lean_http import LeanTransport

LONGEST = 4000
_NOT_FIRST = "/ \t\r\n\u200c\u200f\u200e\ufeff"
_FAILED = (200, 400, 413, 422, 500)
"""Rasa is up and could not do this one; while it loads its model it says 409, a proxy before it 502 to 504."""
TIMEOUT = httpx.Timeout(10.0, connect=2.0)
CONNECTIONS = 32


def _client() -> httpx.AsyncClient:
    """Without the proxies of the environment: this is loopback or an inner network."""
    return httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, transport=LeanTransport(CONNECTIONS))


class UnderstandingUnavailable(Exception):
    """No Rasa server answers; the turn waits. Never carries the text."""


class UnderstandingFailed(Exception):
    """A Rasa server is there and fails at this very text: trying for ever would be silence. Never carries the text."""


class UnderstandingClient:
    """`addresses`: one or more base URLs of Rasa servers; the next one is tried where one does not answer."""

    def __init__(
        self, addresses: Sequence[str], token: str, *, client: httpx.AsyncClient | None = None
    ) -> None:
        self._addresses = [address.rstrip("/") for address in addresses]
        self._token = token
        self._client = client or _client()
        self._turn = itertools.count()

    async def understand(self, text: str) -> Understanding | None:
        """None where nothing is left to understand. Raises UnderstandingUnavailable, UnderstandingFailed."""
        stripped = text.lstrip(_NOT_FIRST)
        shift, cleaned = len(text) - len(stripped), stripped[:LONGEST]
        if not cleaned.strip():
            return None
        parsed = await self._parse(cleaned)
        try:
            for place in parsed.get("locations") or ():
                place["start"], place["end"] = place["start"] + shift, place["end"] + shift
            return Understanding.from_parse(parsed)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UnderstandingFailed(f"unreadable answer ({type(error).__name__})") from None

    async def _parse(self, text: str) -> dict[str, Any]:
        first = next(self._turn)
        reason, failed = "no address", False
        for offset in range(len(self._addresses)):
            address = self._addresses[(first + offset) % len(self._addresses)]
            try:
                response = await self._client.post(
                    f"{address}/model/parse", params={"token": self._token}, json={"text": text}
                )
                if response.status_code == 200:
                    parsed = response.json()
                    if isinstance(parsed, dict):
                        return parsed
                reason = f"HTTP {response.status_code}"
                failed |= response.status_code in _FAILED
            except ValueError:
                reason, failed = "unreadable answer", True
            except httpx.HTTPError as error:
                reason = type(error).__name__
        raise UnderstandingFailed(reason) if failed else UnderstandingUnavailable(reason)

    async def close(self) -> None:
        await self._client.aclose()
