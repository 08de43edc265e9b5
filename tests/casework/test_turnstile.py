"""Writers of one SQLite file come one after the other, whatever process they are in."""

from __future__ import annotations

import asyncio
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from casework.turnstile import Turnstile


@contextmanager
def other_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Somebody else who holds the lock until he is killed."""
    program = (
        "import fcntl, sys; f = open(sys.argv[1], 'ab'); fcntl.flock(f, fcntl.LOCK_EX);"
        "print('held', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, f"{path}-turn"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def is_free(path: Path) -> bool:
    with open(f"{path}-turn", "ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


async def passes(turnstile: Turnstile, seen: list[str], name: str) -> None:
    async with turnstile:
        seen.append(f"{name} in")
        await asyncio.sleep(0.01)
        seen.append(f"{name} out")


async def test_two_that_write_one_file_never_overlap(tmp_path: Path) -> None:
    first, second = Turnstile(str(tmp_path / "a.db")), Turnstile(str(tmp_path / "a.db"))
    seen: list[str] = []
    await asyncio.gather(
        *(
            passes(turnstile, seen, f"{who}{n}")
            for n in range(5)
            for who, turnstile in (("a", first), ("b", second))
        )
    )
    assert len(seen) == 20
    for entered, left in zip(seen[::2], seen[1::2], strict=True):
        assert entered.removesuffix(" in") == left.removesuffix(" out")
    first.close()
    second.close()


async def test_who_waits_for_another_process_gets_in_when_that_is_killed(tmp_path: Path) -> None:
    turnstile, seen = Turnstile(str(tmp_path / "a.db")), list[str]()
    with other_process(tmp_path / "a.db") as other:
        waiting = asyncio.create_task(passes(turnstile, seen, "a"))
        for _ in range(10):
            await asyncio.sleep(0.01)  # the loop goes on
        assert seen == []
        other.kill()
        await asyncio.wait_for(waiting, 10)
    assert seen == ["a in", "a out"] and is_free(tmp_path / "a.db")
    turnstile.close()


async def test_who_is_cancelled_while_waiting_leaves_the_lock_to_the_next(tmp_path: Path) -> None:
    turnstile, seen = Turnstile(str(tmp_path / "a.db")), list[str]()
    with other_process(tmp_path / "a.db") as other:
        impatient = asyncio.create_task(passes(turnstile, seen, "impatient"))
        await asyncio.sleep(0.05)
        patient = asyncio.create_task(passes(turnstile, seen, "patient"))
        impatient.cancel()
        await asyncio.sleep(0.05)
        assert seen == []
        other.kill()
        await asyncio.wait_for(patient, 10)
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert seen == ["patient in", "patient out"] and is_free(tmp_path / "a.db")
    turnstile.close()


async def test_an_error_inside_frees_it(tmp_path: Path) -> None:
    turnstile = Turnstile(str(tmp_path / "a.db"))
    with pytest.raises(ZeroDivisionError):
        async with turnstile:
            assert not is_free(tmp_path / "a.db")
            _ = 1 / 0
    assert is_free(tmp_path / "a.db")
    turnstile.close()


async def test_a_child_process_does_not_inherit_it(tmp_path: Path) -> None:
    turnstile = Turnstile(str(tmp_path / "a.db"))
    assert turnstile._file is not None and not os.get_inheritable(turnstile._file)
    turnstile.close()


async def test_a_database_in_memory_has_no_file() -> None:
    turnstile, seen = Turnstile(None), list[str]()
    await asyncio.gather(passes(turnstile, seen, "a"), passes(turnstile, seen, "b"))
    assert seen == ["a in", "a out", "b in", "b out"]
    turnstile.close()
