"""What the supervisor starts: one process for each role, and how each shows that it is ready."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import httpx

from app.rasa_service import RasaServer
from app.settings import Settings

Ready = Callable[[httpx.AsyncClient], Awaitable[bool]]


@dataclass(frozen=True)
class Part:
    """One process. `ready` is asked again and again until True; None: ready as soon as it runs."""

    name: str
    title: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Ready | None = None
    patience: float = 60.0
    """Seconds until it must be ready."""


def answers(url: str) -> Ready:
    """Ready when a GET of `url` is answered without a server error."""

    async def ask(client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(url)).status_code < 500
        except httpx.HTTPError:
            return False

    return ask


def role_command(role: str) -> list[str]:
    """The command line of one of our own roles, in this very environment."""
    return [sys.executable, "-m", "app", "run", "--role", role]


def parts_for(settings: Settings, rasa: RasaServer | None, *, without: tuple[str, ...] = ()) -> list[Part]:
    """The parts of `hamyar run`, in the order they are started. `rasa` is None where RASA_URL names servers."""
    shared = {"HAMYAR_LOG_FORMAT": "json", "PYTHONUNBUFFERED": "1"}
    if rasa is not None:
        shared |= {"RASA_URL": rasa.url, "RASA_TOKEN": rasa.token}
    host = "127.0.0.1" if settings.hamyar_host in ("0.0.0.0", "::") else settings.hamyar_host  # noqa: S104
    parts: list[Part] = []
    if rasa is not None:
        parts.append(
            Part("rasa", "understanding", rasa.command, rasa.environment, ready=rasa.is_ready, patience=240.0)
        )
    if settings.simulated:
        parts.append(
            Part(
                "simulator", "simulated city", role_command("simulator"), shared,
                ready=answers(f"{settings.hamyar_simulator_url}/healthz"),
            )
        )  # fmt: skip
    parts += [
        Part("web", "web chat and public pages", role_command("web"), shared,
             ready=answers(f"http://{host}:{settings.hamyar_port}/healthz")),
        Part("worker", "worker", role_command("worker"), shared),
        Part("console", "operators' console", role_command("console"), shared,
             ready=answers(f"http://{host}:{settings.hamyar_console_port}/metrics")),
    ]  # fmt: skip
    if has_messenger(settings):
        parts.append(Part("bot", "messengers", role_command("bot"), shared))
    return [part for part in parts if part.name not in without]


def has_messenger(settings: Settings) -> bool:
    """True where a token of Telegram or Bale is set."""
    return any(token.get_secret_value() for token in (settings.telegram_bot_token, settings.bale_bot_token))


def child_environment(part: Part, lifeline: str) -> dict[str, str]:
    """The whole environment of a part's process."""
    return {**os.environ, **part.environment, lifeline: "1"}
