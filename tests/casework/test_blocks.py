"""Who is blocked, for how long, and by whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework import blocks
from casework.store import Store
from casework.tables import AuditEntry, utc_now


async def is_blocked(session: AsyncSession, channel: str, sender_id: str) -> bool:
    asked = select(blocks.blocked_sender("channel", "sender", "now"))
    known = {"channel": channel, "sender": sender_id, "now": utc_now()}
    return await session.scalar(asked, known) is not None


async def test_a_sender_is_blocked_on_her_channel_alone_and_for_her_days(store: Store) -> None:
    async with store.write() as session:
        row = await blocks.block(session, channel="bale", sender_id="7", reason="spam", by="admin", days=3)
    async with store.read() as session:
        assert await is_blocked(session, "bale", "7")
        assert not await is_blocked(session, "telegram", "7")
        assert not await is_blocked(session, "bale", "77")
        assert [one.id for one in await blocks.blocks(session)] == [row.id]
    async with store.write() as session:
        (await blocks.blocks(session))[0].until = utc_now() - timedelta(seconds=1)
    async with store.read() as session:
        assert not await is_blocked(session, "bale", "7")
        actions = list(await session.scalars(select(AuditEntry.action)))
    assert actions == ["blocked"]


async def test_networks_are_read_and_written_in_one_form(store: Store) -> None:
    async with store.write() as session:
        await blocks.block(session, channel="webchat", network="203.0.113.9/24", reason="spam", by="admin")
    async with store.read() as session:
        assert [str(one) for one in await blocks.blocked_networks(session)] == ["203.0.113.0/24"]


@pytest.mark.parametrize("who", [{}, {"sender_id": "1", "network": "10.0.0.0/8"}, {"network": "nowhere"}])
async def test_a_block_is_of_a_sender_or_a_network(store: Store, who: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        async with store.write() as session:
            await blocks.block(session, channel="webchat", reason="spam", by="admin", **who)  # type: ignore[arg-type]
