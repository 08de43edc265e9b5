"""A city of its own for the runs that break it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.city import City
from tests.support.understanding import RunningRasa, rasa  # noqa: F401  (a fixture)


@pytest.fixture
def breakable_city(rasa: RunningRasa, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:  # noqa: F811
    folder = tmp_path_factory.mktemp("city")
    running = City(folder, rasa.url, rasa.token, f"sqlite+aiosqlite:///{folder / 'hamyar.db'}")
    try:
        running.start()
        yield running
    finally:
        running.stop()
