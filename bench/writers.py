"""Two processes that write one SQLite file: how long the one waits beside the other (`python -m bench writers`), with
SQLite's own waiting and at our turnstile, alternating in one run.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.processes import percentile
from casework.turnstile import Turnstile

SECONDS = 8.0
HOLDS_BUSY, HOLDS_OTHER, GAP = 0.004, 0.005, 0.001
"""Seconds that they hold the lock, as a worker and a bot under load do; between two transactions of the busy one."""
A_SECOND = 20.0
"""Transactions of the other one."""


def report() -> None:
    """Three rounds of both ways."""
    for _ in range(3):
        for way in ("SQLite's own", "turnstile"):
            with tempfile.TemporaryDirectory() as folder:
                busy, other = (
                    subprocess.Popen(
                        [sys.executable, "-m", "bench.writers", who, way, f"{folder}/a.db"],
                        stdout=subprocess.PIPE,
                        text=True,
                    )
                    for who in ("busy", "other")
                )
                print(
                    f"{way:>13}: {other.communicate()[0].strip()}; {busy.communicate()[0].strip()}",
                    flush=True,
                )


async def _write(who: str, way: str, path: Path) -> None:
    connection = sqlite3.connect(path, timeout=15, isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    connection.execute("create table if not exists marks (who text primary key, at real)")
    turnstile = Turnstile(str(path)) if way == "turnstile" else contextlib.nullcontext()
    waits: list[float] = []
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        await asyncio.sleep(GAP if who == "busy" else random.expovariate(A_SECOND))
        begin = time.perf_counter()
        async with turnstile:
            connection.execute("begin immediate")
            held = time.perf_counter()
            waits.append(held - begin)
            connection.execute("insert or replace into marks values (?, ?)", (who, held))
            while time.perf_counter() - held < (HOLDS_BUSY if who == "busy" else HOLDS_OTHER):
                pass
            connection.execute("commit")
    if who == "busy":
        print(f"the busy one made {len(waits) / SECONDS:.0f} transactions a second")
    else:
        p50, p95 = (percentile(waits, share) * 1000 for share in (0.5, 0.95))
        print(f"the other one waited p50 {p50:.1f} ms, p95 {p95:.1f} ms")


if __name__ == "__main__":
    asyncio.run(_write(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
