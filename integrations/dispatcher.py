"""Brings filed requests, and what is said of them later, into the municipal systems: claim (a transaction), call (none
open), put down (another).

What may come of an attempt, and what is done:

    sent            the system's number is kept; a batch token is kept and polled (to an operator after 72 h)
    TemporaryError  again after a full-jitter pause of 5 s to 15 min, or later if the system says so
    NoTimeLeft      it waited for its turn until the lease was nearly over: again at once
    AmbiguousError  looked up first; where nothing can be looked up and a second copy would count, to an operator
    PermanentError  to an operator, and the citizen is told so
    24 h            of open hours while the system took other requests: to an operator

A system that keeps failing is left alone by its breaker: one alarm, its deliveries wait, the others are not slowed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from casework.catalogue import Service
from casework.lifecycle import Lifecycle
from casework.store import Store, is_transient
from casework.tables import Attachment, utc_now
from casework.together import Together
from integrations import deliveries
from integrations.alarms import Alarms
from integrations.attempts import is_hopeless, may_send_again, send, token_seconds, why_by_hand
from integrations.connections import Connections, backoff
from integrations.deliveries import Claimed, Sent
from integrations.drivers import (
    AmbiguousError,
    Driver,
    IntegrationError,
    NoTimeLeft,
    PermanentError,
    Receipt,
    TemporaryError,
    must_end,
)
from integrations.system import System

log = logging.getLogger(__name__)

TOKEN_GIVE_UP_AFTER = timedelta(hours=72)
IDLE_SECONDS = 0.5
AHEAD, AHEAD_SECONDS = 4, 10.0
"""So many times what a system takes at once is in our hands, and no more than it takes in so many seconds."""
HELD_SECONDS = 230.0
"""After so long nothing is begun any more; what it takes to put it down fits into the rest of `deliveries.LEASE`."""
PAUSES_OF_KEEPING: tuple[float | None, ...] = (0.2, 1.0, 3.0, 8.0, None)

MediaUrls = Callable[[Sequence[Attachment]], tuple[str, ...]]


class Dispatcher:
    """One worker. `owner` names it in the leases (unique per process).

    `services`: the catalogue's, for the names in the systems' texts. `media_urls`: the addresses under
    which a system may fetch the photos of a request; none by default.
    """

    def __init__(
        self,
        store: Store,
        connections: Connections,
        lifecycle: Lifecycle,
        *,
        owner: str,
        services: Mapping[str, Service],
        media_urls: MediaUrls = lambda _: (),
        random: Random | None = None,
    ) -> None:
        self._store = store
        self._connections = connections
        self._alarms = Alarms(store, connections)
        self._lifecycle = lifecycle
        self._owner = owner
        self._services = services
        self._media_urls = media_urls
        self._random = random or Random()
        # What a dying process had not put down yet is looked up when its lease runs out, as after any lost reply.
        self._receipts = Together[Sent](
            store, lambda session, sent: deliveries.put_sent(session, sent, lifecycle)
        )
        self._in_flight: dict[str, int] = {}
        self._calls: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; then finish what is under way."""
        while not stop.is_set():
            try:
                started = await self.start_due()
            except Exception as error:
                if not is_transient(error):
                    log.exception("the dispatcher stumbled")
                started = 0
            if not started:
                # A call that ends makes room for the next; otherwise look again in a moment.
                self._ended.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ended.wait(), IDLE_SECONDS)
        await self.finish()

    async def run_once(self) -> int:
        """Deliver what is due now and wait for it; how many deliveries were tried."""
        started = await self.start_due()
        await self.finish()
        return started

    async def finish(self) -> None:
        """Wait for the calls under way."""
        while self._calls:
            await asyncio.gather(*self._calls, return_exceptions=True)

    async def start_due(self) -> int:
        """Claim what is due and start the calls, for each system as many as it may have at once."""
        now, ends = utc_now(), time.monotonic() + HELD_SECONDS
        async with self._store.read() as session:
            names = await deliveries.systems_with_work(session, now)
        started = 0
        for name in names:
            room = self._room(name)
            if room <= 0:
                continue
            async with self._store.write() as session:
                claimed = await deliveries.claim(session, name, room, self._owner, now, self._services)
            for one in claimed:
                self._connections.breaker(name).started()
                self._in_flight[name] = self._in_flight.get(name, 0) + 1
                call = asyncio.create_task(self._deliver(one, ends))
                self._calls.add(call)
                call.add_done_callback(self._calls.discard)
            started += len(claimed)
        return started

    def _room(self, name: str) -> int:
        system = self._connections.registry.systems.get(name)
        if system is None:
            return 1
        if system.state == "paused":
            return 0
        breaker, most, in_hand = self._connections.breaker(name), system.at_once, self._in_flight.get(name, 0)
        if breaker.is_well:
            # While some are called, others are claimed and put down; the driver lets no more than `at_once` through.
            most = min(AHEAD * most, max(most, int(AHEAD_SECONDS * system.per_second)))
        if in_hand > max(system.at_once, most // 2):
            return 0  # enough to do: a claim for several costs no more than one for the next
        return breaker.room(most - in_hand)

    async def _deliver(self, claimed: Claimed, ends: float) -> None:
        must_end.set(ends)
        try:
            await self._attempt(claimed)
        except Exception as error:
            # The lease runs out and the delivery is looked up before it is sent again.
            if not is_transient(error):
                log.exception("a delivery stumbled", extra={"delivery": claimed.id, "system": claimed.system})
        finally:
            self._in_flight[claimed.system] -= 1
            self._ended.set()

    async def _attempt(self, claimed: Claimed) -> None:
        system = self._connections.registry.systems.get(claimed.system)
        if system is None:
            await self._to_operator(claimed, "manual", "there is no such system any more")
            return
        if claimed.withdrawn and not claimed.ambiguous and claimed.token is None:
            await self._keep(lambda session: deliveries.put_withdrawn(session, claimed, self._owner))
            return
        driver = self._connections.driver(claimed.system)
        if driver.by_hand:
            await self._to_operator(claimed, "manual", why_by_hand(system))
            return
        if claimed.addition is not None and not (driver.takes_additions and claimed.addition.number):
            await self._to_operator(claimed, "manual", "cannot be told what was said later")
            return
        if claimed.ambiguous and claimed.token is None and not may_send_again(driver, claimed):
            reason = "may have been filed by a worker that ended, and it cannot be looked up"
            await self._to_operator(claimed, "dead", reason, ambiguous=True)
            return
        try:
            if claimed.token is not None:
                await self._ask_for_number(claimed, driver, system)
            else:
                await self._sent(
                    claimed, await send(claimed, driver, self._media_urls(claimed.attachments)), system
                )
        except NoTimeLeft:
            await self._put_back(claimed, 0.0, None, ambiguous=claimed.ambiguous)
        except IntegrationError as error:
            await self._failed(claimed, driver, system, error)

    async def _ask_for_number(self, claimed: Claimed, driver: Driver, system: System) -> None:
        external_id = await driver.resolve_token(claimed.token or "")
        if external_id is not None:
            await self._sent(claimed, Receipt(external_id=external_id), system)
            return
        await self._alarms.answered(claimed.system)
        if claimed.sent_at and utc_now() - claimed.sent_at > TOKEN_GIVE_UP_AFTER:
            await self._to_operator(claimed, "dead", "no number for the token in 72 hours", silent=True)
            return
        seconds = min(token_seconds(system) * 2.0 ** min(claimed.attempts, 10), 900.0)
        await self._put_back(claimed, seconds, None, ambiguous=False)

    async def _sent(self, claimed: Claimed, receipt: Receipt, system: System) -> None:
        sent = Sent(claimed, receipt, token_seconds(system))
        await self._again_if_away(lambda: self._receipts.put_down(sent))
        await self._alarms.answered(claimed.system)

    async def _failed(
        self, claimed: Claimed, driver: Driver, system: System, error: IntegrationError
    ) -> None:
        said = {
            "delivery": claimed.id,
            "system": system.name,
            "kind": type(error).__name__,
            "why": str(error),
        }
        log.warning("delivery failed", extra=said)
        if isinstance(error, PermanentError):
            await self._alarms.answered(system.name)
            await self._to_operator(claimed, "dead", str(error))
            return
        pause = backoff(claimed.attempts, self._random)
        ambiguous = claimed.ambiguous
        breaker = self._connections.breaker(system.name)
        breaker.failed()
        if isinstance(error, TemporaryError) and error.retry_after is not None:
            breaker.hold(error.retry_after)
            pause = max(pause, error.retry_after)
        if isinstance(error, AmbiguousError):
            ambiguous = True
            if not may_send_again(driver, claimed):
                reason = f"may have been filed, and it cannot be looked up: {error}"
                await self._to_operator(claimed, "dead", reason, ambiguous=True)
                return
        await self._alarms.fails(system.name, str(error))
        if await is_hopeless(self._store, claimed, system):
            await self._to_operator(claimed, "dead", f"not taken in 24 hours: {error}")
        else:
            await self._put_back(claimed, pause, str(error), ambiguous=ambiguous)

    async def _put_back(
        self, claimed: Claimed, seconds: float, error: str | None, *, ambiguous: bool
    ) -> None:
        await self._keep(
            lambda session: deliveries.put_back(
                session, claimed, self._owner, seconds=seconds, error=error, ambiguous=ambiguous
            )
        )

    async def _to_operator(
        self, claimed: Claimed, state: str, reason: str, *, ambiguous: bool = False, silent: bool = False
    ) -> None:
        await self._keep(
            lambda session: deliveries.put_to_operator(
                session,
                claimed,
                self._owner,
                self._lifecycle,
                state=state,
                reason=reason,
                undeliverable=state == "dead" and not ambiguous and not silent,
                ambiguous=ambiguous,
            )
        )

    async def _keep(self, work: Callable[[AsyncSession], Awaitable[None]]) -> None:
        """Put down what came of an attempt; a database that is away for a moment must not make us forget
        it."""

        async def transaction() -> None:
            async with self._store.write() as session:
                await work(session)

        await self._again_if_away(transaction)

    async def _again_if_away(self, transaction: Callable[[], Awaitable[None]]) -> None:
        for pause in PAUSES_OF_KEEPING:
            try:
                await transaction()
                return
            except Exception as error:
                if not is_transient(error) or pause is None:
                    raise
                await asyncio.sleep(pause)
