"""The terminal's commands on an empty database of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.schema import upgrade

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def hamyar_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`hamyar_command("block", "list")` -> (exit code, what was printed)."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'hamyar.db'}"
    upgrade(url)
    monkeypatch.setenv("DATABASE_URL", url)

    def command(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(words))
        return done.exit_code, done.output

    return command
