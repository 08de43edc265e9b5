"""Cities of their own for the runs that break them: roles that are begun again, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.city import City
from tests.support.understanding import RunningRasa, rasa  # noqa: F401  (a fixture)


@contextmanager
def breakable(
    folder: Path,
    rasa: RunningRasa,  # noqa: F811
    database_url: str,
    **settings: str,
) -> Iterator[City]:
    """A running city whose roles die where they are told to (`tests.faults.points`)."""
    running = City(folder, rasa.url, rasa.token, database_url, settings=settings)
    running.role_command = lambda role: ["-m", "tests.faults.role", role, str(folder)]
    try:
        running.start()
        yield running
    except BaseException:
        (Path("/tmp") / "hamyar-faults.log").write_text(running.logs())
        raise
    finally:
        running.stop()


@pytest.fixture
def breakable_city(rasa: RunningRasa, tmp_path: Path, database_url: str) -> Iterator[City]:  # noqa: F811
    with breakable(tmp_path, rasa, database_url) as city:
        yield city


@pytest.fixture
def breakable_city_by_webhook(rasa: RunningRasa, tmp_path: Path, database_url: str) -> Iterator[City]:  # noqa: F811
    """Both messengers post their updates to the web role."""
    with breakable(tmp_path, rasa, database_url, TELEGRAM_MODE="webhook", BALE_MODE="webhook") as city:
        yield city
