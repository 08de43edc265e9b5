"""What all endpoints share: the store, the city's knowledge, who is calling and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.strategies import MovingWindowRateLimiter
from limits.storage import storage_from_string
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request

from casework import api_keys
from casework.catalogue import Catalogue
from casework.datafile import Section, read_yaml
from casework.lifecycle import Lifecycle
from casework.routing import RoutingTable
from casework.store import Store
from casework.tables import ApiKey
from persian.digits import to_persian
from persian.gazetteer import Gazetteer
from web.open311.errors import Refused
from web.open311.parameters import Parameters

log = structlog.get_logger()

READS_PER_MINUTE = 240
WRONG_KEYS_PER_MINUTE = 30
"""Both from one network address."""


@dataclass(frozen=True)
class About:
    """data/catalogue/open311.yml: what the server says of itself."""

    jurisdiction_id: str
    changeset: str
    contact: str
    key_service: str
    service_notice: str
    hours: str
    days: str
    photo: str
    addition: str
    extended_statuses: Mapping[str, str]

    def notice(self, sla_hours: int) -> str:
        """The usual time in words, with Persian digits; whole days as days."""
        days, rest = divmod(sla_hours, 24)
        unit, number = (self.hours, sla_hours) if rest else (self.days, days)
        return self.service_notice.format(time=unit.format(number=to_persian(str(number))))

    @classmethod
    def load(cls, path: Path, lifecycle: Lifecycle) -> About:
        """Raises DataFileError naming file, key and reason."""
        root = Section(path, "", read_yaml(path))
        names = (
            "jurisdiction_id",
            "changeset",
            "contact",
            "key_service",
            "service_notice",
            "hours",
            "days",
            "photo",
            "addition",
        )
        root.known(*names, "extended_statuses")
        extended = root.section("extended_statuses")
        said = {state: extended.text(state) for state in lifecycle.states if state != "draft"}
        return cls(**{name: root.text(name) for name in names}, extended_statuses=said)


@dataclass(frozen=True)
class Server:
    """`public_url` without a slash at the end; `redis_url` empty: each process counts for itself."""

    store: Store
    catalogue: Catalogue
    lifecycle: Lifecycle
    routing: RoutingTable
    gazetteer: Gazetteer
    about: About
    public_url: str
    test: bool = False
    redis_url: str = ""
    limiter: MovingWindowRateLimiter = field(init=False, repr=False)

    def __post_init__(self) -> None:
        uri = f"async+{self.redis_url}" if self.redis_url else "async+memory://"
        options: dict[str, Any] = {"implementation": "redispy"} if self.redis_url else {}
        limiter = MovingWindowRateLimiter(storage_from_string(uri, **options))
        object.__setattr__(self, "limiter", limiter)

    def check_jurisdiction(self, given: Parameters) -> None:
        """One city is served: its id may be left out. Raises Refused (404)."""
        asked = given.get("jurisdiction_id")
        if asked is not None and asked != self.about.jurisdiction_id:
            raise Refused(404, "jurisdiction_id was not found")

    async def count(self, kind: str, who: str, per_minute: int) -> None:
        """Raises Refused (429) where somebody calls too often."""
        limit = RateLimitItemPerMinute(per_minute)
        try:
            let = await self.limiter.hit(limit, kind, who)
        except Exception as error:  # Redis away: better served than refused
            log.warning("open311_rates_away", error=type(error).__name__)
            return
        if not let:
            raise Refused(429, f"more than {per_minute} calls a minute", retry_after=60)

    async def count_read(self, request: Request) -> None:
        """A read by whoever."""
        await self.count("read", _address(request), READS_PER_MINUTE)

    async def client(self, session: AsyncSession, request: Request, given: Parameters) -> ApiKey:
        """Whose key came with a post. Raises Refused: 403, or 429 where wrong keys come again and again."""
        try:
            return await self.caller(session, given)
        except Refused:
            await self.count("wrong_key", _address(request), WRONG_KEYS_PER_MINUTE)
            raise

    async def reader(self, session: AsyncSession, given: Parameters) -> ApiKey | None:
        """Whose key came with a read, if one did. Raises Refused (403) for a wrong one."""
        key = given.get("api_key")
        return None if key is None else await self.caller(session, given)

    async def caller(self, session: AsyncSession, given: Parameters) -> ApiKey:
        """Whose key this is. Raises Refused (403)."""
        key = given.get("api_key")
        found = await api_keys.find(session, key) if key else None
        if found is None:
            raise Refused(403, "api_key is missing or not valid")
        return found


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
