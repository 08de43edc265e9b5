"""From the web chat to a messenger: a code on the slip, once, for a day.

No push can reach a closed tab. Who sends the code to a bot gets the news of what was filed in that chat; nothing of the
messenger is shown in the web chat, so that a code passed on to somebody else gives nothing away of her.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import TypeGuard

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.tables import Conversation, FollowCode, ServiceRequest, utc_now
from casework.tasks import audit

VALID = timedelta(days=1)


async def code_for(session: AsyncSession, conversation: Conversation) -> str:
    """A code that is still good; a new one where there is none. Its characters are those of a Bot API deep link."""
    known = await valid_code(session, conversation.id)
    if known is not None:
        return known
    code = secrets.token_urlsafe(16)
    session.add(FollowCode(code=code, conversation_id=conversation.id, expires_at=utc_now() + VALID))
    await session.flush()
    return code


async def valid_code(session: AsyncSession, conversation_id: int) -> str | None:
    """The conversation's code that is neither used nor too old."""
    return await session.scalar(
        select(FollowCode.code)
        .where(
            FollowCode.conversation_id == conversation_id,
            FollowCode.used_at.is_(None),
            FollowCode.expires_at > utc_now(),
        )
        .limit(1)
    )


async def requests_behind(session: AsyncSession, code: str) -> Sequence[ServiceRequest]:
    """What was filed in the chat that gave the code; empty for a code that is not good."""
    known = await session.get(FollowCode, code)
    if not _is_good(known):
        return []
    rows = await session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.conversation_id == known.conversation_id)
        .order_by(ServiceRequest.created_at.desc())
        .limit(10)
    )
    return rows.all()


async def follow(session: AsyncSession, code: str, conversation: Conversation) -> bool:
    """The news of those requests goes to `conversation` from now on. False where the code is not good any more."""
    known = await session.get(FollowCode, code, with_for_update=True)
    if not _is_good(known):
        return False
    known.used_at = utc_now()
    for request in await requests_of(session, known.conversation_id):
        request.conversation_id = conversation.id
        audit(session, "citizen", "followed", f"request:{request.id}", channel=conversation.channel)
    await session.flush()
    return True


def _is_good(known: FollowCode | None) -> TypeGuard[FollowCode]:
    return known is not None and known.used_at is None and known.expires_at > utc_now()


async def requests_of(session: AsyncSession, conversation_id: int) -> Sequence[ServiceRequest]:
    """All whose news goes to this conversation, locked."""
    rows = await session.scalars(
        select(ServiceRequest).where(ServiceRequest.conversation_id == conversation_id).with_for_update()
    )
    return rows.all()
