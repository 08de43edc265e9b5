"""The `hamyar` command: thin doors to the parts. Each command says what it did, or one sentence on why it could not."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from app.apikey_cli import apikey
from app.block_cli import block
from app.operators_cli import export, requests, tasks
from app.settings import Settings, SettingsError, load_settings
from app.systems_cli import systems

app = typer.Typer(
    name="hamyar", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Hamyar, Mashhad's assistant for citizens' requests.",
)  # fmt: skip
database = typer.Typer(no_args_is_help=True, help="The database.")
app.add_typer(database, name="db")
app.add_typer(systems, name="systems")
app.add_typer(tasks, name="tasks")
app.add_typer(requests, name="requests")
app.add_typer(export, name="export")
app.add_typer(apikey, name="apikey")
app.add_typer(block, name="block")


class RoleName(str, Enum):
    """What can be run; `all` is everything under one supervisor."""

    all = "all"
    rasa = "rasa"
    bot = "bot"
    worker = "worker"
    web = "web"
    console = "console"
    simulator = "simulator"


def say(line: str) -> None:
    """One line for the person at the terminal, on standard error."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def settings_or_leave() -> Settings:
    """The settings; leaves with exit code 78 and the reasons where they are wrong."""
    try:
        return load_settings()
    except SettingsError as error:
        say(f"Hamyar cannot start with these settings.\n{error}")
        raise typer.Exit(78) from None


@app.command()
def run(
    role: Annotated[RoleName, typer.Option(help="Which part; all of them without it.")] = RoleName.all,
) -> None:
    """Run Hamyar: everything, or one role (docs/roles.md)."""
    from app import running

    settings = settings_or_leave()
    if role is RoleName.all:
        raise typer.Exit(running.run_all(settings, say))
    if role is RoleName.rasa:
        running.exec_rasa(settings, say)
    raise typer.Exit(running.run_one(role.value, settings))


@app.command()
def chat() -> None:
    """Talk to Hamyar in this terminal."""
    from app import running

    raise typer.Exit(running.run_with_chat(settings_or_leave(), say))


@app.command()
def train(
    if_needed: Annotated[
        bool, typer.Option("--if-needed", help="Only where no model fits the data.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Keep the new model even where it does worse.")
    ] = False,
) -> None:
    """Train the understanding from data/nlu/ into models/, and the emergency check into var/."""
    from concurrent.futures import ThreadPoolExecutor

    from app import nlu_jobs

    with ThreadPoolExecutor(1) as beside:  # the training is a process of its own
        learning = beside.submit(nlu_jobs.learn_dangers)
        model = nlu_jobs.fitting_or_trained(say) if if_needed else nlu_jobs.train(force=force)
        learning.result()
    say(f"The model that fits is {model.name}")


@app.command()
def parse(
    source: Annotated[
        Path, typer.Option("--in", exists=True, dir_okay=False, help="JSON lines, each with `text`.")
    ],
    target: Annotated[Path, typer.Option("--out", help="The same lines with what was understood.")],
) -> None:
    """Understand a file of messages with the trained model, no server running."""
    from app import nlu_jobs

    count = nlu_jobs.parse_file(source.resolve(), target, nlu_jobs.fitting_or_trained(say))
    say(f"{count} messages -> {target}")


@database.command("upgrade")
def db_upgrade() -> None:
    """Bring the database of DATABASE_URL to the newest schema."""
    from app.schema import upgrade

    upgrade(settings_or_leave().database_url)
    say("The database has the newest schema")


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The archive to write, e.g. hamyar-backup.tar.gz.")],
) -> None:
    """Database and attachments as one archive; Hamyar may go on running."""
    from app.safekeeping import back_up

    back_up(settings_or_leave(), target)
    say(f"Saved to {target}")


@app.command()
def restore(source: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Put a backup back where no database lies yet."""
    from app import safekeeping

    safekeeping.restore(settings_or_leave(), source)
    say("Restored; `hamyar db upgrade` brings it to the newest schema")


def main() -> int:
    """Run the command line; the exit code. Errors that a person can mend are one sentence."""
    from app.nlu_jobs import NluJobError
    from app.running import CannotStart
    from app.safekeeping import SafekeepingError

    try:
        app(standalone_mode=True)
    except (CannotStart, NluJobError, SafekeepingError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
