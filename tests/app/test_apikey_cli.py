"""`hamyar apikey`: a key is shown once, works, and ends."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest


@pytest.fixture
def run(hamyar_command: Callable[..., tuple[int, str]]) -> Callable[..., tuple[int, str]]:
    return partial(hamyar_command, "apikey")


def test_a_key_is_made_once_listed_without_itself_and_revoked(run: object) -> None:
    assert callable(run)
    code, key = run("add", "portal", "--service", "street_light", "--per-minute", "5")
    assert code == 0 and key.startswith("hamyar_")
    assert run("add", "portal")[0] == 1
    listed = run("list")[1]
    assert "portal" in listed and "street_light" in listed and key.strip() not in listed
    assert run("revoke", "portal")[0] == 0
    assert run("revoke", "portal")[0] == 1


def test_a_service_that_does_not_exist_is_refused(run: object) -> None:
    assert callable(run)
    code, said = run("add", "portal", "--service", "street_lamp")
    assert code == 1 and "street_lamp" in said
