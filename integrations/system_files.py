"""Photos that a municipal system shows of its work: fetched from its own host, and from nowhere else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from integrations.drivers.wire import certificates
from integrations.system import System


class NoPhoto(Exception):
    """It cannot be had; `for_good`: trying again would change nothing."""

    def __init__(self, reason: str, *, for_good: bool) -> None:
        super().__init__(reason)
        self.for_good = for_good


@dataclass(frozen=True)
class SystemFiles:
    """`transport`: for tests, in the place of the network."""

    system: System
    transport: httpx.AsyncBaseTransport | None = None
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    async def photo(self, url: str, limit_bytes: int) -> bytes:
        """Raises NoPhoto. An address on another host is refused: an answer must not make us call anywhere."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.hostname != self.system.host:
            raise NoPhoto("not on the system's own host", for_good=True)
        client = httpx.AsyncClient(
            timeout=httpx.Timeout(self.system.limits.read, connect=self.system.limits.connect),
            follow_redirects=False,
            trust_env=False,
            verify=certificates(),
            transport=self.transport,
        )
        try:
            async with self._free, client, asyncio.timeout(60), client.stream("GET", url) as answer:
                if not answer.is_success:
                    raise NoPhoto(
                        f"HTTP {answer.status_code}", for_good=answer.status_code in (403, 404, 410)
                    )
                parts_read: list[bytes] = []
                size = 0
                async for part in answer.aiter_bytes():
                    size += len(part)
                    if size > limit_bytes:
                        raise NoPhoto("too large", for_good=True)
                    parts_read.append(part)
        except (httpx.HTTPError, TimeoutError) as error:
            raise NoPhoto(type(error).__name__, for_good=False) from None
        return b"".join(parts_read)
