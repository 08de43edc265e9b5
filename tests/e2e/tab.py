"""A browser's side of the web chat, without a browser."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.e2e.city import LAMP


@dataclass
class Tab:
    """Its cookie, and the thread as far as it has been read. A server that is away is tried again, as the page does."""

    client: httpx.AsyncClient
    origin: str
    read: int = 0
    items: list[dict[str, Any]] = field(default_factory=list)

    async def posts(self, message_id: str | None = None, **message: Any) -> httpx.Response:
        body = {"id": message_id or str(uuid.uuid4()), **message}
        answer = await self._tries(
            lambda: self.client.post("/chat/messages", json=body, headers={"Origin": self.origin})
        )
        assert answer.status_code == 202, answer.text
        return answer

    async def uploads(self, content: bytes, name: str) -> str:
        headers = {"Origin": self.origin, "Content-Type": "application/octet-stream"}
        answer = await self._tries(
            lambda: self.client.post("/chat/uploads", params={"name": name}, content=content, headers=headers)
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["handle"])

    async def hears(self, *parts: str, seconds: float = 20.0) -> dict[str, Any]:
        """The next item of the city's that has all these parts."""
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            answer = await self._tries(self._newer)
            for item in answer.json()["items"] if answer.status_code == 200 else ():
                self.read = item["seq"]
                self.items.append(item)
                if item["author"] == "city" and all(
                    part in json.dumps(item, ensure_ascii=False) for part in parts
                ):
                    return item
            await asyncio.sleep(0.1)
        raise AssertionError(f"waited for {parts}, heard {[item['text'] for item in self.items]}")

    async def presses(self, item: dict[str, Any], label: str) -> None:
        token = next(b["token"] for row in item["inline"] for b in row if label in b["label"])
        assert (await self.posts(button=token)).status_code == 202

    async def files(self) -> dict[str, Any]:
        """A confirmed request; its slip."""
        await self.posts(text=LAMP)
        await self.presses(await self.hears("درست است؟"), "ثبت شود")
        return (await self.hears("ثبت شد"))["card"]

    async def _newer(self) -> httpx.Response:
        parameters = {"after": self.read, "wait": "0", "awaiting": "1"}
        return await self.client.get("/chat/events", params=parameters)

    async def opens(self) -> None:
        await self._tries(lambda: self.client.get("/chat/thread"))

    @staticmethod
    async def _tries(call: Callable[[], Awaitable[httpx.Response]], seconds: float = 90.0) -> httpx.Response:
        end, pause = asyncio.get_running_loop().time() + seconds, 0.2
        while True:
            try:
                answer = await call()
                is_final = answer.status_code < 500 and answer.status_code != 429
                if is_final or asyncio.get_running_loop().time() > end:
                    return answer
            except httpx.TransportError:
                if asyncio.get_running_loop().time() > end:
                    raise
            await asyncio.sleep(pause)
            pause = min(2 * pause, 5.0)
