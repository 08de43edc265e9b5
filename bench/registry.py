"""How long the system files take at start and how many routes are found a second, for our own files and for 150
(`python -m bench registry`)."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from app.paths import DATA
from casework.catalogue import load_catalogue
from casework.routing import DISTRICTS
from integrations.registry import SYSTEMS_FOLDER, Registry, load_registry
from tests.support.many_systems import write_systems

STARTS = 9
SECONDS = 1.0


def report(folder: Path) -> None:
    """Measure and print it. The first start of all includes what is read once in a process: schema, zeep, WSDL."""
    codes = [service.code for service in load_catalogue(DATA / "catalogue").fileable]
    write_systems(folder, 150, codes)
    print("Read, check, prove that nothing is missing; then routes, one after another\n")
    print("| files | systems | first start | later, median | routes/s |")
    print("| --- | --- | --- | --- | --- |")
    for name, where in (("our own", SYSTEMS_FOLDER), ("generated", folder)):
        seconds = [_start(where, codes) for _ in range(1 + STARTS)]
        registry = load_registry(where)
        print(
            f"| {name} | {len(registry.systems)} | {seconds[0]:.2f} s | {statistics.median(seconds[1:]):.2f} s "
            f"| {_routes_a_second(registry, codes):,.0f} |",
            flush=True,
        )


def _start(folder: Path, codes: list[str]) -> float:
    begin = time.perf_counter()
    gaps = load_registry(folder).check_routing(codes)
    seconds = time.perf_counter() - begin
    if gaps:
        raise RuntimeError(f"{len(gaps)} services have no system, {gaps[0]} among them")
    return seconds


def _routes_a_second(registry: Registry, codes: list[str]) -> float:
    route = registry.routing().route
    pairs = [(code, district) for code in codes for district in DISTRICTS]
    done, begin = 0, time.perf_counter()
    while (passed := time.perf_counter() - begin) < SECONDS:
        for code, district in pairs:
            route(code, district)
        done += len(pairs)
    return done / passed
