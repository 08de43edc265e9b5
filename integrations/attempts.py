"""One attempt at one delivery: which calls of the driver it takes, and what may be tried after a lost reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from casework.store import Store
from casework.tables import utc_now
from integrations.alarms import system_took_something
from integrations.deliveries import Claimed
from integrations.drivers import Driver, Receipt
from integrations.system import System

TOKEN_SECONDS = 30.0
GIVE_UP_AFTER = timedelta(hours=24)
UP_WITHIN = timedelta(hours=1)


async def send(claimed: Claimed, driver: Driver, media_urls: Sequence[str]) -> Receipt:
    """Look it up where it may have arrived, else send it. Raises IntegrationError."""
    if claimed.addition is not None:
        addition = replace(claimed.addition, media_urls=tuple(media_urls))
        there = await driver.find_addition(addition) if claimed.ambiguous and driver.finds_additions else None
        return there or await driver.add(addition)
    request = replace(claimed.request, media_urls=tuple(media_urls))
    there = await driver.look_up(request) if claimed.ambiguous and driver.can_look_up else None
    return there or await driver.submit(request)


def may_send_again(driver: Driver, claimed: Claimed) -> bool:
    """Whether what may have arrived can be brought to its end without the danger of a second copy."""
    if claimed.addition is not None:
        return driver.finds_additions or driver.repeats_additions_safely
    return driver.can_look_up or driver.repeats_safely


async def is_hopeless(store: Store, claimed: Claimed, system: System) -> bool:
    """24 open hours have gone by although the system takes other requests."""
    now = utc_now()
    if system.hours.open_time(claimed.created_at, now) < GIVE_UP_AFTER:
        return False
    async with store.read() as session:
        return await system_took_something(session, system.name, now - UP_WITHIN)


def why_by_hand(system: System) -> str:
    if system.missing:
        return f"no line to this system: {', '.join(system.missing)} not set"
    return f"filed by hand (driver {system.file_driver}, state {system.state})"


def token_seconds(system: System) -> float:
    return 1.0 if system.simulated else TOKEN_SECONDS
