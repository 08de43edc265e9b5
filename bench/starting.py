"""How long the first and the second start take: a fresh clone, `make run`, until the address is printed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from app.paths import ROOT
from app.rasa_service import free_port

ADDRESS = re.compile(rb"Hamyar is running\. Open")


def report() -> None:
    """Clone what is committed into an empty folder and start it twice."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "hamyar"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        print("| start | until the address is printed |\n| --- | --- |")
        for name in ("first (both environments, training)", "second"):
            print(f"| {name} | {_start(clone):.0f} s |", flush=True)


def _start(clone: Path) -> float:
    ports = {"HAMYAR_PORT": free_port(), "HAMYAR_CONSOLE_PORT": free_port()}
    environment = {name: str(port) for name, port in ports.items()}
    environment["HAMYAR_SIMULATOR_URL"] = f"http://127.0.0.1:{free_port()}"
    begin = time.monotonic()
    running = subprocess.Popen(
        ["make", "run"],
        cwd=clone,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert running.stdout is not None
    try:
        for line in running.stdout:
            if ADDRESS.search(line):
                return time.monotonic() - begin
        raise RuntimeError(f"make run ended with {running.wait()} before it printed an address")
    finally:
        os.killpg(running.pid, signal.SIGINT)
        running.stdout.close()
        running.wait(60)
