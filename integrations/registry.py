"""All municipal systems: read from `integrations/systems/*.yml`, checked, and turned into the routing table.

    RegistryError     a file, a key in it, and the reason

A file whose name starts with `_` is no system but a part that others take over with `like:`; it may take over another
itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from casework.datafile import YAML
from casework.routing import DISTRICTS, Route, RoutingError, RoutingTable
from integrations.file_checks import RegistryError, check, check_address, check_pace
from integrations.mail.route import MailRoute
from integrations.system import THE_REST, System, Takes, system_from

SYSTEMS_FOLDER = Path(__file__).parent / "systems"

STAFF_CODES = frozenset({"staff_conduct"})
"""Complaints about people: only a desk with `answers_for_staff` may take them, never the unit complained
of."""


@dataclass(frozen=True)
class RoutingGap:
    """What is wrong with the routing of one service in one district."""

    service_code: str
    district: str
    reason: str


class Registry:
    """The systems by name, in the order of their files."""

    def __init__(self, systems: Mapping[str, System]) -> None:
        self.systems: dict[str, System] = dict(systems)
        self._routing = _routing_table(self.systems)

    def system(self, name: str) -> System:
        """KeyError for a name that no file has."""
        return self.systems[name]

    def routing(self) -> RoutingTable:
        """The pure table (service code, district) -> system and agency."""
        return self._routing

    def check_routing(self, service_codes: Iterable[str]) -> list[RoutingGap]:
        """Every service in every one of the 15 districts has exactly one system; what is not so, or an empty
        list.

        Two systems for one place are refused already when the table is made; here gaps are found, codes in
        files that are not in `service_codes`, and complaints about staff at a desk that must not have them.
        """
        known = set(service_codes)
        gaps: list[RoutingGap] = []
        for code in sorted(known):
            for district in DISTRICTS:
                try:
                    route = self._routing.route(code, district)
                except RoutingError:
                    gaps.append(RoutingGap(code, district, "no system takes it"))
                    continue
                if code in STAFF_CODES:
                    gaps += [
                        RoutingGap(
                            code, district, f"{name} may not take complaints about staff (answers_for_staff)"
                        )
                        for name in (route.system, *route.copies)
                        if not self.systems[name].answers_for_staff
                    ]
        for system in self.systems.values():
            for code, district in sorted(_places((*system.takes, *system.copies))):
                if code not in known and not code.startswith("not_ours_"):
                    reason = f"the catalogue has no such service, but {system.name} names it"
                    gaps.append(RoutingGap(code, district, reason))
        return gaps

    def environment_names(self) -> list[str]:
        """Every environment variable that a system file names, sorted (for `.env.example` and the docs)."""
        return sorted({name for system in self.systems.values() for name in system.environment_names})


def load_registry(
    folder: Path = SYSTEMS_FOLDER,
    environment: Mapping[str, str] | None = None,
    simulator_url: str | None = None,
    mail: MailRoute | None = None,
) -> Registry:
    """Read and check every system file. Raises RegistryError.

    `environment`: where addresses and secrets stand (`os.environ`); a system that lacks one works as
    `manual`. `simulator_url`: with HAMYAR_SYSTEMS=simulator the address of the simulator; then all systems
    are played there. `mail`: how letters leave us, for desks that work with e-mail.
    """
    if not folder.is_dir():
        raise RegistryError(str(folder), "", "there is no such folder")
    documents = {path.stem: (path.name, _read(path)) for path in sorted(folder.glob("*.yml"))}
    joined: dict[str, dict[str, Any]] = {}
    systems: dict[str, System] = {}
    for stem, (file, _) in documents.items():
        whole = _joined(stem, documents, joined)
        if stem.startswith("_"):
            continue
        whole = _with_districts(whole)
        check(file, stem, whole, folder)
        system = system_from(whole, environment or {}, simulator_url, mail)
        check_address(file, system)
        check_pace(file, system)
        systems[system.name] = system
    if not systems:
        raise RegistryError(str(folder), "", "there is no system file (*.yml) in this folder")
    return Registry(systems)


def _read(path: Path) -> dict[str, Any]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=YAML)  # noqa: S506 (a safe loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RegistryError(path.name, "", f"not readable as YAML: {error}") from error
    if not isinstance(document, dict):
        raise RegistryError(path.name, "", "the file must hold keys and values")
    return document


def _joined(
    stem: str,
    documents: Mapping[str, tuple[str, dict[str, Any]]],
    joined: dict[str, dict[str, Any]],
    way: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The document of a file with all that it takes over. `joined` keeps what is done, so that a part that many take
    over is joined once; `way` is how we came here."""
    if stem in joined:
        return joined[stem]
    file, document = documents[stem]
    base = document.get("like")
    if base is not None:
        if not isinstance(base, str) or not base.startswith("_") or base not in documents:
            raise RegistryError(file, "like", f"there is no file {base}.yml whose name starts with _")
        if base in (*way, stem):
            circle = " -> ".join((*way, stem, base))
            raise RegistryError(file, "like", f"takes itself over in a circle: {circle}")
        document = _merged(_joined(base, documents, joined, (*way, stem)), document)
    joined[stem] = document
    return document


def _with_districts(document: dict[str, Any]) -> dict[str, Any]:
    """`districts:` at the top stands for every part of `takes` that names none (the desks of
    the districts)."""
    document = dict(document)
    own = document.pop("districts", None)
    if own is None or not isinstance(document.get("takes"), list):
        return document
    parts = [{"districts": own, **part} if isinstance(part, dict) else part for part in document["takes"]]
    return {**document, "takes": parts}


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of `own` win; objects are merged, lists replaced. Not merged: objects with a `kind`, which is one
    choice."""
    merged = dict(base)
    for key, value in own.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping) and "kind" not in value
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _routing_table(systems: Mapping[str, System]) -> RoutingTable:
    routes: dict[tuple[str, str], Route] = {}
    rest: dict[str, Route] = {}
    copies: dict[tuple[str, str], tuple[str, ...]] = {}
    for system in systems.values():
        route = Route(system.name, system.agency)
        for where in _places(system.copies):
            copies[where] = (*copies.get(where, ()), system.name)
        for part in system.takes:
            for district in part.districts:
                if part.services == THE_REST:
                    _claim(rest, district, route, f"the rest of district {district}")
                    continue
                for code in part.services:
                    _claim(routes, (code, district), route, f"{code} in district {district}")
    takers = frozenset(system.name for system in systems.values() if system.additions != "none")
    return RoutingTable(routes, rest, copies, takers)


def _places(parts: Iterable[Takes]) -> set[tuple[str, str]]:
    """Every (service code, district) of these parts."""
    return {
        (code, district)
        for part in parts
        if part.services != THE_REST
        for district in part.districts
        for code in part.services
    }


def _claim(table: dict[Any, Route], key: Any, route: Route, what: str) -> None:
    already = table.setdefault(key, route)
    if already.system != route.system:
        raise RegistryError(
            f"{route.system}.yml", "takes", f"{what} is taken already by {already.system}.yml"
        )
