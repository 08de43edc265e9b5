"""The Open311 server over real HTTP, with a key, on each kind of database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest_asyncio
import uvicorn

from actions.dialogue import Knowledge
from app.wiring import DATA
from casework import api_keys
from casework.store import Store
from tests.support.database import migrated_file, migrated_postgres, migrated_url, store
from tests.support.knowledge import knowledge
from web.open311.app import open311_routes
from web.open311.server import About, Server
from web.public.app import create_public_app

__all__ = ["knowledge", "migrated_file", "migrated_postgres", "migrated_url", "store"]

LAMP = {
    "service_code": "street_light",
    "lat": "36.3105",
    "long": "59.5260",
    "description": "چراغ کوچه خاموش است",
}


@dataclass
class Client:
    """Talks to the server as a program would."""

    url: str
    key: str
    store: Store
    http: httpx.AsyncClient = field(repr=False)
    served: Server = field(repr=False)

    async def get(self, path: str, **parameters: str) -> httpx.Response:
        return await self.http.get(f"{self.url}/{path}", params=parameters)

    async def post(self, _path: str = "requests.json", **fields: str | list[str]) -> httpx.Response:
        return await self.http.post(f"{self.url}/{_path}", data={"api_key": self.key, **fields})

    async def file(self, **fields: str) -> str:
        """A filed request's number."""
        answered = await self.post(**{**LAMP, **fields})
        assert answered.status_code == 200, answered.text
        return str(answered.json()[0]["service_request_id"])


@pytest_asyncio.fixture
async def client(store: Store, knowledge: Knowledge) -> AsyncIterator[Client]:
    async with store.write() as session:
        key = await api_keys.add(session, "app", per_minute=1000)
    about = About.load(DATA / "catalogue" / "open311.yml", knowledge.lifecycle)
    served = Server(
        store, knowledge.catalogue, knowledge.lifecycle, knowledge.routing, knowledge.gazetteer, about,
        "http://open311.test", test=True,
    )  # fmt: skip
    config = uvicorn.Config(
        create_public_app(open311_routes(served)), port=0, log_level="warning", lifespan="off"
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient() as http:
        yield Client(f"http://127.0.0.1:{port}/open311/v2", key, store, http, served)
    server.should_exit = True
    await running
