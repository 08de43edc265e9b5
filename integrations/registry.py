"""All municipal systems: read from `integrations/systems/*.yml`, checked, and turned into the routing table.

    RegistryError     a file, a key in it, and the reason

A file whose name starts with `_` is no system but a part that others take over with `like:`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from casework.routing import DISTRICTS, Route, RoutingError, RoutingTable
from integrations.drivers.templates import REQUEST_FIELDS, fill, placeholders
from integrations.system import THE_REST, System, system_from

SYSTEMS_FOLDER = Path(__file__).parent / "systems"
_SCHEMA_FILE = Path(__file__).parent / "system_schema.yml"
_YAML: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

STAFF_CODES = frozenset({"staff_conduct"})
"""Complaints about people: only a desk with `answers_for_staff` may take them, never the unit complained
of."""


class RegistryError(Exception):
    """`file: key: reason`, in words that the person who edits the file can use."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")
        self.file, self.key, self.reason = file, key, reason


_SAMPLE: Mapping[str, Any] = {
    **dict.fromkeys(REQUEST_FIELDS, "x"),
    "lat": 36.3,
    "lon": 59.6,
    "media_urls": ["https://hamyar.example/1"],
    "requested_at": "2026-11-25T08:00:00Z",
    "id": "1",
    "token": "1",
    "since": "2026-11-25T08:00:00Z",
}
"""Values of every placeholder, to try a WSDL with."""

_READING_FIELDS = {
    "look_up": {"key", "tracking_number"},
    "token": {"token"},
    "status": {"id"},
    "changes": {"since"},
}


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
                if code in STAFF_CODES and not self.systems[route.system].answers_for_staff:
                    gaps.append(
                        RoutingGap(code, district, f"{route.system} may not take complaints about staff")
                    )
        for code, district in self._routing.routes:
            if code not in known and not code.startswith("not_ours_"):
                gaps.append(RoutingGap(code, district, "the catalogue has no such service"))
        return gaps

    def environment_names(self) -> list[str]:
        """Every environment variable that a system file names, sorted (for `.env.example` and the docs)."""
        return sorted({name for system in self.systems.values() for name in system.environment_names})


def load_registry(
    folder: Path = SYSTEMS_FOLDER,
    environment: Mapping[str, str] | None = None,
    simulator_url: str | None = None,
) -> Registry:
    """Read and check every system file. Raises RegistryError.

    `environment`: where addresses and secrets stand (`os.environ`); a system that lacks one works as
    `manual`. `simulator_url`: with HAMYAR_SYSTEMS=simulator the address of the simulator; then all systems
    are played there.
    """
    if not folder.is_dir():
        raise RegistryError(str(folder), "", "there is no such folder")
    documents = {path.stem: (path.name, _read(path)) for path in sorted(folder.glob("*.yml"))}
    systems: dict[str, System] = {}
    for stem, (file, document) in documents.items():
        if stem.startswith("_"):
            continue
        whole = _with_districts(_with_base(file, document, documents))
        _check(file, stem, whole, folder)
        system = system_from(whole, environment or {}, simulator_url)
        _check_address(file, system)
        systems[system.name] = system
    if not systems:
        raise RegistryError(str(folder), "", "there is no system file (*.yml) in this folder")
    return Registry(systems)


def _read(path: Path) -> dict[str, Any]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_YAML)  # noqa: S506 (a safe loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RegistryError(path.name, "", f"not readable as YAML: {error}") from error
    if not isinstance(document, dict):
        raise RegistryError(path.name, "", "the file must hold keys and values")
    return document


def _with_base(
    file: str, document: dict[str, Any], documents: Mapping[str, tuple[str, dict[str, Any]]]
) -> dict[str, Any]:
    base = document.get("like")
    if base is None:
        return document
    if base not in documents or not str(base).startswith("_"):
        raise RegistryError(file, "like", f"there is no file {base}.yml whose name starts with _")
    if "like" in documents[base][1]:
        raise RegistryError(
            documents[base][0], "like", "a part that others take over cannot itself take over one"
        )
    return _merged(documents[base][1], document)


def _with_districts(document: dict[str, Any]) -> dict[str, Any]:
    """`districts:` at the top stands for every part of `takes` that names none (the 13 district
    municipalities)."""
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


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(yaml.load(_SCHEMA_FILE.read_text(encoding="utf-8"), Loader=_YAML))  # noqa: S506


def _check(file: str, stem: str, document: dict[str, Any], folder: Path) -> None:
    wrong = best_match(_validator().iter_errors(document))
    if wrong is not None:
        raise RegistryError(file, ".".join(str(step) for step in wrong.absolute_path), wrong.message)
    if document["name"] != stem:
        raise RegistryError(file, "name", f"must be {stem!r}, as the file is called")
    driver = document["driver"]
    if driver != "manual" and "address" not in document:
        raise RegistryError(
            file, "address", f"the driver {driver} needs the name of a variable with the address"
        )
    if driver in ("rest_json", "soap"):
        _check_own_service(file, driver, document)
    if driver == "rest_json":
        _check_rest_json(file, document)
    if driver == "soap":
        document["soap"] = _with_wsdl(file, document["soap"], folder)
    if driver == "open311":
        text = document.get("open311", {}).get("description", "")
        _check_placeholders(file, "open311.description", text, REQUEST_FIELDS)
        kind = document.get("credentials", {}).get("kind", "none")
        if kind not in ("none", "api_key"):
            raise RegistryError(file, "credentials.kind", "open311 knows api_key or none")


def _check_own_service(file: str, driver: str, document: Mapping[str, Any]) -> None:
    """What `rest_json` and `soap` have in common."""
    part = document.get(driver)
    if part is None:
        raise RegistryError(file, driver, f"the driver {driver} needs this part")
    if document.get("credentials", {}).get("kind") == "api_key":
        raise RegistryError(file, "credentials.kind", f"{driver} does not know api_key")
    _check_placeholders(file, f"{driver}.submit.body", part["submit"]["body"], REQUEST_FIELDS)
    where = "path" if driver == "rest_json" else "body"
    for name, allowed in _READING_FIELDS.items():
        if name in part:
            _check_placeholders(file, f"{driver}.{name}.{where}", part[name][where], allowed)
    if document.get("idempotency", {}).get("kind") == "look_up" and "look_up" not in part:
        raise RegistryError(
            file, f"{driver}.look_up", "idempotency.kind is look_up, so the look-up must be given"
        )
    if "token" in part["submit"] and "token" not in part:
        raise RegistryError(
            file, f"{driver}.token", "submit gives a token, so the way to exchange it must be given"
        )


def _check_rest_json(file: str, document: Mapping[str, Any]) -> None:
    _check_placeholders(file, "rest_json.submit.path", document["rest_json"]["submit"]["path"], set())


def _with_wsdl(file: str, part: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The part with the whole path of its WSDL; every operation in it takes what the file would send."""
    from integrations.drivers.base import PermanentError
    from integrations.drivers.soap import binding, envelope  # zeep takes a third of a second to load

    wsdl = folder / part["wsdl"]
    if not wsdl.is_file():
        raise RegistryError(file, "soap.wsdl", f"there is no file {part['wsdl']} beside this one")
    try:
        binding(str(wsdl))
    except Exception as error:  # whatever zeep, lxml and the file system think of it
        raise RegistryError(file, "soap.wsdl", f"not readable: {type(error).__name__}") from error
    for name in ("submit", *_READING_FIELDS):
        if name in part:
            try:
                envelope(str(wsdl), part[name]["operation"], fill(part[name]["body"], _SAMPLE))
            except PermanentError as error:
                raise RegistryError(file, f"soap.{name}", str(error)) from error
    return {**part, "wsdl": str(wsdl)}


def _check_placeholders(file: str, key: str, template: Any, allowed: Iterable[str]) -> None:
    for name in sorted(placeholders(template) - set(allowed)):
        may = ", ".join(f"{{{one}}}" for one in sorted(allowed)) or "none"
        raise RegistryError(file, key, f"unknown placeholder {{{name}}}; there may be: {may}")


def _check_address(file: str, system: System) -> None:
    if system.url is None or system.simulated:
        return
    parts = urlsplit(system.url)
    name = system.environment_names[0]
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RegistryError(file, "address.url_env", f"{name} must hold an address like https://host/path")
    if parts.username or parts.password:
        raise RegistryError(file, "address.url_env", f"{name} must not hold a user name or password")
    if parts.query or parts.fragment:
        raise RegistryError(file, "address.url_env", f"{name} must not hold ? or #")


def _routing_table(systems: Mapping[str, System]) -> RoutingTable:
    routes: dict[tuple[str, str], Route] = {}
    rest: dict[str, Route] = {}
    for system in systems.values():
        route = Route(system.name, system.agency)
        for part in system.takes:
            for district in part.districts:
                if part.services == THE_REST:
                    _claim(rest, district, route, f"the rest of district {district}")
                    continue
                for code in part.services:
                    _claim(routes, (code, district), route, f"{code} in district {district}")
    return RoutingTable(routes, rest)


def _claim(table: dict[Any, Route], key: Any, route: Route, what: str) -> None:
    already = table.setdefault(key, route)
    if already.system != route.system:
        raise RegistryError(
            f"{route.system}.yml", "takes", f"{what} is taken already by {already.system}.yml"
        )
