"""What the simulated systems have stored. With a state file (JSON lines, the last line of a number counts) a
restart loses nothing; the file is written before the answer goes out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

from integrations.drivers.timestamps import from_wire
from integrations.registry import Registry
from integrations.system import System

FIRST_NUMBER = 100_001
CLOSED = frozenset({"closed", "merged", "rejected", "cancelled"})
_PROGRESS = ("submitted", "accepted", "in_progress")


@dataclass
class SimulatedRequest:
    """A request as a municipal system knows it. `status` is that system's own word. Times: ISO 8601, UTC."""

    system: str
    number: str
    service_code: str
    description: str
    status: str
    requested_at: str
    updated_at: str
    key: str | None = None
    token: str | None = None
    number_given_at: str | None = None
    address: str | None = None
    lat: float | None = None
    lon: float | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    media_urls: list[str] = field(default_factory=list)
    notes: str | None = None
    agency: str | None = None
    photos: list[str] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    """Each step: at, status, notes, photos."""
    additions: list[dict[str, Any]] = field(default_factory=list)
    """What was posted to it later: update_id, key (ours), status, words, media_urls, at."""

    def number_known(self) -> bool:
        """Whether a batch system has given the number behind the token by now."""
        return self.number_given_at is None or self.number_given_at <= _now()


class SimulatedCity:
    """The stores of all simulated systems. `state`: a file to keep them in. Unknown system or number:
    KeyError."""

    def __init__(self, registry: Registry, state: Path | None = None) -> None:
        self.systems: dict[str, System] = registry.systems
        self._requests: dict[tuple[str, str], SimulatedRequest] = {}
        self._of: dict[str, dict[str, SimulatedRequest]] = {}
        self._by_key: dict[tuple[str, str], SimulatedRequest] = {}
        self._by_token: dict[tuple[str, str], SimulatedRequest] = {}
        self._last = FIRST_NUMBER - 1
        self._state = state
        if state is not None:
            self._load(state)

    def file(
        self,
        system: str,
        *,
        service_code: str,
        description: str,
        key: str | None = None,
        token_seconds: float | None = None,
        drops_copies: bool = True,
        **more: Any,
    ) -> tuple[SimulatedRequest, bool]:
        """Store a request; (it, whether it is new). The same key again gives the first one.

        `token_seconds`: a batch system, whose number is known only so many seconds later. `drops_copies`: False for
        a mailbox, which stores the same key again.
        """
        there = self._by_key.get((system, key)) if key and drops_copies else None
        if there is not None:
            return there, False
        self._last += 1
        now = _now()
        request = SimulatedRequest(
            system=system,
            number=f"SM-{self._last}",
            service_code=service_code,
            description=description,
            status=self.words(system).get("submitted", "new"),
            requested_at=now,
            updated_at=now,
            key=key,
            agency=self.systems[system].agency,
            **more,
        )
        if token_seconds is not None:
            request.token = f"T-{self._last}"
            given = datetime.now(timezone.utc) + timedelta(seconds=token_seconds)
            request.number_given_at = given.isoformat(timespec="microseconds")
        self._keep(request)
        return request, True

    def move(
        self,
        system: str,
        number: str,
        status: str,
        *,
        notes: str | None = None,
        updated_at: str | None = None,
        agency: str | None = None,
        photos: list[str] | None = None,
    ) -> SimulatedRequest:
        """Set the status (one of our lifecycle, put into the system's word, or any raw word) with a note."""
        request = self._requests[(system, number)]
        request.status = self.words(system).get(status, status)
        request.notes = notes or request.notes
        request.agency = agency or request.agency
        request.photos = photos or request.photos
        request.updated_at = updated_at or _now()
        request.history.append(
            {"at": request.updated_at, "status": request.status, "notes": notes, "photos": photos or []}
        )
        self._keep(request)
        return request

    def put_to(
        self, system: str, number: str, *, key: str, drops_copies: bool, **more: Any
    ) -> dict[str, Any]:
        """Store what is said of a request later. `drops_copies`: the same key again gives the first one."""
        request = self._requests[(system, number)]
        there = next((one for one in request.additions if one["key"] == key), None)
        if there is not None and drops_copies:
            return there
        update_id = f"{number}-u{len(request.additions)}"
        request.additions.append({"update_id": update_id, "key": key, "at": _now(), **more})
        self._keep(request)
        return request.additions[-1]

    def words(self, system: str) -> dict[str, str]:
        """Our lifecycle status -> the system's own word for it; Open311's plain open and closed come last."""
        words: dict[str, str] = {}
        for raw, ours in self.systems[system].statuses.items():
            if ours not in words or words[ours] in ("open", "closed"):
                words[ours] = raw
        return words or {"submitted": "open"}

    def one(self, system: str, number: str) -> SimulatedRequest:
        return self._requests[(system, number)]

    def by_key(self, system: str, key: str) -> SimulatedRequest | None:
        return self._by_key.get((system, key))

    def by_token(self, system: str, token: str) -> SimulatedRequest | None:
        return self._by_token.get((system, token))

    def of(self, system: str) -> list[SimulatedRequest]:
        """The requests of one system, oldest first."""
        return list(self._of.get(system, {}).values())

    def all(self) -> list[SimulatedRequest]:
        """All requests of all systems, oldest first."""
        return list(self._requests.values())

    def changed_since(self, system: str, since: str) -> list[SimulatedRequest]:
        """Those of one system changed at or after `since` (any ISO 8601), oldest change first."""
        moment = from_wire(since) or datetime.min.replace(tzinfo=timezone.utc)
        changed = [one for one in self.of(system) if (_moment(one.updated_at) or moment) >= moment]
        return sorted(changed, key=lambda one: one.updated_at)

    def is_closed(self, request: SimulatedRequest) -> bool:
        """Open311's open or closed."""
        return self.systems[request.system].our_status(request.status) in CLOSED

    def progress(self) -> int:
        """Move every request that is registered or accepted one step on; how many were moved."""
        moved = 0
        for request in self.all():
            ours = self.systems[request.system].our_status(request.status)
            if ours in _PROGRESS[:-1]:
                self.move(request.system, request.number, _PROGRESS[_PROGRESS.index(ours) + 1])
                moved += 1
        return moved

    def forget(self) -> None:
        """Empty every store, and the state file with them."""
        self._requests.clear()
        self._of.clear()
        self._by_key.clear()
        self._by_token.clear()
        if self._state is not None:
            self._rewrite(self._state, [])

    def _keep(self, request: SimulatedRequest) -> None:
        self._index(request)
        if self._state is not None:
            with self._state.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(request), ensure_ascii=False) + "\n")

    def _index(self, request: SimulatedRequest) -> None:
        self._requests[(request.system, request.number)] = request
        self._of.setdefault(request.system, {})[request.number] = request
        if request.key:
            self._by_key[(request.system, request.key)] = request
        if request.token:
            self._by_token[(request.system, request.token)] = request

    def _load(self, state: Path) -> None:
        state.parent.mkdir(parents=True, exist_ok=True)
        for row in _rows(state):
            request = SimulatedRequest(**row)
            if request.system in self.systems:
                self._index(request)
            self._last = max(self._last, int(request.number.removeprefix("SM-")))
        self._rewrite(state, self._requests.values())

    def _rewrite(self, state: Path, requests: Iterable[SimulatedRequest]) -> None:
        fresh = state.with_suffix(state.suffix + ".new")
        lines = (json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in requests)
        fresh.write_text("".join(lines), encoding="utf-8")
        fresh.replace(state)


def _rows(state: Path) -> list[Mapping[str, Any]]:
    """The whole lines; a last line that a crash cut off is left out (its answer never went out)."""
    if not state.exists():
        return []
    rows = []
    for line in state.read_text(encoding="utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


_moment = lru_cache(maxsize=100_000)(from_wire)
"""Every poll of a system looks at all its requests."""


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")
