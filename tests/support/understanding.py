"""The real Rasa server with the model that fits, started once for a test process."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from app.nlu_jobs import fitting_model, train
from app.paths import ROOT
from app.rasa_service import RasaServer, free_port


@dataclass(frozen=True)
class RunningRasa:
    url: str
    token: str
    process_id: int | None = None
    """None where it is not ours."""


def running_rasa(seconds: float = 120.0) -> Iterator[RunningRasa]:
    """Start it (training first where no model fits the data) and stop it afterwards.

    Where RASA_URL and RASA_TOKEN are set, that server is used: quicker while the data is being worked on.
    """
    if os.environ.get("RASA_URL"):
        yield RunningRasa(os.environ["RASA_URL"], os.environ.get("RASA_TOKEN", ""))
        return
    server = RasaServer(model=fitting_model() or train(), port=free_port(), token="t-" + "x" * 30)
    process = subprocess.Popen(
        server.command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **server.environment},
        start_new_session=True,
    )
    try:
        end = time.monotonic() + seconds
        while not _serves(server):
            assert process.poll() is None, "Rasa ended while it was starting"
            assert time.monotonic() < end, f"Rasa did not answer within {seconds:g} s"
            time.sleep(0.3)
        yield RunningRasa(server.url, server.token, process.pid)
    finally:
        process.kill()
        process.wait()


def _serves(server: RasaServer) -> bool:
    try:
        answer = httpx.get(f"{server.url}/status", params={"token": server.token}, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and str(answer.json().get("model_file", "")).endswith(server.model.name)


@pytest.fixture(scope="session")
def rasa() -> Iterator[RunningRasa]:
    """Shared by all tests of a process that need real understanding."""
    yield from running_rasa()
