from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app

run = CliRunner().invoke


def test_every_service_has_one_system_in_every_district() -> None:
    checked = run(app, ["systems", "check"])
    assert checked.exit_code == 0 and " 0 gaps" in checked.stdout


def test_a_route_names_system_and_agency() -> None:
    assert run(app, ["systems", "route", "bike_share", "9"]).stdout.startswith("bike_share: ")


@pytest.mark.parametrize("arguments", [["bike_share", "99"], ["flying_car", "9"]])
def test_what_does_not_exist_is_named(arguments: list[str]) -> None:
    refused = run(app, ["systems", "route", *arguments])
    assert refused.exit_code == 2 and any(word in refused.stdout for word in arguments)


def test_trying_a_system_shows_the_request_without_the_secret_and_sends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HAMYAR_SIMULATOR_URL", "http://127.0.0.1:1")
    shown = run(app, ["systems", "try", "centre_137"]).stdout
    assert "POST http://127.0.0.1:1/centre_137/requests.json" in shown
    assert "api_key=<secret>" in shown


def test_a_wrong_system_file_is_named_with_key_and_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lamp.yml").write_text("name: lamp\ndriver: telepathy\n", encoding="utf-8")
    monkeypatch.setenv("HAMYAR_SYSTEMS", str(tmp_path))
    refused = run(app, ["systems", "list"])
    assert refused.exit_code == 78 and "lamp.yml" in refused.stdout
