"""A forward proxy for `http://` addresses, as stands in front of Telegram: it alone knows where a name leads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import uvicorn

from integrations.listening import open_listener

_OF_ONE_HOP = (b"connection", b"proxy-connection", b"transfer-encoding", b"content-length", b"host")


class RunningProxy:
    """`leads`: name -> base URL. `asked`: the paths it was asked for. Anything else is refused with 502."""

    def __init__(self, leads: Mapping[str, str]) -> None:
        self.leads = dict(leads)
        self.asked: list[str] = []
        self._socket = open_listener("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> RunningProxy:
        started = threading.Event()

        async def serve() -> None:
            config = uvicorn.Config(self._app, log_level="critical", lifespan="off", access_log=False)
            self._server = uvicorn.Server(config)
            async with httpx.AsyncClient(trust_env=False, timeout=70.0) as self._client:
                serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
                while not self._server.started:
                    await asyncio.sleep(0.01)
                started.set()
                await serving

        self._thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True, name="proxy")
        self._thread.start()
        assert started.wait(10), "the proxy did not start"
        return self

    def __exit__(self, *problem: object) -> None:
        if self._server:
            self._server.should_exit = self._server.force_exit = True
        if self._thread:
            self._thread.join(10)
        self._socket.close()

    async def _app(
        self,
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[Mapping[str, Any]]],
        send: Callable[[Mapping[str, Any]], Awaitable[None]],
    ) -> None:
        # Asked as a proxy, the whole address may stand where else the path does; the header has the host in any case.
        path = urlsplit(bytes(scope["raw_path"]).decode()).path
        asked_for = next((value.decode() for name, value in scope["headers"] if name == b"host"), "")
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
        base = self.leads.get(asked_for.partition(":")[0])
        status, headers, content = 502, [], b""
        if base:
            self.asked.append(path)
            query = scope["query_string"].decode()
            kept = [(name, value) for name, value in scope["headers"] if name not in _OF_ONE_HOP]
            url = base + path + (f"?{query}" if query else "")
            try:
                answer = await self._client.request(scope["method"], url, headers=kept, content=body)
            except httpx.HTTPError:
                pass
            else:
                status, content = answer.status_code, answer.content
                headers = [(n, v) for n, v in answer.headers.raw if n.lower() not in _OF_ONE_HOP]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})
