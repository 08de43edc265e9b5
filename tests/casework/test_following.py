"""A code from the web chat: once, for a day, and nothing of the messenger is given away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from casework.following import code_for, requests_behind, valid_code
from casework.store import Store
from casework.tables import Conversation, FollowCode, ServiceRequest, utc_now
from tests.support.citizen import BIKE, Citizen, Hamyar


@pytest.fixture
async def code(hamyar: Hamyar) -> str:
    """Of a web chat in which one request is filed."""
    tab = hamyar.citizen("tab", "webchat")
    await tab.writes(BIKE)
    await tab.presses("confirm")
    async with hamyar.store.write() as session:
        conversation = await session.scalar(select(Conversation).where(Conversation.channel == "webchat"))
        assert conversation is not None
        return await code_for(session, conversation)


async def owner(store: Store) -> str:
    async with store.read() as session:
        (request,) = await session.scalars(select(ServiceRequest))
        return (await session.get_one(Conversation, request.conversation_id)).channel


async def test_the_code_brings_the_news_to_the_messenger_once(
    hamyar: Hamyar, citizen: Citizen, code: str
) -> None:
    assert [one.key for one in await citizen.writes(f"/start {code}")] == ["follow.joined"]
    assert await owner(hamyar.store) == "telegram"
    thief = hamyar.citizen("666")
    assert [one.key for one in await thief.writes(f"/start {code}")] == ["follow.expired"]
    assert await owner(hamyar.store) == "telegram"


async def test_the_slip_gives_the_same_code_until_it_is_used(
    hamyar: Hamyar, citizen: Citizen, code: str
) -> None:
    async with hamyar.store.read() as session:
        row = await session.get_one(FollowCode, code)
        assert await valid_code(session, row.conversation_id) == code
    await citizen.writes(f"/start {code}")
    async with hamyar.store.read() as session:
        assert await valid_code(session, row.conversation_id) is None


async def test_a_code_of_yesterday_is_none(hamyar: Hamyar, citizen: Citizen, code: str) -> None:
    async with hamyar.store.write() as session:
        (await session.get_one(FollowCode, code)).expires_at = utc_now() - timedelta(seconds=1)
        assert await requests_behind(session, code) == []
    assert [one.key for one in await citizen.writes(f"/start {code}")] == ["follow.expired"]
    assert await owner(hamyar.store) == "webchat"


async def test_nothing_is_joined_in_a_group(hamyar: Hamyar, citizen: Citizen, code: str) -> None:
    heard = await citizen.writes(f"/start {code}", chat_kind="group", chat_id="-5")
    assert "follow.joined" not in [one.key for one in heard]
    assert await owner(hamyar.store) == "webchat"


async def test_an_open_draft_on_the_messenger_survives(hamyar: Hamyar, citizen: Citizen, code: str) -> None:
    await citizen.writes(BIKE)
    heard = await citizen.writes(f"/start {code}")
    assert heard[0].key == "follow.joined" and heard[-1].key == "summary.ask"
