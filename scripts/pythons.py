"""Find the two Pythons: 3.11 or later for what faces the internet, exactly 3.10 for Rasa.

Each candidate is asked for its version, for a pyenv shim may be on PATH and yet run nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from progress import Trouble, say

Version = tuple[int, int]
NEWEST_TRIED: Version = (3, 13)
"""The newest Python the pinned app packages were installed on."""


def version_of(python: str | Path) -> Version | None:
    """(major, minor) of an interpreter that runs and can make virtual environments, else None."""
    code = "import sys, venv, ensurepip; print(*sys.version_info[:2])"
    try:
        run = subprocess.run(
            [str(python), "-c", code], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.fullmatch(r"(\d+) (\d+)\s*", run.stdout)
    return (int(found[1]), int(found[2])) if run.returncode == 0 and found else None


def _candidates(minors: tuple[int, ...]) -> Iterator[str | Path]:
    """Interpreters that might be the wanted ones: this one, PATH, pyenv, the system, uv."""
    if sys.version_info[1] in minors:
        yield sys.executable
    for minor in minors:
        on_path = shutil.which(f"python3.{minor}")
        if on_path:
            yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")

    def numbers(folder: Path) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", folder.name)]

    for minor in minors:
        newest_first = sorted(
            pyenv.glob(f"versions/3.{minor}.*"),
            key=lambda p: [int(n) for n in re.findall(r"\d+", p.name)],
            reverse=True,
        )
        yield from (folder / "bin" / "python" for folder in newest_first)
    for minor in minors:
        for folder in ("/usr/bin", "/usr/local/bin", f"/opt/python3.{minor}/bin", "/opt/homebrew/bin"):
            yield Path(folder) / f"python3.{minor}"
    uv = shutil.which("uv")
    if uv:
        for minor in minors:
            yield from _asked_of_uv(uv, minor)


def _asked_of_uv(uv: str, minor: int) -> Iterator[str]:
    command = [uv, "python", "find", "--managed-python", f"3.{minor}"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if run.returncode == 0 and run.stdout.strip():
        yield run.stdout.strip().splitlines()[0]


def _first(minors: tuple[int, ...]) -> str | None:
    for candidate in _candidates(minors):
        version = version_of(candidate)
        if version and version[0] == 3 and version[1] in minors:
            return str(candidate)
    return None


def find_app_python() -> str:
    """Python 3.11 or later. Raises Trouble with what to do."""
    found = _first(tuple(range(11, NEWEST_TRIED[1] + 1)))
    if found:
        return found
    raise Trouble(
        "Python 3.11 or later with venv was not found; install it (on Debian: apt-get install python3-venv) "
        "and start again."
    )


def find_rasa_python() -> str:
    """Python 3.10, the last one that Rasa 3.6 runs on; uv is asked to bring it where there is none. Raises Trouble."""
    found = _first((10,))
    if found:
        return found
    uv = shutil.which("uv")
    if uv:
        say("  Python 3.10 was not found; asking uv for it")
        subprocess.run([uv, "python", "install", "3.10"], timeout=900, check=False)
        for candidate in _asked_of_uv(uv, 10):
            if version_of(candidate) == (3, 10):
                return candidate
    raise Trouble(
        "Python 3.10, which Rasa needs, was not found on PATH, in pyenv or in /usr/bin; install it "
        "(pyenv install 3.10, or uv python install 3.10) and start again."
    )
