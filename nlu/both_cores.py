"""Work done by this process and a copy of it, each on a core.

Two processes, not two threads: liblinear has one state of its dice in each process, and where two fits throw them at
the same time the same data no longer give the same model.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import TypeVar

Job = TypeVar("Job")
Made = TypeVar("Made")


def in_two(work: Callable[[Job], Made], jobs: Sequence[Job], cost: Callable[[Job], float]) -> list[Made]:
    """`work` of each job, in their order; the results of the other process must be picklable."""
    halves: tuple[list[int], list[int]] = ([], [])
    loads = [0.0, 0.0]
    for at in sorted(range(len(jobs)), key=lambda at: -cost(jobs[at])):
        half = 0 if loads[0] <= loads[1] else 1
        halves[half].append(at)
        loads[half] += cost(jobs[at])
    ours, theirs = halves
    if not theirs or (os.cpu_count() or 1) < 2:
        return [work(job) for job in jobs]
    reading, writing = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("fork")
    other = context.Process(
        target=_send, args=(work, [jobs[at] for at in theirs], reading, writing), daemon=True
    )
    other.start()
    writing.close()
    try:
        made = {at: work(jobs[at]) for at in ours}
        try:
            made.update(zip(theirs, reading.recv(), strict=True))
        except EOFError:  # killed, for want of memory perhaps
            made.update({at: work(jobs[at]) for at in theirs})
    finally:
        other.terminate()
        other.join()
        reading.close()
    return [made[at] for at in range(len(jobs))]


def _send(work: Callable[[Job], Made], jobs: list[Job], reading: Connection, writing: Connection) -> None:
    reading.close()  # else the pipe would not break, and this process not end, where the first one was killed
    writing.send([work(job) for job in jobs])
    writing.close()
