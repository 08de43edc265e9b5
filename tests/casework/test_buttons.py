"""Buttons: what they stand for stays with us, and counts once, here and now."""

from __future__ import annotations

from sqlalchemy import func, select

from casework.buttons import DOUBLE_TAP, issue, redeem
from casework.conversations import conversation_of
from casework.store import Store
from casework.tables import ButtonToken, Conversation, ServiceRequest
from tests.support.citizen import BIKE, Citizen, Hamyar
from tests.support.database import Watch


async def token_for(store: Store, chat_id: str, version: int | None) -> str:
    async with store.write() as session:
        conversation = await conversation_of(
            session, channel="telegram", chat_id=chat_id, chat_kind="private", sender_id=chat_id, name=None
        )
        return issue(session, conversation.id, {"do": "help"}, "ه" * 300, version)


async def filed(store: Store) -> int:
    async with store.read() as session:
        return int(await session.scalar(select(func.count()).select_from(ServiceRequest)) or 0)


async def test_a_token_is_short_unlike_any_other_and_says_nothing(store: Store) -> None:
    tokens = {await token_for(store, "1", None) for _ in range(20)}
    assert len(tokens) == 20 and all(len(token.encode()) <= 64 and "help" not in token for token in tokens)


async def test_a_button_counts_once(store: Store, watch: Watch) -> None:
    token = await token_for(store, "1", None)
    async with store.write() as session:
        conversation = (await session.scalars(select(Conversation))).one()
        once = await redeem(session, conversation, token)
        assert (dict(once.action), once.stale, once.again) == ({"do": "help"}, False, False)
        twice = await redeem(session, conversation, token)
        assert twice.stale and twice.again
        watch.passes(seconds=DOUBLE_TAP.total_seconds() + 1)
        later = await redeem(session, conversation, token)
        assert later.stale and not later.again


async def test_a_button_of_another_conversation_does_nothing_and_is_not_used_up(store: Store) -> None:
    token = await token_for(store, "1", None)
    await token_for(store, "2", None)
    async with store.write() as session:
        other = (await session.scalars(select(Conversation).where(Conversation.chat_id == "2"))).one()
        redeemed = await redeem(session, other, token)
        assert redeemed.stale and redeemed.action == {}
        assert (await session.get_one(ButtonToken, token)).used_at is None
        assert (await redeem(session, other, "no such token" * 20)).stale


async def test_a_button_belongs_to_its_position_unless_it_outlives_it(store: Store) -> None:
    bound, lasting = await token_for(store, "1", 1), await token_for(store, "1", None)
    async with store.write() as session:
        conversation = (await session.scalars(select(Conversation))).one()
        conversation.position_version = 2
        assert (await redeem(session, conversation, bound)).stale
        assert not (await redeem(session, conversation, lasting)).stale


async def test_a_double_tap_files_once_and_is_answered_once(citizen: Citizen, store: Store) -> None:
    await citizen.writes(BIKE)
    token = citizen.token("confirm")
    assert [heard.key for heard in await citizen.sends(button_token=token)] == ["filed.text"]
    assert await citizen.sends(button_token=token) == []
    assert await filed(store) == 1


async def test_a_tap_on_an_earlier_question_says_so_and_shows_where_we_are(citizen: Citizen) -> None:
    await citizen.writes(BIKE)
    old = citizen.token("confirm")
    await citizen.presses("correct")
    stale, present = await citizen.sends(button_token=old)
    assert stale.key == "nav.stale_button" and present.key == "summary.which_field"


async def test_a_used_button_tapped_later_is_stale(citizen: Citizen, store: Store, watch: Watch) -> None:
    await citizen.writes(BIKE)
    token = citizen.token("confirm")
    await citizen.sends(button_token=token)
    watch.passes(seconds=10)
    assert [heard.key for heard in await citizen.sends(button_token=token)] == ["nav.stale_button"]
    assert await filed(store) == 1


async def test_a_strangers_tap_on_her_button_files_nothing(hamyar: Hamyar, store: Store) -> None:
    citizen, stranger = hamyar.citizen("1"), hamyar.citizen("2")
    await citizen.writes(BIKE)
    token = citizen.token("confirm")
    assert [heard.key for heard in await stranger.sends(button_token=token)] == ["nav.stale_button"]
    assert await filed(store) == 0
    assert [heard.key for heard in await citizen.presses("confirm")] == ["filed.text"]
