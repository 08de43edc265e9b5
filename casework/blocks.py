"""Who is blocked: a sender of a messenger, a web chat, or a network. Only an administrator blocks, with a reason."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.tables import Block, utc_now
from casework.tasks import audit


async def block(
    session: AsyncSession,
    *,
    channel: str,
    reason: str,
    by: str,
    sender_id: str | None = None,
    network: str | None = None,
    days: int | None = None,
) -> Block:
    """Either a sender or a network (`10.0.0.0/8`); for so many days, or until it is lifted. ValueError for neither."""
    if (sender_id is None) == (network is None):
        raise ValueError("either a sender or a network")
    if network is not None:
        network = str(ipaddress.ip_network(network, strict=False))
    row = Block(
        channel=channel,
        sender_id=sender_id,
        network=network,
        reason=reason,
        blocked_by=by,
        until=utc_now() + timedelta(days=days) if days else None,
    )
    session.add(row)
    await session.flush()
    audit(session, by, "blocked", f"block:{row.id}", reason=reason)
    return row


async def lift(session: AsyncSession, block_id: int, by: str) -> bool:
    """False where there is no such block, or it is lifted already."""
    row = await session.get(Block, block_id)
    if row is None or row.lifted_at is not None:
        return False
    row.lifted_at = utc_now()
    audit(session, by, "block_lifted", f"block:{row.id}")
    return True


async def blocks(session: AsyncSession) -> Sequence[Block]:
    """Those in force, oldest first."""
    return (await session.scalars(select(Block).where(_in_force()).order_by(Block.id))).all()


def blocked_sender(channel: str, sender: str, now: str) -> ScalarSelect[int]:
    """The block of a sender, none if null; the three are the names of the statement's parameters."""
    return (
        select(Block.id)
        .where(
            Block.channel == bindparam(channel),
            Block.sender_id == bindparam(sender),
            _in_force(bindparam(now, type_=Block.until.type)),
        )
        .limit(1)
        .scalar_subquery()
    )


async def blocked_networks(session: AsyncSession) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Of the web chat."""
    rows = await session.scalars(select(Block.network).where(Block.network.is_not(None), _in_force()))
    return [ipaddress.ip_network(network) for network in rows if network]


def _in_force(now: ColumnElement[datetime] | None = None) -> ColumnElement[bool]:
    return and_(
        Block.lifted_at.is_(None),
        or_(Block.until.is_(None), Block.until > (utc_now() if now is None else now)),
    )
