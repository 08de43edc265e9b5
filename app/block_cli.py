"""`hamyar block`: who is not worked on any more."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.plain import plain
from app.session_cli import with_session
from casework import blocks
from casework.tables import Block

block = typer.Typer(no_args_is_help=True, help="Senders and networks whose messages are not worked on.")
out = Console()
ACTOR = "administrator"


@block.command("add")
def add(
    channel: Annotated[str, typer.Argument(help="telegram, bale or webchat.")],
    who: Annotated[str, typer.Argument(help="The sender's id there; or a network like 203.0.113.0/24.")],
    reason: Annotated[str, typer.Option(help="Why; the audit keeps it.")],
    days: Annotated[int | None, typer.Option(min=1, help="For so long; without it until lifted.")] = None,
) -> None:
    """Block a sender or a network. What is written is kept, and present danger is answered all the same."""
    if channel not in ("telegram", "bale", "webchat"):
        out.print(f"There is no channel {channel}", style="red", markup=False)
        raise typer.Exit(1)
    is_network = channel == "webchat" and ("." in who or ":" in who)

    async def write(session: AsyncSession) -> int:
        row = await blocks.block(
            session,
            channel=channel,
            reason=reason,
            by=ACTOR,
            days=days,
            **({"network": who} if is_network else {"sender_id": who}),
        )
        return row.id

    try:
        number = with_session(write)
    except ValueError as error:
        out.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    out.print(f"Block {number} is in force")


@block.command("lift")
def lift(number: Annotated[int, typer.Argument(help="As `hamyar block list` shows it.")]) -> None:
    """Take a block away."""
    if not with_session(lambda session: blocks.lift(session, number, ACTOR)):
        out.print(f"There is no block {number} in force", style="red")
        raise typer.Exit(1)
    out.print(f"Block {number} is lifted")


@block.command("list")
def list_blocks() -> None:
    """Those in force."""

    async def read(session: AsyncSession) -> list[Block]:
        return list(await blocks.blocks(session))

    table = Table("number", "channel", "who", "since", "until", "reason")
    for row in with_session(read):
        until = f"{row.until:%Y-%m-%d}" if row.until else ""
        who = row.sender_id or row.network or ""
        table.add_row(
            str(row.id), row.channel, plain(who), f"{row.created_at:%Y-%m-%d}", until, plain(row.reason)
        )
    out.print(table)
