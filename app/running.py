"""`hamyar run`: everything together under the supervisor, or one role in this process."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import gc
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from sqlalchemy.engine import make_url

from app.lifeline import watch_lifeline
from app.logs import set_up_logging
from app.nlu_jobs import fitting_or_trained
from app.parts import Part, has_messenger, parts_for
from app.rasa_service import RasaServer, free_port, port_is_free, rasa_token
from app.roles import ROLES, run_role
from app.schema import upgrade
from app.settings import Settings
from app.supervisor import WRONG_CONFIGURATION, Supervisor

Say = Callable[[str], None]

COLLECT_GARBAGE = (20_000, 20, 50)
"""Seldomer than Python does by itself: a turn makes thousands of objects, and hardly any of them in circles."""
SETTLED_SECONDS = 20.0
"""What is loaded by then stays (gazetteer, catalogue, texts): looking through it for garbage takes a third of a second,
in which nobody is answered."""


class CannotStart(Exception):
    """One sentence for the person at the terminal."""


def our_rasa(settings: Settings, say: Say) -> RasaServer | None:
    """The server we start ourselves, with a model that fits (trained now if none does); None if RASA_URL is set."""
    if settings.rasa_urls:
        return None
    model = fitting_or_trained(say)
    return RasaServer(model=model, port=free_port(), token=rasa_token(settings.rasa_token.get_secret_value()))


def refuse_taken_ports(settings: Settings) -> None:
    """Raises CannotStart with the setting to change."""
    wanted = [("HAMYAR_PORT", settings.hamyar_host, settings.hamyar_port)]
    wanted.append(("HAMYAR_CONSOLE_PORT", settings.hamyar_host, settings.hamyar_console_port))
    if settings.simulated:
        parts = urlsplit(settings.hamyar_simulator_url)
        wanted.append(("HAMYAR_SIMULATOR_URL", parts.hostname or "127.0.0.1", parts.port or 80))
    for name, host, port in wanted:
        if not port_is_free(host, port):
            raise CannotStart(f"Port {port} on {host} is taken by another program; set {name} to a free one.")


@contextlib.contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """One supervisor for one SQLite file, which has one writer (PostgreSQL takes several). Raises CannotStart."""
    database = make_url(settings.database_url).database
    lock_file = Path(f"{database}.lock") if settings.is_sqlite and database else None
    if lock_file is None:
        yield
        return
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with lock_file.open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            owner = lock.read().strip()
            raise CannotStart(f"Hamyar is running on this database already (process {owner}).") from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def run_all(settings: Settings, say: Say) -> int:
    """Start every part, say the address when all are ready, and stop them on Ctrl-C; the exit code."""
    with only_one(settings):
        refuse_taken_ports(settings)
        rasa = our_rasa(settings, say)
        upgrade(settings.database_url)
        if not has_messenger(settings):
            say(
                "  No TELEGRAM_BOT_TOKEN or BALE_BOT_TOKEN is set: only the web chat and the terminal are served"
            )
        address = f"\nHamyar is running. Open  {settings.public_url}/   (Ctrl-C stops it)"
        return asyncio.run(_supervise(parts_for(settings, rasa), say, lambda: say(address)))


def run_with_chat(settings: Settings, say: Say) -> int:
    """`hamyar chat`: what understanding and filing need, in the background, and a conversation in this terminal."""
    with only_one(settings):
        upgrade(settings.database_url)
        parts = parts_for(settings, our_rasa(settings, say), without=("web", "console", "bot"))
        return asyncio.run(_supervise(parts, say, None, lambda stop: run_role("chat", settings, stop)))


async def _supervise(
    parts: list[Part],
    say: Say,
    when_ready: Callable[[], None] | None,
    in_front: Callable[[asyncio.Event], Awaitable[None]] | None = None,
) -> int:
    """Run the parts; once all are ready call `when_ready`, or run `in_front` here and end with it."""
    supervisor = Supervisor(parts, say)
    supervisor.on_signals()
    running = asyncio.create_task(supervisor.run())
    ready = asyncio.create_task(supervisor.ready.wait())
    await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
    if ready.done() and not running.done():
        if when_ready:
            when_ready()
        if in_front:
            stop = asyncio.Event()
            front = asyncio.ensure_future(in_front(stop))
            await asyncio.wait({running, front}, return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            supervisor.stop()
            await front
    ready.cancel()
    return await running


def run_one(name: str, settings: Settings) -> int:
    """Run one role in this process until a signal comes or the supervisor is gone; the exit code."""
    set_up_logging(name, level=settings.hamyar_log_level, form=settings.hamyar_log_format)
    log = structlog.get_logger("hamyar")
    if name not in ROLES:
        log.error("no such role", role=name, known=sorted(ROLES))
        return WRONG_CONFIGURATION
    try:
        asyncio.run(_until_stopped(name, settings))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        log.error("the port is taken", detail=error.strerror)
        return WRONG_CONFIGURATION
    return 0


async def _until_stopped(name: str, settings: Settings) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    watch_lifeline(lambda: loop.call_soon_threadsafe(stop.set))
    gc.set_threshold(*COLLECT_GARBAGE)
    loop.call_later(SETTLED_SECONDS, gc.freeze)
    await run_role(name, settings, stop)


def exec_rasa(settings: Settings, say: Say) -> None:
    """`hamyar run --role rasa`: this process becomes the Rasa server, on loopback. Raises CannotStart."""
    model = fitting_or_trained(say)
    port = int(os.environ.get("RASA_PORT", "5005"))
    if not port_is_free("127.0.0.1", port):
        raise CannotStart(f"Port {port} is taken by another program; set RASA_PORT to a free one.")
    server = RasaServer(model=model, port=port, token=rasa_token(settings.rasa_token.get_secret_value()))
    say(f"Rasa will serve {model.name} at {server.url}")
    os.execve(server.command[0], server.command, {**os.environ, **server.environment})  # noqa: S606
