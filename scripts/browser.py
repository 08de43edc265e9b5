"""Debian's chromium for the browser tests, installed where it is missing and this runs as root."""

from __future__ import annotations

import os
import shutil
import subprocess

from environments import LOGS
from progress import Progress, Trouble, say

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def have_browser() -> None:
    """Raises Trouble only where CI=true: elsewhere the browser tests are skipped and say so."""
    if any(shutil.which(name) for name in _NAMES):
        return
    problem = "there is no chromium, and only root on Debian can install it"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        problem = _install()
    if not problem:
        return
    if os.environ.get("CI") == "true":
        raise Trouble(f"The browser tests cannot run: {problem}.")
    say(f"  Browser tests will be skipped: {problem}.")


def _install() -> str:
    """Empty when chromium is there afterwards, else the reason."""
    LOGS.mkdir(parents=True, exist_ok=True)
    progress = Progress("chromium (apt-get)", 2)
    log = LOGS / "install-chromium.log"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with log.open("wb") as output:
        for done, command in enumerate(
            (["update"], ["install", "-y", "--no-install-recommends", "chromium"])
        ):
            progress.update(done, f"apt-get {command[0]}")
            run = subprocess.run(
                ["apt-get", "-q", *command],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                check=False,
            )
            if run.returncode != 0:
                progress.close("failed")
                return f"apt-get {command[0]} failed (see {log})"
    progress.close()
    return ""
