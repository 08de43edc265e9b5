"""Buttons carry a short random token; what it stands for stays on our side. Single use."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from casework.tables import ButtonToken, Conversation, utc_now

DOUBLE_TAP = timedelta(seconds=5)


@dataclass(frozen=True)
class Redeemed:
    """`stale`: of an earlier question, of another conversation, or used. `again`: the same tap once more."""

    action: Mapping[str, Any]
    label: str = ""
    stale: bool = False
    again: bool = False


def issue(
    session: AsyncSession, conversation_id: int, action: Mapping[str, Any], label: str, version: int | None
) -> str:
    """A token for an action. `version`: the position it belongs to; None for one that outlives it."""
    token = secrets.token_urlsafe(12)
    session.add(
        ButtonToken(
            token=token,
            conversation_id=conversation_id,
            version=version,
            label=label[:255],
            action=dict(action),
        )
    )
    return token


async def redeem(
    session: AsyncSession, conversation: Conversation, token: str, now: datetime | None = None
) -> Redeemed:
    """What a pressed token stands for; it is used up by this."""
    now = now or utc_now()
    button = await session.get(ButtonToken, token)
    if button is None or button.conversation_id != conversation.id:
        return Redeemed({}, stale=True)
    if button.used_at is not None:
        again = now - button.used_at < DOUBLE_TAP
        return Redeemed(button.action, button.label, stale=True, again=again)
    if button.version is not None and button.version != conversation.position_version:
        return Redeemed(button.action, button.label, stale=True)
    button.used_at = now
    return Redeemed(button.action, button.label)
