"""No Docker engine is needed: what can be checked of the container files without one."""

from __future__ import annotations

import re
from typing import Any

import yaml

from app.paths import ROOT
from app.settings import setting_names

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
OF_THE_CONTAINERS = {"POSTGRES_PASSWORD", "HAMYAR_BIND"}


def test_every_role_has_a_container() -> None:
    roles = {
        service["command"][-1]
        for service in COMPOSE["services"].values()
        if "--role" in service.get("command", ())
    }
    assert roles == {"bot", "worker", "web", "console", "simulator"} and "rasa" in COMPOSE["services"]


def test_understanding_and_database_have_no_way_out() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("rasa", "postgres"):
        assert (
            COMPOSE["services"][name]["networks"] == ["inside"] and "ports" not in COMPOSE["services"][name]
        )


def test_both_images_run_without_root_and_install_with_hashes() -> None:
    for target in ("rasa", "app"):
        stage = DOCKERFILE.split(f" AS {target}\n", 1)[1].split("\nFROM ", 1)[0]
        assert re.search(r"^USER hamyar$", stage, re.MULTILINE)
    assert "--no-deps --require-hashes" in DOCKERFILE and "scripts/bootstrap.py app" in DOCKERFILE


def test_what_the_images_copy_is_there() -> None:
    for source in re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE):
        assert (ROOT / source).exists(), source


def test_compose_sets_only_settings_that_exist() -> None:
    for service in COMPOSE["services"].values():
        names = set(service.get("environment", {}))
        assert {name for name in names if not name.startswith("POSTGRES_")} <= set(setting_names())
    used = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")))
    assert used <= set(setting_names()) | OF_THE_CONTAINERS


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    for name in ("POSTGRES_PASSWORD", "RASA_TOKEN", "HAMYAR_SECRET_KEY"):
        assert f"${{{name}:?" in text and f"${{{name}:-" not in text
