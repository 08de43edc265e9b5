"""`hamyar apikey`: who may file over Open311."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.session_cli import with_session
from casework import api_keys
from casework.tables import ApiKey

apikey = typer.Typer(no_args_is_help=True, help="Keys of the Open311 server (docs/open311.md).")
out = Console()


@apikey.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Whose key it is, e.g. the name of an application.")],
    service: Annotated[list[str] | None, typer.Option(help="Only this service; may be repeated.")] = None,
    per_minute: Annotated[int, typer.Option(min=1, help="Requests it may file a minute.")] = 60,
) -> None:
    """Make a key and print it: it cannot be shown again."""
    from app.wiring import DATA
    from casework.catalogue import load_catalogue

    known = {one.code for one in load_catalogue(DATA / "catalogue").fileable}
    strange = [code for code in service or [] if code not in known]
    if strange:
        out.print(f"There is no service {', '.join(strange)}", style="red")
        raise typer.Exit(1)
    try:
        key = with_session(lambda session: api_keys.add(session, name, service, per_minute))
    except ValueError as error:
        out.print(str(error), style="red")
        raise typer.Exit(1) from None
    print(key)  # noqa: T201  (alone on standard output, to be piped)


@apikey.command("revoke")
def revoke(name: str) -> None:
    """Take a key out of use."""
    if not with_session(lambda session: api_keys.revoke(session, name)):
        out.print(f"There is no key {name} in use", style="red")
        raise typer.Exit(1)
    out.print(f"{name} is revoked")


@apikey.command("list")
def list_keys() -> None:
    """Names, limits and dates; never the keys."""

    async def read(session: AsyncSession) -> list[ApiKey]:
        return list(await api_keys.every(session))

    table = Table("name", "services", "a minute", "since", "revoked")
    for key in with_session(read):
        services = ", ".join(key.services) if key.services else "all"
        revoked = f"{key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
        table.add_row(key.name, services, str(key.per_minute), f"{key.created_at:%Y-%m-%d}", revoked)
    out.print(table)
