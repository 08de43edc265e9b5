"""`hamyar systems`: what municipal systems there are, whether their files are right, and who takes what."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import unquote_plus

import httpx
import typer
from rich.console import Console
from rich.table import Table

from app.paths import DATA
from app.settings import Settings, SettingsError, load_settings
from casework.catalogue import load_catalogue
from casework.routing import DISTRICTS
from integrations.drivers import IntegrationError, OutgoingRequest, build_driver
from integrations.registry import SYSTEMS_FOLDER, Registry, RegistryError, load_registry
from integrations.system import System

systems = typer.Typer(no_args_is_help=True, help="Municipal systems: integrations/systems/*.yml.")
out = Console()


def registry_of(settings: Settings) -> Registry:
    """The systems as `settings` name them: played by the simulator, or the files of a folder. Raises RegistryError."""
    if settings.simulated:
        return load_registry(SYSTEMS_FOLDER, os.environ, settings.hamyar_simulator_url)
    return load_registry(settings.systems_folder or SYSTEMS_FOLDER, os.environ)


def _registry_or_leave() -> Registry:
    try:
        return registry_of(load_settings())
    except (RegistryError, SettingsError) as error:
        out.print(str(error), style="red", markup=False)
        raise typer.Exit(78) from None


@systems.command("list")
def list_systems() -> None:
    """Every system: who answers, how it is reached, and what its file still lacks."""
    table = Table("system", "agency", "driver", "state", "lacks", box=None)
    for system in _registry_or_leave().systems.values():
        driver = "simulator" if system.simulated else system.driver
        table.add_row(system.name, system.agency, driver, system.state, ", ".join(system.missing) or "–")
    out.print(table)


@systems.command()
def check() -> None:
    """Check every file, and that each service in each of the 15 districts has exactly one system."""
    registry = _registry_or_leave()
    codes = [service.code for service in load_catalogue(DATA / "catalogue").fileable]
    gaps = registry.check_routing(codes)
    for gap in gaps:
        out.print(f"{gap.service_code} in {gap.district}: {gap.reason}", markup=False)
    by_hand = [system.name for system in registry.systems.values() if system.by_hand and not system.simulated]
    out.print(
        f"{len(registry.systems)} systems, {len(codes)} services x {len(DISTRICTS)} districts, {len(gaps)} gaps"
    )
    if by_hand:
        out.print(f"filed by an operator, for something is missing or not live yet: {', '.join(by_hand)}")
    raise typer.Exit(1 if gaps else 0)


@systems.command()
def route(
    service_code: Annotated[str, typer.Argument(help="A code of the catalogue, like bike_share.")],
    district: Annotated[str, typer.Argument(help="1 to 12, samen, unknown or outside.")] = "unknown",
) -> None:
    """Tell which system takes a service in a district."""
    if district not in DISTRICTS:
        out.print(f"{district} is no district; there are {', '.join(DISTRICTS)}", markup=False)
        raise typer.Exit(2)
    if service_code not in load_catalogue(DATA / "catalogue").services:
        out.print(f"the catalogue has no service {service_code}", markup=False)
        raise typer.Exit(2)
    found = _registry_or_leave().routing().route(service_code, district)
    out.print(f"{found.system}: {found.agency}", markup=False)


@systems.command("try")
def try_system(
    name: Annotated[str, typer.Argument(help="A system, as its file is called.")],
    service_code: Annotated[str, typer.Option("--service", help="A code of the catalogue.")] = "other",
) -> None:
    """Show the very request that would be sent to a system. Nothing is sent."""
    registry, catalogue = _registry_or_leave(), load_catalogue(DATA / "catalogue")
    if name not in registry.systems or service_code not in catalogue.services:
        out.print("no such system or service; see hamyar systems list", markup=False)
        raise typer.Exit(2)
    service = catalogue.service(service_code)
    request = OutgoingRequest(
        key="trial-1",
        tracking_number="100000009",
        service_code=service.code,
        service_name=service.name,
        description=service.description,
        requested_at=datetime.now(UTC),
        district="9",
        address=None,
        lat=36.2972,
        lon=59.6067,
    )
    for line in asyncio.run(_what_would_be_sent(registry.system(name), request)):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


async def _what_would_be_sent(system: System, request: OutgoingRequest) -> list[str]:
    if system.by_hand or system.url is None:
        lacks = f"; it lacks {', '.join(system.missing)}" if system.missing else ""
        return [f"{system.name}: an operator files it by hand (state {system.state}){lacks}"]
    sent: list[str] = []

    def keep(asked: httpx.Request) -> httpx.Response:
        sent.append(f"{asked.method} {asked.url.copy_with(query=None)}")
        sent.extend(f"{name}: {value}" for name, value in asked.headers.items() if name != "host")
        sent.append("")
        sent.append(unquote_plus(asked.content.decode("utf-8", errors="replace")).replace("&", "\n"))
        return httpx.Response(503)

    driver = build_driver(system, httpx.MockTransport(keep))
    try:
        await driver.submit(request)
    except IntegrationError:
        pass  # nobody answers: only the request counts here
    finally:
        await driver.aclose()
    secret = system.credentials.secret
    return [line.replace(secret, "<secret>") for line in sent] if secret else sent
