"""A module of Rasa's environment run to its end, with a bar for the person who waits and its whole output in a log."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app.lifeline import die_with_parent
from app.logs import mask
from app.paths import LOGS, RASA_PYTHON, ROOT

_QUIET = {
    "PYTHONWARNINGS": "ignore",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "RASA_TELEMETRY_ENABLED": "false",
    "LOG_LEVEL": "ERROR",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "PYTHONUNBUFFERED": "1",
}
_STEP = re.compile(r"^\[(\d+)/(\d+)\] (.*)")
_SAID = re.compile(r"^( {6}\S|Done|The old model)")

Measure = Callable[[], tuple[int, int]]
"""How far the work is: (done, of all)."""


class RasaJobFailed(Exception):
    """`code`: the exit code; the text has the last words of the process."""

    def __init__(self, module: str, code: int, words: str) -> None:
        super().__init__(f"{module} ended with exit code {code}: {words}")
        self.code = code


def ask(arguments: list[str]) -> str:
    """The standard output of a short module run. Raises RasaJobFailed."""
    run = subprocess.run(
        _command(arguments), cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False
    )
    if run.returncode != 0:
        raise RasaJobFailed(arguments[0], run.returncode, _last_words(run.stderr.splitlines()))
    return run.stdout


def work(arguments: list[str], title: str, measure: Measure | None = None) -> None:
    """Run a long module: a bar (from `measure`, or from lines like `[1/3] …`), the rest into `var/log/`.

    Raises RasaJobFailed.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log_file = LOGS / f"{arguments[0]}.log"
    words: deque[str] = deque(maxlen=20)
    with log_file.open("w", encoding="utf-8") as log, _Bar(title) as bar:
        process = subprocess.Popen(
            _command(arguments),
            cwd=ROOT,
            env=_environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent(os.getpid()),
        )
        with log_file.open(encoding="utf-8", errors="replace") as written:
            while True:
                ended = process.poll() is not None
                for line in written.read().splitlines():
                    words.append(line)
                    bar.hear(line)
                if ended:
                    break
                if measure:
                    bar.move(*measure())
                time.sleep(0.2)
        if measure:
            bar.move(*measure())
    if process.returncode != 0:
        raise RasaJobFailed(arguments[0], process.returncode, _last_words(list(words)))


class _Bar:
    """A bar on a terminal; single lines elsewhere."""

    def __init__(self, title: str) -> None:
        self._console = Console(stderr=True)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._progress = Progress(
            *columns, console=self._console, transient=False, disable=not sys.stderr.isatty()
        )
        self._task = self._progress.add_task(title, total=None)
        self._live = sys.stderr.isatty()
        self._quarter = -1

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def hear(self, line: str) -> None:
        """A line of the process: a step moves the bar, what is meant for the person is shown."""
        step = _STEP.match(line)
        if step:
            self._progress.update(
                self._task, completed=int(step[1]) - 1, total=int(step[2]), description=step[3]
            )
        if (step and not self._live) or _SAID.match(line):
            self._console.print(f"  {line.strip()}", markup=False, highlight=False)

    def move(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total or None)
        quarter = 4 * done // total if total else 0
        if not self._live and done and quarter > self._quarter:
            self._quarter = quarter
            self._console.print(f"  {done} of {total}", markup=False, highlight=False)


def _command(arguments: list[str]) -> list[str]:
    if not RASA_PYTHON.exists():
        raise RasaJobFailed(
            arguments[0], 127, "Rasa's environment .venv-rasa is missing; `make run` makes it"
        )
    return [str(RASA_PYTHON), "-m", *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, **_QUIET, "PYTHONPATH": str(ROOT)}


def _last_words(lines: list[str]) -> str:
    said = [line.strip() for line in lines if line.strip() and "Warning" not in line]
    return mask(said[-1])[:300] if said else "it said nothing"


def lines_in(path: Path) -> int:
    """The lines of a file that another process may be writing; 0 where there is none yet."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 16), b""))
