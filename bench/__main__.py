"""`python -m bench WHAT`: the figures of README and docs, with the machine named."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from app.paths import VAR
from bench import (
    configurations,
    deliveries,
    load,
    other_data,
    ours,
    parsing,
    places,
    registry,
    starting,
    stock,
    understanding,
    writers,
)
from bench.processes import machine
from bench.sentences import requests

WHAT = (
    "turns",
    "start",
    "understanding",
    "places",
    "parsing",
    "configurations",
    "massive",
    "load",
    "deliveries",
    "registry",
    "writers",
)


def main() -> None:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="?", default="turns", choices=list(WHAT))
    parser.add_argument("--turns", type=int, default=400, help="whole turns on each side")
    parser.add_argument(
        "--at-once", type=int, default=8, help="citizens who wait for an answer at the same time"
    )
    parser.add_argument("--minutes", type=float, default=30.0, help="of `load`")
    parser.add_argument("--per-second", type=float, default=20.0, help="messages of `load`")
    parser.add_argument("--citizens", type=int, default=500, help="of `load`")
    parser.add_argument("--database", help="of `load`; SQLite without it")
    parser.add_argument("--outage", type=float, default=600.0, help="of `deliveries`, seconds")
    parser.add_argument("--waiting", type=int, default=5000, help="of `deliveries`, requests of the outage")
    parser.add_argument("--deliveries", type=int, default=2000, help="of `deliveries`, how many are timed")
    parser.add_argument(
        "--requests", type=int, default=100_000, help="of `deliveries`, in the database of the claims"
    )
    parser.add_argument("--epochs", type=int, default=8, help="of DIET in `configurations`")
    parser.add_argument("--data", type=Path, help="of `massive`: its JSONL file")
    parser.add_argument("--sentences", type=int, help="of each service in `configurations`; all without it")
    parser.add_argument(
        "--set", choices=list(understanding.SETS), default="dev", help="of `understanding`: which messages"
    )
    asked = parser.parse_args()
    print(f"Machine: {machine()}\n", flush=True)
    if asked.what == "start":
        starting.report()
        return
    if asked.what == "load":
        with tempfile.TemporaryDirectory() as folder:
            load.report(asked.minutes, asked.per_second, asked.citizens, Path(folder), asked.database)
        return
    if asked.what == "deliveries":
        with tempfile.TemporaryDirectory() as folder:
            if deliveries.report(Path(folder), asked.outage, asked.waiting, asked.deliveries, asked.requests):
                raise SystemExit(1)
        return
    if asked.what == "registry":
        with tempfile.TemporaryDirectory() as folder:
            registry.report(Path(folder))
        return
    if asked.what == "writers":
        writers.report()
        return
    if asked.what == "understanding":
        understanding.report(understanding.SETS[asked.set])
        return
    if asked.what == "places":
        places.report()
        return
    if asked.what == "configurations":
        configurations.report(asked.epochs, asked.sentences)
        return
    if asked.what == "massive":
        if asked.data is None:
            parser.error("massive needs --data FILE.jsonl (fa-IR.jsonl of Amazon's MASSIVE)")
        other_data.report(asked.data)
        return
    if asked.what == "parsing":
        parsing.report(VAR / "bench" / "stock.tar.gz")
        return
    texts = requests(asked.turns)
    print(
        f"Whole turns, message in to reply stored: {len(texts)} requests, {asked.at_once} at once, one run\n"
    )
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        rows = [
            ours.measure(texts, asked.at_once, Path(first)),
            stock.measure(texts, asked.at_once, Path(second), VAR / "bench" / "stock.tar.gz"),
        ]
    print("| | turns/s | p50 | p95 | memory | load |\n| --- | --- | --- | --- | --- | --- |")
    for row in rows:
        memory = ", ".join(f"{name} {size:.0f} MB" for name, size in row.memory.items())
        print(
            f"| {row.name} | {row.per_second:.1f} | {row.p50 * 1000:.0f} ms | {row.p95 * 1000:.0f} ms "
            f"| {memory} | {row.load_seconds:.0f} s |"
        )


if __name__ == "__main__":
    main()
