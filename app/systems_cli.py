"""`hamyar systems`: what municipal systems there are, whether their files are right, and who takes what."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import system_trials as trials
from app.municipal import registry_of
from app.paths import DATA
from app.session_cli import with_session
from app.settings import SettingsError, load_settings
from casework.by_hand import send_again
from casework.catalogue import load_catalogue
from casework.routing import DISTRICTS, RoutingError
from casework.tables import Delivery, ServiceRequest
from integrations.drivers import IntegrationError, OutgoingRequest
from integrations.file_checks import RegistryError
from integrations.outgoing import outgoing
from integrations.registry import Registry
from integrations.system import THE_REST, System

systems = typer.Typer(no_args_is_help=True, help="Municipal systems: integrations/systems/*.yml.")
out = Console()
MOST_COMPARED = 200


def registry_or_leave() -> Registry:
    try:
        return registry_of(load_settings())
    except (RegistryError, SettingsError) as error:
        out.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(78) from None


@systems.command("list")
def list_systems() -> None:
    """Every system: who answers, how it is reached, how many services it takes, and what its file still lacks."""
    table = Table("system", "agency", "driver", "state", "services", "lacks", box=None)
    for system in registry_or_leave().systems.values():
        driver = "simulator" if system.simulated else system.driver
        lacks = ", ".join(system.missing) or "–"
        table.add_row(system.name, system.agency, driver, system.state, _services(system), lacks)
    out.print(table)


def _services(system: System) -> str:
    """How many it takes, as in "18 and the rest"."""
    codes = {code for part in system.takes if part.services != THE_REST for code in part.services}
    said = [str(len(codes))] if codes else []
    if any(part.services == THE_REST for part in system.takes):
        said.append("the rest")
    return " and ".join(said) or "none yet"


@systems.command()
def check(
    live: Annotated[
        bool,
        typer.Option("--live", help="Ask every system that has an address: name, certificate, credentials."),
    ] = False,
) -> None:
    """Check every file, and that each service in each of the 15 districts has exactly one system."""
    registry = registry_or_leave()
    codes = [service.code for service in load_catalogue(DATA / "catalogue").fileable]
    gaps = registry.check_routing(codes)
    where: dict[tuple[str, str], list[str]] = {}
    for gap in gaps:
        where.setdefault((gap.service_code, gap.reason), []).append(gap.district)
    for (code, reason), districts in where.items():
        places = "all districts" if len(districts) == len(DISTRICTS) else ", ".join(districts)
        out.print(f"{code} in {places}: {reason}", markup=False, soft_wrap=True)
    taking = [system for system in registry.systems.values() if system.takes]
    by_hand: dict[str, list[str]] = {}
    for system in taking:
        if system.by_hand and not system.simulated:
            by_hand.setdefault(_why_by_hand(system), []).append(system.name)
    no_service = [system.name for system in registry.systems.values() if not system.takes]
    out.print(
        f"{len(registry.systems)} systems, {len(codes)} services x {len(DISTRICTS)} districts, {len(gaps)} gaps"
    )
    for why, names in by_hand.items():
        out.print(f"filed by an operator, for {why}: {', '.join(names)}", markup=False, soft_wrap=True)
    if no_service:
        out.print(f"no service is given to them yet: {', '.join(no_service)}", soft_wrap=True)
    answers = asyncio.run(trials.live(registry.systems.values())) if live else {}
    for name, (is_well, said) in answers.items():
        out.print(f"{name}: {said}", style=None if is_well else "red", markup=False, soft_wrap=True)
    raise typer.Exit(1 if gaps or not all(is_well for is_well, _ in answers.values()) else 0)


def _why_by_hand(system: System) -> str:
    if system.file_driver == "manual":
        return "their driver is manual"
    if system.missing:
        return "the environment lacks an address or a secret (see systems list)"
    return f"their state is {system.state}"


@systems.command()
def route(
    service_code: Annotated[str, typer.Argument(help="A code of the catalogue, like bike_share.")],
    district: Annotated[str, typer.Argument(help="1 to 12, samen, unknown or outside.")] = "unknown",
) -> None:
    """Tell which system takes a service in a district."""
    if district not in DISTRICTS:
        said = f"{district} is no district; there are {', '.join(DISTRICTS)}"
        out.print(said, markup=False, soft_wrap=True)
        raise typer.Exit(2)
    if service_code not in load_catalogue(DATA / "catalogue").services:
        out.print(
            f"the catalogue has no service {service_code}: see data/catalogue/services.yml", markup=False
        )
        raise typer.Exit(2)
    try:
        found = registry_or_leave().routing().route(service_code, district)
    except RoutingError:
        out.print(f"no system takes {service_code} in {district}; see hamyar systems check", markup=False)
        raise typer.Exit(1) from None
    out.print(f"{found.system}: {found.agency}", markup=False)


@systems.command("resend")
def resend(
    name: Annotated[str, typer.Argument(help="A system that is well again.")],
    uncertain: Annotated[
        bool, typer.Option("--uncertain", help="Also what may have arrived: you have looked, and it has not.")
    ] = False,
) -> None:
    """Send all again that has ended with an operator and is not done by her yet."""
    registry = registry_or_leave()
    if name not in registry.systems:
        out.print("no such system; see hamyar systems list", markup=False)
        raise typer.Exit(2)
    looks_up = asyncio.run(trials.tells_copies(registry.system(name)))
    again = with_session(lambda session: send_again(session, name, looks_up=looks_up, uncertain=uncertain))
    out.print(f"{again} requests go to {name} again", markup=False)


@systems.command("compare")
def compare(name: Annotated[str, typer.Argument(help="A system in shadow.")]) -> None:
    """Before a system goes live: what it says of requests that operators filed there by hand, beside ours."""
    registry, catalogue = registry_or_leave(), load_catalogue(DATA / "catalogue")
    if name not in registry.systems:
        out.print("no such system; see hamyar systems list", markup=False)
        raise typer.Exit(2)

    async def read(session: AsyncSession) -> list[tuple[str, OutgoingRequest]]:
        rows = await session.execute(
            select(Delivery, ServiceRequest)
            .join(ServiceRequest, ServiceRequest.id == Delivery.service_request_id)
            .where(Delivery.system == name, Delivery.external_id.is_not(None), Delivery.addition_id.is_(None))
            .order_by(Delivery.id.desc())
            .limit(MOST_COMPARED)
        )
        return [
            (str(delivery.external_id), outgoing(delivery.key, request, catalogue.services))
            for delivery, request in rows.all()
        ]

    try:
        lines = asyncio.run(trials.compare(registry.system(name), with_session(read)))
    except IntegrationError as error:
        out.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)


@systems.command("try")
def try_system(
    name: Annotated[str, typer.Argument(help="A system, as its file is called.")],
    service_code: Annotated[
        str | None, typer.Option("--service", help="A code of the catalogue; else the first that it takes.")
    ] = None,
    sample: Annotated[Path | None, typer.Option("--request", help="A JSON file: service_code, …")] = None,
    send_test: Annotated[bool, typer.Option("--send-test", help="File it, marked as a test.")] = False,
    external_id: Annotated[
        str | None, typer.Option("--read", help="Show what it says of this number.")
    ] = None,
    add_to: Annotated[
        str | None, typer.Option("--add", help="Post an update to this number, marked as a test.")
    ] = None,
) -> None:
    """Show the very request that would be sent to a system; with --send-test send it, with --read ask for one, with
    --add post an update to one."""
    registry, catalogue = registry_or_leave(), load_catalogue(DATA / "catalogue")
    if name not in registry.systems or (service_code and service_code not in catalogue.services):
        out.print("no such system or service; see hamyar systems list", markup=False)
        raise typer.Exit(2)
    system = registry.system(name)
    try:
        request = (
            trials.request_from(sample, catalogue)
            if sample
            else trials.request_to(system, catalogue, service_code)
        )
        elsewhere = None if external_id or add_to else trials.goes_elsewhere(registry, system, request)
        if elsewhere:
            out.print(elsewhere, style="yellow", markup=False, soft_wrap=True)
        if (external_id or send_test or add_to) and system.url is None:
            lines = [trials.by_hand(system)]
        elif add_to:
            lines = asyncio.run(trials.add_test(system, add_to))
        elif external_id:
            lines = asyncio.run(trials.read(system, external_id))
        elif send_test:
            lines = asyncio.run(trials.send_test(system, request))
        else:
            lines = asyncio.run(trials.what_would_be_sent(system, request))
    except trials.WrongSample as error:
        out.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except IntegrationError as error:
        out.print(f"{name}: {error}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)
