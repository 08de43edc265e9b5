"""Serve an ASGI application with uvicorn inside a role: until `stop` is set, on a socket bound beforehand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import uvicorn

from integrations.listening import open_listener


class _Server(uvicorn.Server):
    """Leaves the signals to the role."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    application: Any, host: str, port: int, stop: asyncio.Event, *, trusted_proxies: Sequence[str] = ()
) -> None:
    """Listen on `host`:`port` until `stop` is set; open answers get five seconds to end.

    `X-Forwarded-For` and `-Proto` are believed from `trusted_proxies` only. No access log: paths name webhook
    secrets and tracking numbers. Raises OSError where the port is taken.
    """
    with open_listener(host, port) as listener:
        config = uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            proxy_headers=bool(trusted_proxies),
            forwarded_allow_ips=list(trusted_proxies),
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        stopping.cancel()
        await serving
