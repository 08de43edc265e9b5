"""`hamyar tasks` and `requests`: what needs a person, until the operators' console is there; `hamyar export nlu`: what
was learned."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.texts import Texts
from app.paths import DATA
from app.plain import plain
from app.request_sheet import Names, in_the_city, sheet
from app.session_cli import with_session
from app.systems_cli import registry_or_leave
from casework.by_hand import NotPossible, filed_by_hand, redirect
from casework.catalogue import load_catalogue
from casework.lifecycle import Lifecycle, TransitionRefused, load_lifecycle
from casework.requests import by_tracking_number
from casework.tables import LearningExample, OperatorTask, ServiceRequest
from casework.tasks import close_task
from persian.digits import to_persian
from persian.tracking import read, show

tasks = typer.Typer(no_args_is_help=True, help="What needs a person.")
requests = typer.Typer(no_args_is_help=True, help="Requests of citizens.")
export = typer.Typer(no_args_is_help=True, help="Write out what Hamyar has learned.")
out = Console()


@tasks.command("list")
def list_tasks(
    everything: Annotated[bool, typer.Option("--all", help="Closed ones as well.")] = False,
) -> None:
    """The open tasks, oldest first."""

    async def read(session: AsyncSession) -> list[tuple[OperatorTask, str | None]]:
        asked = (
            select(OperatorTask, ServiceRequest.tracking_number)
            .outerjoin(ServiceRequest, ServiceRequest.id == OperatorTask.service_request_id)
            .order_by(OperatorTask.id)
        )
        rows = await session.execute(asked if everything else asked.where(OperatorTask.state == "open"))
        return [(task, number) for task, number in rows.all()]

    known = names()
    heads = ("id", "kind", "since", "conversation", "request", "reason")
    table = Table(*(known.say(f"tasks.{head}") for head in heads))
    for task, number in with_session(read):
        cells = (
            to_persian(task.id),
            known.kind_of_task(task.kind),
            in_the_city(task.created_at),
            to_persian(task.conversation_id or ""),
            show(number) if number else "",
            task.reason,
        )
        table.add_row(*(plain(cell) for cell in cells))
    out.print(table)


@tasks.command("close")
def close(
    task_id: int,
    note: Annotated[str, typer.Option(help="What was done.")] = "",
    number: Annotated[
        str | None, typer.Option(help="You have filed the request by hand: the number that the system gave.")
    ] = None,
) -> None:
    """Close a task with a note, or with the number under which its request was filed by hand."""

    async def end(session: AsyncSession) -> bool:
        if number is not None:
            await filed_by_hand(session, lifecycle(), task_id, number.strip())
            return True
        return await close_task(session, task_id, note, "operator")

    if number is None and not note.strip():
        out.print("Say what was done: --note, or --number where it was filed by hand", style="red")
        raise typer.Exit(2)
    if not done_or_leave(end):
        out.print(f"There is no open task {task_id}", style="red")
        raise typer.Exit(1)


@requests.command("show")
def show_request(
    tracking_number: Annotated[str, typer.Argument(help="Nine digits, in any script.")],
) -> None:
    """All that it takes to file a request by hand: her words, the place, her answers, files, and where it was sent."""
    number = next((digits for digits, *_ in read(tracking_number)), "")
    rows = with_session(lambda session: sheet(session, number, names()))
    if rows is None:
        out.print("There is no such request", style="red")
        raise typer.Exit(1)
    table = Table("", "", show_header=False, box=None)
    for name, value in rows:
        table.add_row(plain(name), plain(value))
    out.print(table)


@requests.command("redirect")
def redirect_request(
    tracking_number: Annotated[str, typer.Argument(help="Nine digits, in any script.")],
    system: Annotated[str, typer.Argument(help="The system that takes it from here, as its file is called.")],
    note: Annotated[str | None, typer.Option(help="Why; the citizen reads it.")] = None,
) -> None:
    """Give a request to another system; its tracking number stays, and the citizen is told."""
    number = next((digits for digits, *_ in read(tracking_number)), "")
    registry = registry_or_leave()
    if system not in registry.systems:
        out.print("no such system; see hamyar systems list", markup=False)
        raise typer.Exit(2)

    async def work(session: AsyncSession) -> bool:
        request = await by_tracking_number(session, number)
        if request is None:
            return False
        await redirect(session, lifecycle(), request, system, registry.system(system).agency, note)
        return True

    if not done_or_leave(work):
        out.print("There is no such request", style="red")
        raise typer.Exit(1)


def done_or_leave(work: Callable[[AsyncSession], Awaitable[bool]]) -> bool:
    """What `work` gives; leaves with its reason where it is not possible."""
    try:
        return with_session(work)
    except (NotPossible, TransitionRefused) as error:
        out.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None


def names() -> Names:
    services = load_catalogue(DATA / "catalogue").services
    return Names(Texts.load(DATA / "messages"), services, lifecycle())


def lifecycle() -> Lifecycle:
    return load_lifecycle(DATA / "catalogue" / "lifecycle.yml")


@export.command("nlu")
def export_nlu(
    target: Annotated[Path, typer.Option("--out", help="The YAML file to write.")] = Path("learned.yml"),
) -> None:
    """What citizens confirmed, chose and corrected, as Rasa training data to be reviewed by a person."""

    async def read(session: AsyncSession) -> list[LearningExample]:
        return list(await session.scalars(select(LearningExample).order_by(LearningExample.service_code)))

    examples = with_session(read)
    blocks: dict[str, list[str]] = {}
    for example in examples:
        words = " ".join(example.text.split()).translate(str.maketrans("[]{}", "()()"))
        lines = blocks.setdefault(example.service_code, [])
        if f"- {words}" not in lines:
            lines.append(f"- {words}")
    nlu = [
        {"intent": "request", "metadata": {"service": code}, "examples": "\n".join(lines) + "\n"}
        for code, lines in blocks.items()
    ]
    target.write_text(
        yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True, sort_keys=False, width=10_000),
        encoding="utf-8",
    )
    out.print(f"{sum(map(len, blocks.values()))} examples of {len(blocks)} services -> {target}")
