"""Which loops each role runs (`docs/roles.md` has the same as a table).

A role is a coroutine `(settings, stop)` that runs until `stop` is set and then ends what it began. Its imports stand
inside, so that a role loads only what it needs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from app.settings import Settings

Role = Callable[[Settings, asyncio.Event], Awaitable[None]]

ROLES: dict[str, Role] = {}


class NoSuchRole(Exception):
    """The text names the role and those there are."""


def role(name: str) -> Callable[[Role], Role]:
    """Register a coroutine as what `hamyar run --role NAME` runs."""

    def register(run: Role) -> Role:
        ROLES[name] = run
        return run

    return register


@role("simulator")
async def simulator(settings: Settings, stop: asyncio.Event) -> None:
    """The municipal systems, played over HTTP; what was filed there survives a restart."""
    from urllib.parse import urlsplit

    from app.paths import VAR
    from app.serving import serve
    from integrations.registry import SYSTEMS_FOLDER, load_registry
    from integrations.simulator.application import create_app

    url = settings.hamyar_simulator_url
    application = create_app(load_registry(SYSTEMS_FOLDER, {}, url), state=VAR / "simulator.json")
    parts = urlsplit(url)
    await serve(application, parts.hostname or "127.0.0.1", parts.port or 80, stop)


async def run_role(name: str, settings: Settings, stop: asyncio.Event) -> None:
    """Run one role in this process until `stop` is set. Raises NoSuchRole."""
    if name not in ROLES:
        raise NoSuchRole(f"there is no role {name}; there are {', '.join(sorted(ROLES))}")
    await ROLES[name](settings, stop)
