"""How much one browser and one network may send to the web chat, and which networks may not at all.

A browser that is told to wait keeps its messages and sends them later: nothing is lost. Many people may sit behind one
address (a mobile operator, an office), so that a network may send far more than one person.
"""

from __future__ import annotations

import ipaddress
import time
from dataclasses import dataclass, field

import structlog
from limits import RateLimitItem, parse

from bot.rates import Rates, hashed
from casework.blocks import blocked_networks
from casework.store import Store

log = structlog.get_logger()

LOOK_AGAIN = 30.0
"""Seconds that the list of blocked networks is believed."""


@dataclass(frozen=True)
class Budget:
    """In the words of the `limits` package."""

    chat: RateLimitItem
    network: RateLimitItem


BUDGETS = {
    "message": Budget(chat=parse("30 per minute"), network=parse("600 per minute")),
    "upload": Budget(chat=parse("20 per minute"), network=parse("200 per minute")),
}


@dataclass
class WebChatLimits:
    """The `Limits` of `bot.channels.webchat`."""

    store: Store
    rates: Rates
    budgets: dict[str, Budget] = field(default_factory=lambda: BUDGETS)
    _blocked: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = field(default_factory=list)
    _looked_at: float = -LOOK_AGAIN

    async def wait(self, chat_id: str, address: str, kind: str) -> float | None:
        """Seconds to wait before it is sent again; None: it may pass."""
        budget = self.budgets[kind]
        for item, key in ((budget.chat, f"chat:{chat_id}"), (budget.network, f"net:{network_of(address)}")):
            seconds = await self.rates.take(item, f"webchat:{kind}", hashed(key))
            if seconds > 0:
                return seconds
        return None

    async def is_blocked(self, address: str) -> bool:
        """Whether an administrator has blocked the network of this address."""
        if time.monotonic() - self._looked_at > LOOK_AGAIN:
            try:
                async with self.store.read() as session:
                    self._blocked = await blocked_networks(session)
                self._looked_at = time.monotonic()
            except Exception as error:  # the database is away: what was known counts on
                log.warning("blocks_not_read", error=type(error).__name__)
        try:
            host = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(host in network for network in self._blocked)


def network_of(address: str) -> str:
    """One IPv4 address; of IPv6 the /64, which one household has."""
    try:
        host = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(host if host.version == 4 else ipaddress.ip_network(f"{host}/64", strict=False))
