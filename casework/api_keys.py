"""Keys of the Open311 server: made once and shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.tables import ApiKey, utc_now
from casework.tasks import audit

PREFIX = "hamyar_"


def _hash(key: str) -> str:
    # A slow hash protects what people choose; a key is 32 random bytes and looked up at every call.
    return hashlib.sha256(key.encode()).hexdigest()


async def add(
    session: AsyncSession, name: str, services: Sequence[str] | None = None, per_minute: int = 60
) -> str:
    """A new key under a free name; the answer is the only time that it can be read. Raises ValueError."""
    if await session.scalar(select(ApiKey.id).where(ApiKey.name == name)):
        raise ValueError(f"there is a key named {name} already")
    key = PREFIX + secrets.token_urlsafe(32)
    row = ApiKey(name=name, key_hash=_hash(key), per_minute=per_minute)
    row.services = list(services) if services else None
    session.add(row)
    audit(session, "operator", "api_key_added", f"api_key:{name}")
    await session.flush()
    return key


async def revoke(session: AsyncSession, name: str) -> bool:
    """False where there is no such key in use."""
    row = await session.scalar(select(ApiKey).where(ApiKey.name == name, ApiKey.revoked_at.is_(None)))
    if row is None:
        return False
    row.revoked_at = utc_now()
    audit(session, "operator", "api_key_revoked", f"api_key:{name}")
    return True


async def find(session: AsyncSession, key: str) -> ApiKey | None:
    """The row of a key that is in use."""
    return await session.scalar(
        select(ApiKey).where(ApiKey.key_hash == _hash(key), ApiKey.revoked_at.is_(None))
    )


async def every(session: AsyncSession) -> Sequence[ApiKey]:
    """All keys, revoked ones too, by name."""
    return (await session.scalars(select(ApiKey).order_by(ApiKey.name))).all()
