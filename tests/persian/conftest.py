"""The city's gazetteer, read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from persian.gazetteer import Gazetteer

GAZETTEER = Path(__file__).parents[2] / "data" / "gazetteer"


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    return Gazetteer.load(GAZETTEER)
