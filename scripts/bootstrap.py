#!/usr/bin/env python3
"""Set up what a fresh machine lacks. Standard library only, any Python from 3.9 on.

    python3 scripts/bootstrap.py [app] [rasa] [dev] [assets] [browser]

    app      .venv: requirements/app.txt and the `hamyar` command
    rasa     .venv-rasa: requirements/rasa.txt, on Python 3.10
    dev      what tests and checks need besides: requirements/dev.txt on top of app
    assets   fonts and scripts for the pages, from npm
    browser  Debian's chromium, where it is missing and this runs as root
Each part is left alone when it is as its requirement file says; an interrupted run goes on at the next start.
"""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from assets import fetch_assets
from browser import have_browser
from environments import ROOT, Environment
from progress import Trouble, say
from pythons import find_app_python, find_rasa_python

_COMMAND = """#!{python}
import sys

from app.cli import main

sys.exit(main())
"""


def set_up_app() -> Environment:
    """`.venv` with what the services need, and our own packages and command without a build step."""
    environment = Environment(".venv", find_app_python)
    environment.bring_to("requirements/app.txt")
    for site in environment.path.glob("lib/python3*/site-packages"):
        _write(site / "hamyar.pth", f"{ROOT}\n")
    command = environment.path / "bin" / "hamyar"
    _write(command, _COMMAND.format(python=environment.python))
    command.chmod(0o755)
    return environment


def set_up_dev() -> None:
    """What tests and checks need, on top of the services' packages (the versions are the same)."""
    set_up_app().bring_to("requirements/dev.txt")


def set_up_rasa() -> None:
    """`.venv-rasa`: 172 packages, 2.8 GB."""
    Environment(".venv-rasa", find_rasa_python).bring_to("requirements/rasa.txt")


PARTS = {
    "app": set_up_app,
    "dev": set_up_dev,
    "rasa": set_up_rasa,
    "assets": fetch_assets,
    "browser": have_browser,
}


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def main(names: list[str]) -> int:
    """Set up the named parts (all but dev and browser without names); 0, or 1 after one sentence on the trouble."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        say(f"Unknown part {unknown[0]!r}; there are {', '.join(PARTS)}.")
        return 2
    os.chdir(ROOT)
    Path("var").mkdir(exist_ok=True)
    with Path("var/bootstrap.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("  Another set-up is at work in this folder; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            for name in names or ["app", "rasa", "assets"]:
                PARTS[name]()
        except Trouble as trouble:
            say(f"\nHamyar could not be set up. {trouble}")
            return 1
        except KeyboardInterrupt:
            say("\nInterrupted; the next start goes on from here.")
            return 130
        except OSError as problem:
            say(
                f"\nHamyar could not be set up: {problem.strerror or problem} {problem.filename or ''}".rstrip()
            )
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
