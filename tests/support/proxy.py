"""A forward proxy as stands in front of Telegram: HTTP and SOCKS5 on one port, with a login; it alone knows the way."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter

NOWHERE = "messenger.invalid"
"""A name that no resolver knows: what arrives there went through the proxy."""
LOGIN = ("hamyar", "pass-word")


class RunningProxy:
    """`leads`: name -> base URL; whatever else is asked for is refused, as is who has not the login.

    `asked`: (kind, host) of each connection that was led on; kind is socks5, http or connect.
    """

    def __init__(self, leads: Mapping[str, str]) -> None:
        self._leads = {name: urlsplit(url) for name, url in leads.items()}
        self.asked: list[tuple[str, str]] = []
        self._stop: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._port = 0

    def url(self, scheme: str) -> str:
        """As it stands in TELEGRAM_PROXY_URL; `scheme`: http, socks5, socks5h."""
        return f"{scheme}://{':'.join(LOGIN)}@127.0.0.1:{self._port}"

    def __enter__(self) -> RunningProxy:
        started = threading.Event()

        async def serve() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
            self._port = server.sockets[0].getsockname()[1]
            started.set()
            await self._stop.wait()

        self._thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True, name="proxy")
        self._thread.start()
        assert started.wait(10), "the proxy did not start"
        return self

    def __exit__(self, *problem: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _connection(self, reader: Reader, writer: Writer) -> None:
        try:
            first = await reader.readexactly(1)
            await (self._socks(reader, writer) if first == b"\x05" else self._http(first, reader, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _socks(self, reader: Reader, writer: Writer) -> None:
        """RFC 1928 and 1929: CONNECT to a name."""
        await reader.readexactly((await reader.readexactly(1))[0])
        writer.write(b"\x05\x02")  # user name and password
        await reader.readexactly(1)
        given = [(await reader.readexactly((await reader.readexactly(1))[0])).decode() for _ in LOGIN]
        is_known = tuple(given) == LOGIN
        writer.write(b"\x01\x00" if is_known else b"\x01\x01")
        if not is_known:
            return
        _, _, _, kind, length = await reader.readexactly(5)
        name = (await reader.readexactly(length + 2))[:-2].decode() if kind == 3 else ""
        there = await self._led(name, "socks5")
        writer.write((b"\x05\x00" if there else b"\x05\x04") + b"\x00\x01" + bytes(6))
        if there:
            await _both_ways((reader, writer), there)

    async def _http(self, first: bytes, reader: Reader, writer: Writer) -> None:
        """RFC 9110: CONNECT, or a request with the whole address in its first line; one for each connection."""
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").removesuffix("\r\n\r\n")
        (method, target, version), *lines = head.split("\r\n")[0].split(), *head.split("\r\n")[1:]
        login = f"proxy-authorization: basic {base64.b64encode(':'.join(LOGIN).encode()).decode()}"
        if login.lower() not in (line.lower() for line in lines):
            writer.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        is_tunnel = method == "CONNECT"
        parts = urlsplit(f"//{target}" if is_tunnel else target)
        there = await self._led(parts.hostname or "", "connect" if is_tunnel else "http")
        if not there:
            writer.write(b"HTTP/1.1 502 Unknown\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        if is_tunnel:
            writer.write(b"HTTP/1.1 200 Go on\r\n\r\n")
        else:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            kept = [x for x in lines if not x.lower().startswith(("connection:", "proxy-"))]
            sent = "\r\n".join([f"{method} {path} {version}", *kept, "Connection: close", "", ""])
            there[1].write(sent.encode("latin-1"))
        await _both_ways((reader, writer), there)

    async def _led(self, name: str, kind: str) -> tuple[Reader, Writer] | None:
        lead = self._leads.get(name)
        if lead is None:
            return None
        self.asked.append((kind, name))
        return await asyncio.open_connection(lead.hostname, lead.port)


async def _both_ways(one: tuple[Reader, Writer], other: tuple[Reader, Writer]) -> None:
    """Until either side closes."""

    async def pipe(reader: Reader, writer: Writer) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()

    pipes = [asyncio.create_task(pipe(one[0], other[1])), asyncio.create_task(pipe(other[0], one[1]))]
    try:
        await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in pipes:
            task.cancel()
        await asyncio.gather(*pipes, return_exceptions=True)
        other[1].close()
