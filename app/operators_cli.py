"""`hamyar tasks`: what needs a person, until the operators' console is there; `hamyar export nlu`: what was learned."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.plain import plain
from app.session_cli import with_session
from casework.tables import LearningExample, OperatorTask
from casework.tasks import close_task

tasks = typer.Typer(no_args_is_help=True, help="What needs a person.")
export = typer.Typer(no_args_is_help=True, help="Write out what Hamyar has learned.")
out = Console()


@tasks.command("list")
def list_tasks(
    everything: Annotated[bool, typer.Option("--all", help="Closed ones as well.")] = False,
) -> None:
    """The open tasks, oldest first."""

    async def read(session: AsyncSession) -> list[OperatorTask]:
        asked = select(OperatorTask).order_by(OperatorTask.id)
        return list(await session.scalars(asked if everything else asked.where(OperatorTask.state == "open")))

    table = Table("id", "kind", "since", "conversation", "request", "reason")
    for task in with_session(read):
        since = f"{task.created_at:%Y-%m-%d %H:%M}"
        cells = (
            task.id,
            task.kind,
            since,
            task.conversation_id or "",
            task.service_request_id or "",
            task.reason,
        )
        table.add_row(*(plain(cell) for cell in cells))
    out.print(table)


@tasks.command("close")
def close(task_id: int, note: Annotated[str, typer.Option(help="What was done.")]) -> None:
    """Close a task with a note."""

    async def end(session: AsyncSession) -> bool:
        return await close_task(session, task_id, note, "operator")

    if not with_session(end):
        out.print(f"There is no open task {task_id}", style="red")
        raise typer.Exit(1)


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
