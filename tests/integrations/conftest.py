"""A running simulator for each test, and requests to send to it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
import pytest_asyncio

from integrations.drivers import Driver, OutgoingRequest, build_driver
from integrations.registry import SYSTEMS_FOLDER, Registry, load_registry
from integrations.simulator import RunningSimulator
from integrations.system import Limits, System
from tests.support.database import migrated_file, migrated_postgres, migrated_url, store

__all__ = ["migrated_file", "migrated_postgres", "migrated_url", "store"]

QUICK = Limits(connect=1.0, read=0.6, total=0.9, answer_bytes=100_000)
"""Shorter than the simulator's faults (one second)."""
PATIENT = Limits(answer_bytes=100_000)
SLOW_FAULTS = ("timeout_before", "timeout_after", "slow_body")


@pytest.fixture(scope="session")
def systems_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our system files, and those of desks that none of them has: a SOAP service, e-mail, one that is told later, one
    that gives no numbers."""
    folder, here = tmp_path_factory.mktemp("systems"), Path(__file__).parent
    for source in (SYSTEMS_FOLDER, here / "soap", here / "mail", here / "updates", here / "black_box"):
        for file in source.iterdir():
            shutil.copy(file, folder)
    return folder


@pytest.fixture(scope="session")
def running_simulator(systems_folder: Path) -> Iterator[RunningSimulator]:
    with RunningSimulator(systems_folder) as running:
        yield running


@pytest.fixture
def simulator(running_simulator: RunningSimulator) -> RunningSimulator:
    """The one server of the session, empty and without faults."""
    running_simulator.faults.clear(seed=0)
    running_simulator.city.forget()
    return running_simulator


@pytest.fixture(scope="session")
def loaded_systems(running_simulator: RunningSimulator, systems_folder: Path) -> dict[str, System]:
    """Read once: it takes as long as many a test."""
    loaded = load_registry(systems_folder, simulator_url=running_simulator.url, mail=running_simulator.mail)
    return loaded.systems


@pytest.fixture
def registry(
    simulator: RunningSimulator, loaded_systems: dict[str, System], request: pytest.FixtureRequest
) -> Registry:
    """The real system files, all pointed to the simulator; with short time limits where a test waits for one to end."""
    parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    limits = QUICK if parameters.get("kind") in SLOW_FAULTS else PATIENT
    return Registry({name: replace(one, limits=limits) for name, one in loaded_systems.items()})


@pytest.fixture(params=["parks", "waste", "taxi", "urban_rail", "soap_office"])
def system(request: pytest.FixtureRequest, registry: Registry) -> System:
    """Open311 in JSON and XML, JSON with a key in a header and with a bearer token, SOAP."""
    return registry.system(request.param)


@pytest_asyncio.fixture
async def driver(system: System) -> AsyncIterator[Driver]:
    built = build_driver(system)
    yield built
    await built.aclose()


@pytest.fixture
def outgoing() -> OutgoingRequest:
    return OutgoingRequest(
        key="104738291-parks",
        tracking_number="104738291",
        service_code="tree_hazard",
        service_name="درخت خشک یا خطرناک",
        description="درخت خشک <جلوی> پلاک ۱۲ & دارد {می‌افتد}\nلطفاً زودتر",
        requested_at=datetime.now(timezone.utc),
        district="2",
        address="بولوار هدایت ۱۲",
        lat=36.3412,
        lon=59.5378,
        attributes={"risk": "falling", "near": ["wire", "house"]},
        media_urls=("https://hamyar.example/a/1",),
    )
