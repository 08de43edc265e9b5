"""One driver per system, made when first needed and shared by dispatcher and status sync; with its
breaker."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

from integrations.drivers import Driver, build_driver
from integrations.registry import Registry

FAILURES_TO_OPEN = 5
FIRST_PAUSE = 10.0
LONGEST_PAUSE = 120.0


class Breaker:
    """Stops calling a system that keeps failing; lets one call through after a pause, then all or none.

    Pauses grow from 10 s to 2 min. `hold` is the system's own wish (Retry-After). Times are monotonic
    seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._closed_until = 0.0
        self._held_until = 0.0
        self._trial = False
        self.failing_since: float | None = None
        self.is_well = False
        """The last call succeeded; nothing is known of a system that has not been called yet."""

    def room(self, wanted: int) -> int:
        """How many calls may start now: all, one for a trial, or none."""
        if self._clock() < max(self._closed_until, self._held_until):
            return 0
        if self._failures < FAILURES_TO_OPEN:
            return wanted
        return 0 if self._trial else min(wanted, 1)

    @property
    def is_open(self) -> bool:
        """Whether the system counts as down."""
        return self._failures >= FAILURES_TO_OPEN

    def failing_for(self) -> float:
        """Seconds since the first failure after the last success; 0 if it does not fail."""
        return 0.0 if self.failing_since is None else self._clock() - self.failing_since

    def started(self) -> None:
        """A call starts; while the system counts as down it is the one trial."""
        self._trial = self.is_open

    def succeeded(self) -> None:
        """The system answered sensibly (a refusal of one request counts as that)."""
        self._failures, self._pause, self._closed_until, self._trial = 0, FIRST_PAUSE, 0.0, False
        self.failing_since, self.is_well = None, True

    def failed(self) -> None:
        """The system did not answer sensibly."""
        self._failures += 1
        self._trial = self.is_well = False
        if self.failing_since is None:
            self.failing_since = self._clock()
        if self.is_open:
            self._closed_until = max(self._closed_until, self._clock() + self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def hold(self, seconds: float) -> None:
        """Call nothing for so long, even if a call that was under way succeeds."""
        self._held_until = max(self._held_until, self._clock() + seconds)


class Connections:
    """The drivers and breakers of a registry. Close with `aclose`."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._drivers: dict[str, Driver] = {}
        self._breakers: dict[str, Breaker] = {}

    def driver(self, system: str) -> Driver:
        """The driver of a system; KeyError for a name that the registry does not have."""
        if system not in self._drivers:
            self._drivers[system] = build_driver(self.registry.system(system))
        return self._drivers[system]

    def breaker(self, system: str) -> Breaker:
        return self._breakers.setdefault(system, Breaker())

    async def aclose(self) -> None:
        for driver in self._drivers.values():
            await driver.aclose()
        self._drivers.clear()


def backoff(attempts: int, random: Random, first: float = 5.0, longest: float = 900.0) -> float:
    """Seconds until the next attempt: full jitter between `first` and the doubled ceiling (15 min at
    most)."""
    return random.uniform(first, max(first, min(longest, first * 2.0 ** min(attempts, 20))))
