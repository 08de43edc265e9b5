"""Fixtures for every package: databases of both kinds, each test with its own empty one."""

from __future__ import annotations

import functools
import os
import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import NoPostgres, PostgresServer
from tests.support.examples import examples

settings.register_profile("hamyar", max_examples=examples())
settings.load_profile("hamyar")


def pytest_xdist_auto_num_workers() -> int:
    """Twice as many as there are cores: a test that waits for a whole city (`tests/e2e`) leaves its core to others.

    Fewer where there is less than 1.5 GB of memory for each: two of them may each hold a city with Rasa.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return max(1, min(2 * (os.cpu_count() or 1), int(memory / 1.5)))


_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session", autouse=True)
def certificates_read_once() -> Iterator[None]:
    """Every HTTP client that a test makes reads the machine's certificates, 50 ms each: here all share one context."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", functools.cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """One PostgreSQL server for this test process, on a free port, gone afterwards."""
    try:
        server = PostgresServer.start()
    except NoPostgres as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of the test's own, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'hamyar.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an empty SQLite database, for tests where the kind of database does not matter."""
    return f"sqlite+aiosqlite:///{tmp_path / 'hamyar.db'}"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium to drive; without one the test is skipped, or fails where CI=true."""
    for name in _BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    reason = "there is no chromium here (apt-get install chromium)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
