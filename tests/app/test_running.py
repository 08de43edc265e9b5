"""`hamyar run` as a person starts it: every role as a process of its own, one address, Ctrl-C, nothing left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.paths import ROOT
from app.rasa_service import free_port
from app.settings import setting_names

pytestmark = [pytest.mark.timeout(120), pytest.mark.slow, pytest.mark.xdist_group("run")]


def settings_for(folder: Path) -> dict[str, str]:
    """The environment of a start beside others: own ports and database; understanding is somewhere, not answering."""
    clean = {name: value for name, value in os.environ.items() if name not in setting_names()}
    return {
        **clean,
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'hamyar.db'}",
        "HAMYAR_ATTACHMENTS": str(folder / "attachments"),
        "HAMYAR_PORT": str(free_port()),
        "HAMYAR_CONSOLE_PORT": str(free_port()),
        "HAMYAR_SIMULATOR_URL": f"http://127.0.0.1:{free_port()}",
        "RASA_URL": f"http://127.0.0.1:{free_port()}",
    }


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    environment = settings_for(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "run"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    yield process, environment
    process.kill()
    process.wait()
    assert process.stderr is not None
    process.stderr.close()


def read_until_running(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "Hamyar is running" in line:
            return line
    pytest.fail("it ended: " + "".join(said))


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(word) for word in listed.stdout.split() if Path(f"/proc/{word}").exists()]


def wait_until_gone(pids: list[int], seconds: float = 5.0) -> list[int]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(Path(f"/proc/{pid}").exists() for pid in pids):
        time.sleep(0.05)
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_says_one_address_that_answers_and_ends_without_orphans(
    started: tuple[subprocess.Popen[str], dict[str, str]], ending: signal.Signals
) -> None:
    process, environment = started
    line = read_until_running(process)
    address = f"http://127.0.0.1:{environment['HAMYAR_PORT']}/"
    assert address in line
    assert httpx.get(address, timeout=10, trust_env=False).status_code == 200
    assert httpx.get(f"{address}healthz", timeout=10, trust_env=False).status_code == 200
    children = children_of(process.pid)
    assert len(children) >= 4
    process.send_signal(ending)
    assert process.wait(30) == 0
    assert wait_until_gone(children) == []


def test_killed_itself_it_leaves_no_orphan(started: tuple[subprocess.Popen[str], dict[str, str]]) -> None:
    process, _ = started
    read_until_running(process)
    children = children_of(process.pid)
    process.kill()
    process.wait()
    assert wait_until_gone(children) == []


def test_a_second_start_on_the_same_database_is_refused_in_one_sentence(
    started: tuple[subprocess.Popen[str], dict[str, str]],
) -> None:
    process, environment = started
    read_until_running(process)
    again = subprocess.run(
        [sys.executable, "-m", "app", "run"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 1
    assert f"(process {process.pid})" in again.stderr and "Traceback" not in again.stderr


def test_a_taken_port_is_named_with_the_setting_to_change(tmp_path: Path) -> None:
    environment = settings_for(tmp_path)
    with socket.create_server(("127.0.0.1", int(environment["HAMYAR_PORT"]))):
        run = subprocess.run(
            [sys.executable, "-m", "app", "run"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 1
    assert "HAMYAR_PORT" in run.stderr and "Traceback" not in run.stderr


def test_wrong_settings_stop_the_start_with_their_names(tmp_path: Path) -> None:
    environment = settings_for(tmp_path) | {"HAMYAR_HOST": "0.0.0.0", "TELEGRAM_BOT_TOKEN": "1:secret"}
    run = subprocess.run(
        [sys.executable, "-m", "app", "run"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 78
    assert "HAMYAR_SECRET_KEY" in run.stderr and "secret" not in run.stderr.replace("SECRET", "")
