"""Make a virtual environment and bring it to what a pinned, hashed requirement file says.

An environment remembers in `.hamyar.json` the hash of each file it was brought to: nothing is asked of pip while
that stands. An interrupted installation has no entry, and the next start goes on with what pip finds there.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from progress import Progress, Trouble, say

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "var" / "log"
_PINNED = re.compile(r"^[A-Za-z0-9][\w.\-\[\]]*==", re.MULTILINE)


class Environment:
    """One virtual environment of the project."""

    def __init__(self, folder: str, find_python: Callable[[], str]) -> None:
        self.path = ROOT / folder
        self.python = self.path / "bin" / "python"
        self._find_python = find_python
        self._stamp = self.path / ".hamyar.json"

    def bring_to(self, requirements: str) -> None:
        """Install what `requirements` (a path below the root) pins, if that was not done yet. Raises Trouble."""
        self._make()
        wanted = hashlib.sha256((ROOT / requirements).read_bytes()).hexdigest()
        reached = self._reached()
        if reached.get(requirements) == wanted:
            return
        self._install(requirements)
        reached[requirements] = wanted
        self._stamp.write_text(json.dumps(reached, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def _make(self) -> None:
        if self._runs():
            return
        interpreter = self._find_python()
        say(f"  {self.path.name}: a new environment from {interpreter}")
        command = [interpreter, "-m", "venv", "--clear", str(self.path)]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            (self.path / "bin" / "python").unlink(missing_ok=True)
            raise Trouble(
                f"{interpreter} could not make {self.path.name}: {_last_line(made.stderr or made.stdout)}"
            )

    def _runs(self) -> bool:
        """False too where the folder was moved or its Python was taken away."""
        check = "import sys, pip; sys.exit(sys.prefix != sys.argv[1])"
        try:
            run = subprocess.run(
                [str(self.python), "-c", check, str(self.path)], capture_output=True, check=False
            )
        except OSError:
            return False
        return run.returncode == 0

    def _reached(self) -> dict[str, str]:
        try:
            known: dict[str, str] = json.loads(self._stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return known

    def _install(self, requirements: str) -> None:
        total = len(_PINNED.findall((ROOT / requirements).read_text(encoding="utf-8")))
        LOGS.mkdir(parents=True, exist_ok=True)
        log = LOGS / f"install-{Path(requirements).stem}.log"
        command = [str(self.python), "-m", "pip", "install", "--no-deps", "--require-hashes", "--no-input"]
        # Python compiles what is imported when it is; much of what Rasa brings with it never is.
        command += ["--no-compile"]
        command += ["--progress-bar", "off", "-r", str(ROOT / requirements)]
        progress = Progress(f"{self.path.name} <- {Path(requirements).name}", 2 * total)
        with log.open("wb") as output:
            pip = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
            try:
                while pip.poll() is None:
                    progress.update(*_how_far(log, self.path, total))
                    time.sleep(0.5)
            except BaseException:
                pip.terminate()
                pip.wait()
                raise
        if pip.returncode != 0:
            progress.close("stopped")
            raise Trouble(
                f"pip could not install {requirements}: {_reason(log)} ({log.relative_to(ROOT)} has it all)"
            )
        progress.close(f"{total} packages")


def _how_far(log: Path, environment: Path, total: int) -> tuple[int, str]:
    """Parts done of 2 x total (fetched, then laid down) and the package at work, read from pip's output."""
    text = log.read_text(encoding="utf-8", errors="replace")
    named = re.findall(r"^(?:Collecting|Requirement already satisfied:) ([^\s=;]+)", text, re.MULTILINE)
    if "Installing collected packages" not in text:
        return min(len(named), total), f"fetching {named[-1]}" if named else "starting"
    laid = len(list(environment.glob("lib/python3*/site-packages/*.dist-info")))
    return total + min(laid, total), f"installing, {laid} packages"


def _reason(log: Path) -> str:
    lines = [
        line.strip()
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
        if line.strip()
    ]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["no output"])[-1][:300]


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1][:300]
