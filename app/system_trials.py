"""Looking at one municipal system before it is trusted: what would be sent, one marked test, one status, is it there.

A system in draft or shadow is tried as well, if its address and secrets are set: that is when trials are made.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus, urlsplit

import httpx

from actions.texts import Texts
from app.paths import DATA
from casework.catalogue import Catalogue, Service
from casework.routing import DISTRICTS, RoutingError
from integrations.drivers import Driver, IntegrationError, OutgoingAddition, OutgoingRequest, build_driver
from integrations.mail.letter import letter
from integrations.registry import Registry
from integrations.system import THE_REST, System

_FIELDS = {"service_code": str, "description": str, "district": str, "address": str, "lat": float, "lon": float,
           "attributes": dict}  # fmt: skip


class WrongSample(Exception):
    """What is wrong with the file of a sample request."""


def request_for(service: Service, **more: Any) -> OutgoingRequest:
    """A made-up request of a service."""
    known: dict[str, Any] = {
        "description": service.description,
        "district": "9",
        "lat": 36.2972,
        "lon": 59.6067,
    }
    return OutgoingRequest(
        key="trial-1",
        tracking_number="100000009",
        service_code=service.code,
        service_name=service.name,
        requested_at=datetime.now(UTC),
        **(known | more),
    )


def request_to(system: System, catalogue: Catalogue, service_code: str | None = None) -> OutgoingRequest:
    """A made-up request as this system gets them: of a service that it takes, in a district where it takes it."""
    for part in system.takes:
        codes = ("other",) if part.services == THE_REST else part.services
        for code in codes:
            if code in catalogue.services and service_code in (None, code):
                return request_for(catalogue.service(code), district=part.districts[0])
    return request_for(catalogue.service(service_code or "other"))


def request_from(path: Path, catalogue: Catalogue) -> OutgoingRequest:
    """The request of a JSON file: service_code, and as far as wanted description, district, address, lat, lon,
    attributes. Raises WrongSample."""
    try:
        asked = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WrongSample(f"{path}: {type(error).__name__}") from None
    if not isinstance(asked, dict) or asked.get("service_code") not in catalogue.services:
        raise WrongSample(f"{path}: service_code must be a code of the catalogue")
    for name, value in asked.items():
        kind = _FIELDS.get(name)
        if kind is None:
            raise WrongSample(f"{path}: unknown field {name}; there are: {', '.join(_FIELDS)}")
        if not isinstance(value, (int, float) if kind is float else kind):
            raise WrongSample(f"{path}: {name} must be {kind.__name__}")
    if asked.get("district", "9") not in DISTRICTS:
        raise WrongSample(f"{path}: district must be one of {', '.join(DISTRICTS)}")
    return request_for(catalogue.service(asked.pop("service_code")), **asked)


def goes_elsewhere(registry: Registry, system: System, request: OutgoingRequest) -> str | None:
    """A sentence where such a request of a citizen would go to another system."""
    try:
        taken = registry.routing().route(request.service_code, request.district).system
    except RoutingError:
        taken = "no system"
    if taken == system.name:
        return None
    return (
        f"note: {request.service_code} in district {request.district} goes to {taken}, not to {system.name}"
    )


async def what_would_be_sent(system: System, request: OutgoingRequest) -> list[str]:
    """The lines of the very request, its secrets masked. Nothing is sent."""
    if system.url is None:
        return [by_hand(system)]
    if system.mail is not None:
        asked = letter(request, system, system.mail, urlsplit(system.url).path)
        return [*(f"{name}: {value}" for name, value in asked.items()), "", str(asked.get_content())]
    sent: list[str] = []

    def keep(asked: httpx.Request) -> httpx.Response:
        if str(asked.url) == system.credentials.token_url:
            return httpx.Response(200, json={"access_token": "made-up"})  # the request is what is to be seen
        sent.append(f"{asked.method} {asked.url}")
        hidden = {"authorization", (system.credentials.header or "").lower()}
        for name, value in asked.headers.items():
            if name != "host":
                sent.append(f"{name}: {'<secret>' if name in hidden else value}")
        text = asked.content.decode("utf-8", errors="replace")
        if asked.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            text = unquote_plus(text.replace("&", "\n"))
        sent.extend(["", text])
        return httpx.Response(503)

    try:
        await _with(system, lambda driver: driver.submit(request), httpx.MockTransport(keep))
    except IntegrationError as error:
        if not sent:
            return [f"{system.name}: {error}"]
    return [_masked(line, system.credentials.secret) for line in sent]


def _masked(line: str, secret: str | None) -> str:
    """Without the secret, however it is written there."""
    if secret:
        for written in {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}:
            line = line.replace(written, "<secret>")
    return line


async def send_test(system: System, request: OutgoingRequest) -> list[str]:
    """File one marked test at the real system. Raises IntegrationError."""
    mark = Texts.load(DATA / "messages").say("task.test_mark")
    marked = replace(
        request, key=f"test-{secrets.token_hex(8)}", description=f"{mark}\n{request.description}"
    )
    receipt = await _with(system, lambda driver: driver.submit(marked))
    got = "it gives no number (a black box)"
    if receipt.external_id or receipt.token:
        got = f"number {receipt.external_id}" if receipt.external_id else f"token {receipt.token}"
    return [f"{system.name} took the test: {got}"]


async def add_test(system: System, number: str) -> list[str]:
    """Put one marked update to a request that the system has, as what she says later. Raises IntegrationError."""
    addition = OutgoingAddition(
        key=f"test_{secrets.token_hex(8)}",
        number=number,
        tracking_number="100000009",
        words=Texts.load(DATA / "messages").say("task.test_mark"),
        said_at=datetime.now(UTC),
    )
    receipt = await _with(system, lambda driver: driver.add(addition))
    return [f"{system.name} took the update: {receipt.external_id}"]


async def read(system: System, external_id: str) -> list[str]:
    """What the system says of one of its numbers: its words and ours. Raises IntegrationError."""
    if system.mail is not None:
        return [f"{system.name}: a desk with e-mail answers by itself, it cannot be asked"]
    reports = await _with(system, lambda driver: driver.status([external_id]))
    if not reports:
        return [f"{system.name} has no {external_id}"]
    (report,) = reports
    ours = report.status or "a word that its file does not map"
    return [
        f"status: {report.raw_status} -> {ours}",
        f"updated: {report.updated_at.isoformat() if report.updated_at else 'not said'}",
        f"agency: {report.agency or 'not said'}",
        f"notes: {report.notes or 'none'}",
        f"raw: {json.dumps(report.raw, ensure_ascii=False, default=str)}",
    ]


async def compare(system: System, filed: Sequence[tuple[str, OutgoingRequest]]) -> list[str]:
    """What a system says of requests that operators have filed there by hand (its number, what we would have sent):
    a line for each difference, and a summary. Reads only. Raises IntegrationError."""
    if system.url is None:
        return [by_hand(system)]
    reports = await _with(system, lambda driver: driver.status([number for number, _ in filed]))
    known = {report.external_id: report for report in reports}
    lines: list[str] = []
    for number, request in filed:
        report = known.get(number)
        if report is None:
            lines.append(f"{number}: it does not know this number")
            continue
        said, ours = report.raw.get("service_code"), system.their_code(request.service_code)
        if said is not None and said != ours:
            lines.append(f"{number}: filed there as {said}, we would have said {ours}")
        if report.status is None:
            lines.append(f"{number}: its file has no meaning for the status {report.raw_status!r}")
    return [*lines, f"{len(filed)} compared, {len(known)} known there, {len(lines)} differences"]


async def live(systems: Iterable[System]) -> dict[str, tuple[bool, str]]:
    """Name, certificate, credentials of every system that has an address: (well, what was said)."""

    async def one(system: System) -> tuple[str, tuple[bool, str]]:
        try:
            return system.name, (True, await _with(system, lambda driver: driver.probe()))
        except IntegrationError as error:
            return system.name, (False, str(error))

    return dict(await asyncio.gather(*(one(system) for system in systems if system.url)))


async def tells_copies(system: System) -> bool:
    """Whether what may have arrived can be sent again without the danger of a second copy. Asks nobody."""

    async def look(driver: Driver) -> bool:
        return driver.can_look_up or driver.repeats_safely

    return system.url is not None and bool(await _with(system, look))


def by_hand(system: System) -> str:
    lacks = f"; it lacks {', '.join(system.missing)}" if system.missing else ""
    return f"{system.name}: an operator files it by hand (state {system.state}){lacks}"


async def _with(system: System, call: Any, transport: httpx.AsyncBaseTransport | None = None) -> Any:
    driver: Driver = build_driver(replace(system, state="live"), transport)
    try:
        return await call(driver)
    finally:
        await driver.aclose()
