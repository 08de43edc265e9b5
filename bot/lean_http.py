"""httpx over aiohttp's connections, for the two calls that every message makes: to Rasa and to the messenger.

httpx's own transport costs some three milliseconds of processor time a call, a tenth of all that a message costs;
aiohttp's, with its parser in C, a fifth of that. The municipal systems are called by httpx's own: there a broken
connection has to say whether the request had gone out, which this one does not tell apart.
"""

from __future__ import annotations

import functools
import ssl

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport


@functools.cache
def tls() -> ssl.SSLContext:
    """One for all clients of the process: building it takes a tenth of a second."""
    return httpx.create_ssl_context(trust_env=False)


class LeanTransport(AiohttpTransport):
    """At most `connections` at a time. Keeps no cookies and knows no proxies; its errors are those of httpx."""

    def __init__(self, connections: int) -> None:
        def session() -> aiohttp.ClientSession:  # inside the loop that uses it
            return aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=connections, ssl=tls()),
                cookie_jar=aiohttp.DummyCookieJar(),
            )

        super().__init__(verify=tls(), client=session)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await super().handle_async_request(request)
        except aiohttp.ClientError as error:  # an answer that is no HTTP, say
            raise httpx.RemoteProtocolError(type(error).__name__) from error
