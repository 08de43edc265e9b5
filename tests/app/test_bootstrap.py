"""Set-up on machines that lack things. The scripts import each other by bare names, as `python3 scripts/…` does."""

from __future__ import annotations

import base64
import hashlib
import importlib
import io
import json
import stat
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from app.paths import ROOT


@pytest.fixture(autouse=True)
def scripts_are_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))


def script(name: str) -> Any:
    return importlib.import_module(name)


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_pyenv_shim_that_runs_nothing_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pythons = script("pythons")
    executable(
        tmp_path / "shims" / "python3.10",
        "#!/bin/sh\necho 'pyenv: python3.10: command not found' >&2\nexit 127\n",
    )
    executable(tmp_path / "pyenv/versions/3.10.9/bin/python", "#!/bin/sh\necho 3 10\n")
    newest = executable(tmp_path / "pyenv/versions/3.10.13/bin/python", "#!/bin/sh\necho 3 10\n")
    monkeypatch.setenv("PATH", f"{tmp_path / 'shims'}:/usr/bin:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert pythons.find_rasa_python() == str(newest)


def test_without_python_3_10_one_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pythons = script("pythons")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr(pythons, "version_of", lambda python: None)
    with pytest.raises(script("progress").Trouble, match=r"Python 3\.10.*pyenv install 3\.10"):
        pythons.find_rasa_python()


def test_an_environment_that_is_as_its_file_says_asks_nothing_of_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    environments = script("environments")
    environment = environments.Environment(".venv", lambda: sys.executable)
    wanted = hashlib.sha256((ROOT / "requirements/app.txt").read_bytes()).hexdigest()
    monkeypatch.setattr(environment, "_reached", lambda: {"requirements/app.txt": wanted})
    monkeypatch.setattr(environment, "_runs", lambda: True)
    monkeypatch.setattr(environment, "_install", lambda requirements: pytest.fail("pip was asked"))
    environment.bring_to("requirements/app.txt")


def test_a_failed_installation_is_not_taken_for_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environments = script("environments")
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    monkeypatch.setattr(environments, "LOGS", tmp_path / "log")
    (tmp_path / "bad.txt").write_text(
        "no-such-package==1.0 --hash=sha256:" + "0" * 64 + "\n", encoding="utf-8"
    )
    environment = environments.Environment("venv", lambda: sys.executable)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    for _ in range(2):
        with pytest.raises(script("progress").Trouble, match=r"could not install bad\.txt"):
            environment.bring_to("bad.txt")


def tarball_of(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    assets = script("assets")
    packed = tarball_of({"dist/face.js": b"1;"})
    (tmp_path / "face.tgz").write_bytes(packed)
    npm = executable(
        tmp_path / "npm",
        f'#!/bin/sh\nwhile [ "$1" != --pack-destination ]; do shift; done\ncp {tmp_path}/face.tgz "$2/"\n',
    )
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode()
    package = {"name": "face", "version": "1.0.0", "integrity": integrity, "files": ["dist/face.js"]}
    (tmp_path / "npm.json").write_text(json.dumps({"packages": [package]}), encoding="utf-8")
    monkeypatch.setattr(assets, "LIST", tmp_path / "npm.json")
    monkeypatch.setattr(assets, "VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(assets, "_npm", lambda: [str(npm)])
    monkeypatch.delenv("CI", raising=False)
    return assets


def test_assets_are_laid_down_when_they_are_what_their_hash_says(assets: Any, tmp_path: Path) -> None:
    assets.fetch_assets()
    assert (tmp_path / "vendor/face/face.js").read_bytes() == b"1;"


def test_an_asset_that_is_not_what_its_hash_says_is_refused(assets: Any, tmp_path: Path) -> None:
    (tmp_path / "face.tgz").write_bytes(tarball_of({"dist/face.js": b"steal();"}))
    with pytest.raises(script("progress").Trouble, match=r"face 1\.0\.0"):
        assets.fetch_assets()
    assert not (tmp_path / "vendor/face/face.js").exists()


def test_without_npm_the_start_goes_on_with_a_notice(
    assets: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(assets, "_npm", lambda: [str(executable(tmp_path / "npm", "#!/bin/sh\nexit 1\n"))])
    assets.fetch_assets()
    assert "system fonts" in capsys.readouterr().err
    monkeypatch.setenv("CI", "true")
    with pytest.raises(script("progress").Trouble):
        assets.fetch_assets()


def test_every_asset_is_pinned_with_a_hash_and_no_address() -> None:
    text = (ROOT / "requirements" / "npm.json").read_text(encoding="utf-8")
    assert "http" not in text
    assert all(package["integrity"].startswith("sha512-") for package in json.loads(text)["packages"])


def test_the_requirement_files_pin_everything_with_hashes_and_name_no_index() -> None:
    for name in ("app", "dev", "rasa", "node"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        assert "://" not in text and "--index" not in text
        blocks = [block for block in text.split("\n") if block and not block.startswith((" ", "#"))]
        assert all("==" in block and block.endswith("\\") for block in blocks)


def test_persian_sentences_in_code_are_found_and_quotes_in_documentation_are_not() -> None:
    check = script("check_tree")
    source = '"""Says «سلام»."""\nword = "سلام"  # «سلام»\n\n\ndef f():\n    """«سلام»"""\n    return f"{word} خوب"\n'
    assert check.persian_lines(source) == [2, 7]


def test_an_unknown_part_is_refused_with_those_there_are() -> None:
    run = subprocess.run(
        [sys.executable, str(ROOT / "scripts/bootstrap.py"), "everything"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2 and "assets" in run.stderr
