"""The real Rasa server, started as the supervisor starts it, with a model that takes seconds to train."""

from __future__ import annotations

import os
import stat
import subprocess
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.lifeline import VARIABLE
from app.paths import RASA_PYTHON, ROOT
from app.rasa_service import RasaServer, WrongModel, free_port, rasa_token, served_model

pytestmark = [
    pytest.mark.rasa,
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("rasa"),
    pytest.mark.skipif(
        not RASA_PYTHON.exists() and os.environ.get("CI") != "true", reason=".venv-rasa is missing"
    ),
]

CONFIG = """
    recipe: default.v1
    language: fa
    pipeline:
      - name: KeywordIntentClassifier
"""
EXAMPLES = """
    version: "3.1"
    nlu:
      - intent: greet
        examples: |
          - salam
          - dorood
      - intent: thanks
        examples: |
          - mersi
          - mamnoon
"""


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rasa")
    (folder / "config.yml").write_text(textwrap.dedent(CONFIG), encoding="utf-8")
    (folder / "nlu.yml").write_text(textwrap.dedent(EXAMPLES), encoding="utf-8")
    command = [str(RASA_PYTHON), "-m", "rasa", "train", "nlu", "--config", "config.yml", "--nlu", "nlu.yml"]
    subprocess.run(
        [*command, "--out", "models", "--fixed-model-name", "small"],
        cwd=folder,
        check=True,
        capture_output=True,
        env={**os.environ, "RASA_TELEMETRY_ENABLED": "false", "PYTHONWARNINGS": "ignore"},
    )
    return folder / "models" / "small.tar.gz"


Running = tuple[RasaServer, "subprocess.Popen[bytes]"]


def start(model: Path) -> Running:
    rasa = RasaServer(model=model, port=free_port(), token="t-" + "x" * 30)
    environment = {**os.environ, **rasa.environment, VARIABLE: "1"}
    process = subprocess.Popen(
        rasa.command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    return rasa, process


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    assert process.stdin is not None
    process.stdin.close()


@pytest.fixture(scope="module")
def server(small_model: Path) -> Iterator[Running]:
    """A server that is up, as `GET /status` says."""
    rasa, process = start(small_model)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if (
                httpx.get(f"{rasa.url}/status", params={"token": rasa.token}, trust_env=False).status_code
                == 200
            ):
                break
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    yield rasa, process
    end(process)


async def test_it_serves_the_model_it_was_told_to_to_those_with_the_token_only(
    server: Running,
) -> None:
    rasa, _ = server
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        assert await rasa.is_ready(client)
        parsed = await client.post(
            f"{rasa.url}/model/parse", params={"token": rasa.token}, json={"text": "salam"}
        )
        assert parsed.json()["intent"]["name"] == "greet"
        assert (await client.post(f"{rasa.url}/model/parse", json={"text": "salam"})).status_code == 401
        assert await served_model(client, rasa.url, "another token") is None


async def test_another_model_than_asked_for_is_noticed(
    server: Running,
) -> None:
    rasa, _ = server
    wanted = RasaServer(model=rasa.model.with_name("newer.tar.gz"), port=rasa.port, token=rasa.token)
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        with pytest.raises(WrongModel, match=r"small\.tar\.gz instead of newer"):
            await wanted.is_ready(client)


async def test_no_channel_is_open_beside_the_api(server: Running) -> None:
    rasa, _ = server
    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        for channel in ("rest", "cmdline", "socketio"):
            answer = await client.post(
                f"{rasa.url}/webhooks/{channel}/webhook", json={"sender": "1", "message": "salam"}
            )
            assert answer.status_code == 404


def test_the_list_of_processes_does_not_show_the_token(
    server: Running,
) -> None:
    rasa, process = server
    assert rasa.token not in Path(f"/proc/{process.pid}/cmdline").read_text()


def test_it_ends_when_the_supervisor_is_gone(small_model: Path) -> None:
    _, process = start(small_model)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(30) == 0
    end(process)


def test_a_missing_model_stops_the_start_instead_of_serving_another(small_model: Path) -> None:
    missing = RasaServer(model=small_model.with_name("missing.tar.gz"), port=free_port(), token="t")
    run = subprocess.run(
        missing.command,
        env={**os.environ, **missing.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2 and "missing.tar.gz" in run.stderr


def test_the_token_is_random_kept_and_for_us_alone(tmp_path: Path) -> None:
    file = tmp_path / "var" / "rasa-token"
    token = rasa_token(file=file)
    assert len(token) > 30 and rasa_token(file=file) == token
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert rasa_token("given", file=file) == "given"
