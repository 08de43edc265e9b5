"""One running city for all end-to-end tests of a process: starting it takes some twenty seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.city import City
from tests.support.understanding import RunningRasa, rasa  # noqa: F401  (a fixture)


@pytest.fixture(scope="session")
def city(rasa: RunningRasa, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:  # noqa: F811
    folder = tmp_path_factory.mktemp("city")
    running = City(folder, rasa.url, rasa.token, f"sqlite+aiosqlite:///{folder / 'hamyar.db'}")
    try:
        running.start()
        yield running
    except AssertionError:
        print(running.logs())  # what went wrong stands there
        raise
    finally:
        running.stop()


@pytest.fixture(scope="module", params=["polling", "webhook"])
def mode(request: pytest.FixtureRequest, city: City) -> str:
    """How both messengers hand over what citizens send: they are asked for it, or post it."""
    mode: str = request.param
    city.hears_by(mode)
    return mode


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests by webhook come last: a city changes its mode once and not for every file, which starts two roles anew."""
    items.sort(key=_by_webhook)


def _by_webhook(item: pytest.Item) -> bool:
    parameters = (
        item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    )
    return parameters.get("mode") == "webhook" or item.path.name == "test_webhook_mode.py"
