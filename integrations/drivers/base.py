"""What every driver takes and gives, and the one tree of errors.

    IntegrationError
     ├── PermanentError        the system will never take this request as it is: an operator's task
     │    └── NotFound         the system does not know this id or token
     ├── TemporaryError        nothing was filed: try again (`retry_after` seconds if the system said so)
     │    ├── NoTimeLeft           the call was not begun: it could last longer than the caller may hold its request
     │    ├── CredentialsRefused   our key is wrong or missing: trouble of the system, not of one request
     │    └── BadAnswer            a reading call was answered with HTML, broken JSON or XML, a wrong id
     │         └── TooLong         with more than we take
     └── AmbiguousError        it may or may not have been filed: look up before sending again

`submit` raises AmbiguousError for everything that came to nothing after the request had left us (a time-out
while reading, a reset, 500, 502, 504, a 2xx that cannot be read); calls that only read raise TemporaryError
instead.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

must_end: ContextVar[float] = ContextVar("must_end", default=math.inf)
"""Monotonic seconds until which the caller's lease holds. Behind it another worker may look for the request and, where
it does not lie there yet, send it: who still waits for its turn then must not."""


class IntegrationError(Exception):
    """Root of the tree above. The text never holds a citizen's words, a key or a full address."""


class PermanentError(IntegrationError):
    pass


class NotFound(PermanentError):
    pass


class TemporaryError(IntegrationError):
    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class NoTimeLeft(TemporaryError):
    pass


class CredentialsRefused(TemporaryError):
    pass


class BadAnswer(TemporaryError):
    pass


class TooLong(BadAnswer):
    pass


class AmbiguousError(IntegrationError):
    pass


def begin_call(seconds: float) -> None:
    """Raises NoTimeLeft where a call of so many seconds at most would end after `must_end`."""
    if time.monotonic() + seconds > must_end.get():
        raise NoTimeLeft("it waited too long for its turn")


@dataclass(frozen=True)
class OutgoingRequest:
    """One service request as it leaves us.

    `key` is the stable idempotency key of the delivery (one per request and destination), `service_code` is
    ours (the system's code map is applied by the driver), `lat`/`lon` are degrees in WGS 84, `requested_at`
    is aware.
    """

    key: str
    tracking_number: str
    service_code: str
    service_name: str
    description: str
    requested_at: datetime
    district: str = "unknown"
    address: str | None = None
    lat: float | None = None
    lon: float | None = None
    attributes: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    media_urls: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    """The attributes as people read them: question and answer."""


@dataclass(frozen=True)
class OutgoingAddition:
    """What a citizen said of a request after it was filed, as it leaves us.

    `key` is stable and made of letters, digits and `_` alone; `number` is the system's own of the request; `said_at` is
    aware; `reopens`: she says that it is still not solved.
    """

    key: str
    number: str
    tracking_number: str
    words: str
    said_at: datetime
    reopens: bool = False
    media_urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Receipt:
    """The system has it. `external_id`, or a `token` to be exchanged later, or (a black box) neither.

    `by_hand`: there is no line to the system; the delivery becomes an operator's task.
    """

    external_id: str | None = None
    token: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
    by_hand: bool = False


@dataclass(frozen=True)
class StatusReport:
    """What a system says of one request. `raw_status` is its own word; `status` is ours, None if the map
    lacks it."""

    external_id: str
    raw_status: str
    status: str | None
    notes: str | None = None
    updated_at: datetime | None = None
    agency: str | None = None
    photos: tuple[str, ...] = ()
    """Addresses of photos of what was done."""
    update_id: str | None = None
    """The system's own of this step, where it gives one: what we have posted stands in its feed as well."""
    is_present: bool = False
    """What it says now of the request itself when asked for it; not one step among others, which may come late."""
    raw: Mapping[str, Any] = field(default_factory=dict)


class Driver(ABC):
    """One system of one protocol. Holds no state but its connections; safe to share between tasks.

    `by_hand`: no network at all. `can_look_up`: `look_up` can tell whether a request arrived.
    `repeats_safely`: the system drops a second submit with the same key, so sending again cannot file twice.
    `lists_changes`: `statuses` works; where it does not, ask with `status`.
    `says_the_same_by_id`: `status` gives what `statuses` would have listed, so that nothing is lost where a list has a
    gap; `longest_list`: of a list as long as this the rest may be cut off.
    `takes_additions`: `add` works. `finds_additions` and `repeats_additions_safely` are to it what the second and third
    are to `submit`.
    """

    by_hand: bool = False
    can_look_up: bool = False
    repeats_safely: bool = False
    lists_changes: bool = False
    says_the_same_by_id: bool = False
    longest_list: int | None = None
    takes_additions: bool = False
    finds_additions: bool = False
    repeats_additions_safely: bool = False

    @abstractmethod
    async def submit(self, request: OutgoingRequest) -> Receipt:
        """File it. Raises IntegrationError."""

    async def look_up(self, request: OutgoingRequest) -> Receipt | None:
        """The receipt of a request filed earlier under the same key; None if the system certainly has none.

        Raises PermanentError where the system offers no look-up (see `can_look_up`), or TemporaryError.
        """
        raise PermanentError("this system offers no look-up")

    async def add(self, addition: OutgoingAddition) -> Receipt:
        """Put it to its request; only where `takes_additions`. Raises IntegrationError as `submit` does."""
        raise PermanentError("this system takes no additions")

    async def find_addition(self, addition: OutgoingAddition) -> Receipt | None:
        """The receipt of an addition that has arrived; None if it certainly has not."""
        raise PermanentError("this system does not show additions")

    async def resolve_token(self, token: str) -> str | None:
        """The system's own number behind a batch token; None while it is not given yet."""
        raise PermanentError("this system gives no tokens")

    async def status(self, external_ids: Sequence[str]) -> list[StatusReport]:
        """The present status of these requests; ids that the system does not know are left out."""
        return []

    async def statuses(self, since: datetime) -> list[StatusReport]:
        """All that changed at or after `since` (aware), oldest first; only where `lists_changes`."""
        return []

    async def probe(self) -> str:
        """A harmless call; a short word on what answered. Raises IntegrationError (for `hamyar systems
        check`)."""
        return "no network"

    async def aclose(self) -> None:  # noqa: B027 (a driver without connections has nothing to close)
        """Close the connections."""
