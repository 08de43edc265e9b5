"""Which municipal system a request is filed at: pure data, so that the dialogue can ask without a network.

The table is made by `integrations.registry.Registry.routing()` from `integrations/systems/*.yml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

DISTRICTS: tuple[str, ...] = (*(str(number) for number in range(1, 13)), "samen", "unknown", "outside")
"""Every value a district can have: twelve numbers, Samen, not known, outside the city."""


class RoutingError(LookupError):
    """No system takes this service in this district."""


@dataclass(frozen=True)
class Route:
    """`system`: the software it is filed in (a registry name). `agency`: who answers, in Persian. `copies`: systems
    that are told as well; none of them speaks for the request."""

    system: str
    agency: str
    copies: tuple[str, ...] = ()


@dataclass(frozen=True)
class RoutingTable:
    """`routes`: (service code, district) -> Route. `rest`: district -> the desk for all that no one else
    takes there. `copies`: (service code, district) -> who is told as well.
    `takes_additions`: the systems that can be told what a citizen says later (`casework.additions`)."""

    routes: Mapping[tuple[str, str], Route]
    rest: Mapping[str, Route] = field(default_factory=dict)
    copies: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    takes_additions: frozenset[str] = frozenset()

    def route(self, service_code: str, district: str | None) -> Route:
        """The one system for this service in this district; a district that is not one counts as `unknown`.

        Raises RoutingError where nobody takes it (the start-up check makes sure that this does not happen).
        """
        where = district if district in DISTRICTS else "unknown"
        found = self.routes.get((service_code, where)) or self.rest.get(where)
        if found is None:
            raise RoutingError(f"no system takes {service_code!r} in district {where!r}")
        copies = self.copies.get((service_code, where), ())
        return (
            replace(found, copies=tuple(name for name in copies if name != found.system)) if copies else found
        )
