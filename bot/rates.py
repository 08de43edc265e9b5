"""How fast a bot may send: so many messages overall, and so many into one chat.

The counts lie in memory, or in Redis where several processes send for one bot (`REDIS_URL`); there the chats stand
as hashes. Redis away does not stop the sender: it counts for itself then. What gets through all the same is told to
wait by the messenger (`SendLater`).
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from limits import RateLimitItem, parse
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import ConfigurationError
from limits.storage import storage_from_string

if TYPE_CHECKING:
    from limits.aio.storage import MovingWindowSupport, Storage

log = structlog.get_logger()

_SHORTEST_WAIT = 0.02


@dataclass(frozen=True)
class Limits:
    """In the words of the `limits` package."""

    overall: RateLimitItem
    chat: RateLimitItem


_BOT_API = Limits(overall=parse("30 per second"), chat=parse("3 per 3 seconds"))
"""https://core.telegram.org/bots/faq: 30 a second to all, one a second into one chat, where short bursts are let
pass: an answer of two messages need not come in pieces. Bale names no figures and answers 429 alike."""

LIMITS = {"telegram": _BOT_API, "bale": _BOT_API}


class Rates:
    """`url`: `redis://…`, or empty for memory. `limits`: by channel; a channel without any is not held back."""

    def __init__(self, url: str = "", limits: dict[str, Limits] | None = None) -> None:
        self._limits = LIMITS if limits is None else limits
        self._own = _limiter("async+memory://")
        self._shared = self._own
        self._is_away = False
        if url:
            try:
                self._shared = _limiter(f"async+{url}", implementation="redispy")
            except ConfigurationError as error:  # the client for it is not installed, or the address is none
                log.error("rates_not_shared", error=type(error).__name__)

    async def chat(self, channel: str, chat_id: str, messages: int = 1) -> float:
        """0.0: so many messages may go into this chat now, and are counted. Else the seconds until they may."""
        limits = self._limits.get(channel)
        if limits is None:
            return 0.0
        return await self.take(limits.chat, f"chat:{channel}", hashed(chat_id), cost=messages)

    async def overall(self, channel: str, messages: int = 1) -> None:
        """Wait until the bot may send so many messages more."""
        limits = self._limits.get(channel)
        if limits is None:
            return
        wait = 1.0
        while wait > 0:
            wait = await self.take(limits.overall, f"bot:{channel}", cost=messages)
            await asyncio.sleep(wait)

    async def take(self, item: RateLimitItem, *key: str, cost: int = 1) -> float:
        """0.0: `cost` of `item` are counted under `key`. Else the seconds until there is room. What costs more than a
        whole window has one to itself."""
        cost = min(cost, item.amount)
        try:
            wait = await _take(self._shared, item, *key, cost=cost)
        except Exception as error:  # Redis is away; whatever it raises
            if not self._is_away:
                log.warning("rates_not_shared", error=type(error).__name__)
            self._is_away = True
            return await _take(self._own, item, *key, cost=cost)
        self._is_away = False
        return wait


async def _take(limiter: MovingWindowRateLimiter, item: RateLimitItem, *key: str, cost: int) -> float:
    if await limiter.hit(item, *key, cost=cost):
        return 0.0
    stats = await limiter.get_window_stats(item, *key)
    return max(_SHORTEST_WAIT, stats.reset_time - time.time())


def _limiter(url: str, **options: str) -> MovingWindowRateLimiter:
    storage: Storage | MovingWindowSupport = storage_from_string(url, **options)  # type: ignore[assignment]
    return MovingWindowRateLimiter(storage)  # type: ignore[arg-type]


def hashed(who: str) -> str:
    """What stands for a chat or an address in the keys."""
    return hashlib.sha256(who.encode()).hexdigest()[:16]
