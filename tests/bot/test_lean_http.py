"""httpx over aiohttp's connections behaves as httpx does, whatever comes back."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.lean_http import LeanTransport


@contextlib.asynccontextmanager
async def answering(
    answer: bytes, *, hang: bool = False
) -> AsyncIterator[tuple[httpx.AsyncClient, list[bytes]]]:
    """A client at a server that says `answer` to whatever is asked, then closes; and the heads it was asked with."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        if hang:
            await asyncio.sleep(5)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = LeanTransport(4)
    timeout = httpx.Timeout(0.3 if hang else 10.0)
    client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", transport=transport, timeout=timeout)
    async with client:
        yield client, asked
    server.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf",
        b"HTTP/1.1 999999 X\r\n\r\n",
    ],
)
async def test_what_is_no_whole_answer_is_an_error_of_httpx(answer: bytes) -> None:
    async with answering(answer) as (client, _):
        with pytest.raises(httpx.HTTPError):
            await client.post("/", json={})


async def test_silence_is_a_time_out_of_httpx() -> None:
    async with answering(b"", hang=True) as (client, _):
        with pytest.raises(httpx.TimeoutException):
            await client.get("/")


async def test_nobody_there_is_an_error_of_httpx() -> None:
    async with answering(b"") as (client, _):
        with pytest.raises(httpx.TransportError):
            await client.get("http://127.0.0.1:9/")


async def test_packed_answers_are_unpacked_once() -> None:
    body = gzip.compress("سلام".encode())
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with answering(head + body) as (client, _):
        assert (await client.get("/")).text == "سلام"


async def test_redirects_are_not_followed_and_addresses_stay_as_they_are() -> None:
    async with answering(b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n") as (
        client,
        asked,
    ):
        assert (await client.get("/file/bot1:A_b/a%20b%2Fc.jpg")).status_code == 302
        assert asked[0].startswith(b"GET /file/bot1:A_b/a%20b%2Fc.jpg HTTP/1.1\r\n")
        assert len(asked) == 1
