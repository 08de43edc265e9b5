"""The understanding service as a process: its model, its token, its command line, and the proof of what it serves."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.paths import RASA_PYTHON, ROOT, VAR

TOKEN_FILE = VAR / "rasa-token"
_SCRIPT = ROOT / "scripts" / "rasa_server.py"


@dataclass(frozen=True)
class RasaServer:
    """One server on loopback. `model` is the file it must serve."""

    model: Path
    port: int
    token: str
    python: Path = RASA_PYTHON

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def command(self) -> list[str]:
        return [str(self.python), str(_SCRIPT), str(self.model)]

    @property
    def environment(self) -> dict[str, str]:
        """What is added to the environment: the token is here, for others can list command lines."""
        return {"RASA_TOKEN": self.token, "RASA_HOST": "127.0.0.1", "RASA_PORT": str(self.port)}

    async def is_ready(self, client: httpx.AsyncClient) -> bool:
        """True when it answers and serves the model it was told to: Rasa silently takes another where that is missing.

        Raises WrongModel.
        """
        served = await served_model(client, self.url, self.token)
        if served is None:
            return False
        if served != self.model.name:
            raise WrongModel(f"Rasa serves {served or 'no model'} instead of {self.model.name}")
        return True


class WrongModel(Exception):
    """A Rasa server that serves another model than it was told to."""


async def served_model(client: httpx.AsyncClient, url: str, token: str) -> str | None:
    """The file name of the model that a server has loaded; None where it does not answer (yet)."""
    try:
        answer = await client.get(f"{url}/status", params={"token": token})
    except httpx.HTTPError:
        return None
    if answer.status_code != 200:
        return None
    return Path(str(answer.json().get("model_file") or "")).name


def rasa_token(given: str = "", file: Path = TOKEN_FILE) -> str:
    """The token between the worker and Rasa: the given one, or a random one kept in `file` (mode 600)."""
    if given:
        return given
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii").strip()
    token = secrets.token_urlsafe(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as written:
        written.write(token + "\n")
    return token


def free_port() -> int:
    """A port on loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(host: str, port: int) -> bool:
    """False where another process listens on it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
