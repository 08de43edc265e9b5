"""150 systems: start-up and routing stay right and do no more than linear work. Counted, not timed."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from casework.catalogue import load_catalogue
from casework.routing import RoutingTable
from integrations import registry
from integrations.mail.route import mail_route
from integrations.registry import load_registry
from tests.support.many_systems import PROTOCOLS, write_systems


@pytest.fixture(scope="module")
def codes() -> list[str]:
    return [service.code for service in load_catalogue(Path("data/catalogue")).fileable]


def test_150_systems_of_every_protocol_take_each_service_in_each_district_once(
    tmp_path: Path, codes: list[str]
) -> None:
    taken = write_systems(tmp_path, 150, codes)
    names = load_registry(tmp_path).environment_names()
    given = dict.fromkeys(("_URL", "_TOKENS"), "https://city.example") | {"_ADDRESS": "desk@city.example"}
    environment = {name: given.get(name[name.rindex("_") :], "secret") for name in names}
    route = mail_route("smtp://127.0.0.1", "hamyar@city.example", "secret")
    loaded = load_registry(tmp_path, environment, mail=route)
    assert Counter(system.driver for system in loaded.systems.values()) == dict(
        zip(PROTOCOLS, (30,) * 5, strict=True)
    )
    kinds = Counter(system.credentials.kind for system in loaded.systems.values())
    assert kinds == {"api_key": 30, "oauth2": 30, "header": 30, "none": 60}
    assert loaded.check_routing(codes) == []
    assert len(taken) == 72 * 15 and len(set(taken.values())) == 150
    assert {pair: loaded.routing().route(*pair).system for pair in taken} == taken


def test_a_file_is_read_and_parsed_once_however_many_take_it_over(
    tmp_path: Path, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_systems(tmp_path, 150, codes)
    load_registry(tmp_path)  # the schema and the WSDL are read once in a process
    read: Counter[str] = Counter()
    parsed: list[int] = []
    read_text, load = Path.read_text, registry.yaml.load

    def counting_read(path: Path, *arguments: Any, **more: Any) -> str:
        read[path.name] += 1
        return read_text(path, *arguments, **more)

    def counting_load(text: str, **more: Any) -> Any:
        parsed.append(len(text))
        return load(text, **more)

    monkeypatch.setattr(Path, "read_text", counting_read)
    monkeypatch.setattr(registry.yaml, "load", counting_load)
    loaded = load_registry(tmp_path)
    assert read == {file.name: 1 for file in tmp_path.glob("*.yml")}
    assert len(parsed) == len(read) == 150 + 4
    # What several take over is joined once: all that end in a chain of two files have one object from it.
    desks = [system for system in loaded.systems.values() if system.file_driver == "open311"]
    assert len(desks) == 30 and len({id(system.statuses) for system in desks}) == 1
    assert {"waiting", "in_progress"} <= set(desks[0].statuses)


def test_sixty_more_systems_cost_the_same_however_many_there_are(tmp_path: Path, codes: list[str]) -> None:
    def start(count: int) -> int:
        """Calls of functions to load so many systems with a place for each, and to check them."""
        folder, some = tmp_path / str(count), codes[: count // 15]
        folder.mkdir()
        write_systems(folder, count, some)
        assert (
            load_registry(folder).check_routing(some) == []
        )  # whatever is kept for the process is made here
        return _calls_of(lambda: load_registry(folder).check_routing(some))

    few, more, many = start(30), start(90), start(150)
    assert many - more <= 1.01 * (more - few)


def test_a_route_is_one_look_up_among_150_systems(tmp_path: Path, codes: list[str]) -> None:
    taken = write_systems(tmp_path, 150, codes)
    table = load_registry(tmp_path).routing()
    counting = _Counting(table.routes)
    counted = RoutingTable(counting, table.rest)
    for asked, pair in enumerate(taken, 1):
        counted.route(*pair)
        assert counting.asked == asked
    assert _calls_of(lambda: table.route("asphalt_repair", "1")) < 10


class _Counting(dict[Any, Any]):
    """A table that counts how often it is asked, and cannot be walked through."""

    asked = 0

    def get(self, key: Any, default: Any = None) -> Any:
        self.asked += 1
        return super().get(key, default)

    def __iter__(self) -> Any:
        raise AssertionError("a route must not walk through the table")

    keys = values = items = __iter__  # type: ignore[assignment]


def _calls_of(work: Callable[[], object]) -> int:
    """How many functions, of Python and of C, are called by it."""
    count = 0

    def see(_: FrameType, event: str, __: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
