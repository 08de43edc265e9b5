"""The real data of the repository, read once for a test process."""

from __future__ import annotations

from functools import cache

import pytest

from actions.dialogue import Knowledge
from app.settings import Settings
from app.wiring import Wiring
from bot.danger import DangerCheck


@cache
def _wiring() -> Wiring:
    return Wiring(Settings(_env_file=None))  # type: ignore[call-arg]


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return _wiring().knowledge


@pytest.fixture(scope="session")
def danger() -> DangerCheck:
    return _wiring().danger
