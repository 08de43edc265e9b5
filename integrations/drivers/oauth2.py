"""Tokens by OAuth 2.0 client credentials (RFC 6749, 4.4): fetched when needed, kept until shortly before they end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import httpx

from integrations.drivers.base import CredentialsRefused, TemporaryError
from integrations.drivers.unreached import why_unreached

EARLY_SECONDS = 30.0
"""A token is not used in its last half minute: it could end on the way."""
ASSUMED_SECONDS = 300.0
"""How long a token holds whose server does not say."""
LARGEST_ANSWER = 64 * 1024
TOTAL_SECONDS = 20.0
"""For a token; whoever waits for it has a lease that must not run out."""


class ClientCredentials:
    """One client at one token address. Nothing is filed while a token is fetched: all trouble is temporary."""

    def __init__(
        self,
        token_url: str,
        client_id: str,
        secret: str,
        scope: str | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._id, self._secret, self._scope = token_url, client_id, secret, scope
        self._client = httpx.AsyncClient(
            timeout=10.0, follow_redirects=False, trust_env=False, transport=transport
        )
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._ends = 0.0

    async def header(self, refused: str | None = None) -> str:
        """The value of the Authorization header. `refused`: the one that was just answered with 401.

        Raises TemporaryError, or CredentialsRefused where the client itself is not accepted.
        """
        async with self._lock:
            known = f"Bearer {self._token}"
            if not self._token or self._clock() >= self._ends or known == refused:
                self._token, seconds = await self._fetch()
                self._ends = self._clock() + max(0.0, seconds - EARLY_SECONDS)
            return f"Bearer {self._token}"

    async def _fetch(self) -> tuple[str, float]:
        form = {"grant_type": "client_credentials"} | ({"scope": self._scope} if self._scope else {})
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                answer = await self._client.post(self._url, data=form, auth=(self._id, self._secret))
        except TimeoutError:
            raise TemporaryError(f"no token in {TOTAL_SECONDS:g} s") from None
        except httpx.ConnectError as error:
            raise TemporaryError(f"no token, {why_unreached(error)}") from None
        except httpx.HTTPError as error:
            raise TemporaryError(f"no token ({type(error).__name__})") from None
        if answer.status_code in (400, 401, 403):
            raise CredentialsRefused(f"no token: HTTP {answer.status_code}")
        if not answer.is_success or len(answer.content) > LARGEST_ANSWER:
            raise TemporaryError(f"no token: HTTP {answer.status_code}")
        try:
            document = answer.json()
            token, seconds = document["access_token"], float(document.get("expires_in") or ASSUMED_SECONDS)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise TemporaryError("no token in the answer of the token address") from None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or " " in token:
            raise TemporaryError("the token cannot stand in a header")
        return token, seconds

    async def aclose(self) -> None:
        await self._client.aclose()
