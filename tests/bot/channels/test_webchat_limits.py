"""How much a browser and a network may send, and who may not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from limits import parse

from bot.channels.webchat_limits import Budget, WebChatLimits, network_of
from bot.channels.webchat_memory import MemoryWebChat
from bot.rates import Rates
from casework import blocks
from casework.store import Store
from tests.bot.channels.test_webchat import Chat, app_for, client_for, echo

SMALL = {
    "message": Budget(chat=parse("3 per minute"), network=parse("5 per minute")),
    "upload": Budget(chat=parse("1 per minute"), network=parse("5 per minute")),
}


@pytest.fixture
def limits(store: Store) -> WebChatLimits:
    return WebChatLimits(store, Rates(""), SMALL)


@pytest.fixture
async def chat(limits: WebChatLimits) -> AsyncIterator[Chat]:
    backend = MemoryWebChat(echo)
    async with client_for(app_for(backend, limits=limits)) as client:
        chat = Chat(backend, client)
        await chat.open()
        yield chat


async def test_a_browser_that_sends_too_fast_is_told_how_long_to_wait(chat: Chat) -> None:
    answers = [(await chat.post(text=str(number))).status_code for number in range(4)]
    assert answers == [202, 202, 202, 429]
    refused = await chat.post(text="once more")
    assert refused.json() == {"error": "slow_down"}
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert len(await chat.received()) == 3


async def test_files_have_a_budget_of_their_own(chat: Chat) -> None:
    jpeg = b"\xff\xd8\xff\xe0" + b"0" * 64
    assert [(await chat.upload(jpeg)).status_code for _ in range(2)] == [201, 429]
    assert (await chat.post(text="a")).status_code == 202


async def test_many_behind_one_address_share_its_budget(limits: WebChatLimits) -> None:
    waits = [await limits.wait(f"chat{number}", "203.0.113.7", "message") for number in range(6)]
    assert waits[:5] == [None] * 5 and waits[5] is not None
    assert await limits.wait("chat9", "203.0.113.8", "message") is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3::9", "2001:db8:1:2::/64"),
        ("", ""),
        ("testclient",) * 2,
    ],
)
def test_of_ipv6_a_household_is_one_network(address: str, network: str) -> None:
    assert network_of(address) == network


async def test_a_blocked_network_is_told_so_and_nothing_is_stored(
    store: Store, limits: WebChatLimits
) -> None:
    async with store.write() as session:
        await blocks.block(session, channel="webchat", network="203.0.113.0/24", reason="flood", by="admin")
    assert await limits.is_blocked("203.0.113.9")
    assert not await limits.is_blocked("198.51.100.1")
    assert not await limits.is_blocked("")
    backend = MemoryWebChat(echo)
    transport = httpx.ASGITransport(app_for(backend, limits=limits), client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://chat.test") as client:
        chat = Chat(backend, client)
        await chat.open()
        answer = await chat.post(text="a")
    assert (answer.status_code, answer.json()) == (403, {"error": "blocked"})
    assert not backend.received
