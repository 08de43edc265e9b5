"""The supervisor with real processes: small Python programs that behave well, die, or refuse to end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from app.parts import Part
from app.paths import ROOT
from app.supervisor import Supervisor

WELL = """
    import signal, sys, time
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    time.sleep(60)
"""
STUBBORN = """
    import signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("stubborn", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def soon_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.supervisor._SETTLED_SECONDS", 0.5)


def part(name: str, program: str, **rest: object) -> Part:
    return Part(name, name, [sys.executable, "-u", "-c", textwrap.dedent(program)], **rest)  # type: ignore[arg-type]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def test_all_parts_run_until_they_are_stopped_together(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor([part("one", WELL), part("two", WELL)], said.append, tmp_path)
    running = asyncio.create_task(supervisor.run())
    await asyncio.wait_for(supervisor.ready.wait(), 15)
    pids = [process.pid for process in supervisor.processes.values()]
    assert len(pids) == 2 and all(alive(pid) for pid in pids)
    supervisor.stop()
    assert await running == 0
    assert not any(alive(pid) for pid in pids)


async def test_a_part_that_dies_is_started_again_and_this_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor([part("one", WELL)], said.append, tmp_path)
    running = asyncio.create_task(supervisor.run())
    await asyncio.wait_for(supervisor.ready.wait(), 15)
    first = supervisor.processes["one"].pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: "one" in supervisor.processes and supervisor.processes["one"].pid != first)
    assert any("signal SIGKILL" in line and "again" in line for line in said)
    supervisor.stop()
    assert await running == 0


async def test_a_part_that_never_starts_ends_everything_with_its_last_words(tmp_path: Path) -> None:
    said: list[str] = []
    broken = part("broken", "import sys; print('no such table: persons'); sys.exit(3)")
    supervisor = Supervisor([broken, part("well", WELL)], said.append, tmp_path)
    assert await asyncio.wait_for(supervisor.run(), 30) == 1
    assert any("no such table: persons" in line for line in said)
    assert not supervisor.ready.is_set() and not supervisor.processes


async def test_a_part_with_wrong_settings_is_not_tried_again(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor([part("web", "import sys; sys.exit(78)")], said.append, tmp_path)
    started = time.monotonic()
    assert await asyncio.wait_for(supervisor.run(), 30) == 1
    assert time.monotonic() - started < 5


async def test_a_part_that_does_not_end_is_ended_by_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.supervisor.STOP_SECONDS", 0.5)
    supervisor = Supervisor([part("one", STUBBORN)], lambda line: None, tmp_path)
    running = asyncio.create_task(supervisor.run())
    log = tmp_path / "one.log"
    await until(lambda: log.exists() and "stubborn" in log.read_text())
    pid = supervisor.processes["one"].pid
    supervisor.stop()
    await asyncio.wait_for(running, 10)
    assert not alive(pid)


async def test_ready_means_that_each_part_says_so_and_the_slow_one_does_not_hold_up_the_others(
    tmp_path: Path,
) -> None:
    said: list[str] = []
    slow_is_ready = asyncio.Event()

    async def slow(client: httpx.AsyncClient) -> bool:
        return slow_is_ready.is_set()

    supervisor = Supervisor([part("rasa", WELL, ready=slow), part("web", WELL)], said.append, tmp_path)
    running = asyncio.create_task(supervisor.run())
    await until(lambda: any("web: ready" in line for line in said))
    assert not supervisor.ready.is_set()
    slow_is_ready.set()
    await asyncio.wait_for(supervisor.ready.wait(), 5)
    supervisor.stop()
    assert await running == 0


async def test_what_a_part_prints_is_kept_without_citizens_words(tmp_path: Path) -> None:
    talker = part("talker", "print('got چاله token=abc'); import time; time.sleep(60)")
    supervisor = Supervisor([talker], lambda line: None, tmp_path)
    running = asyncio.create_task(supervisor.run())
    log = tmp_path / "talker.log"
    await until(lambda: log.exists() and "got" in log.read_text(encoding="utf-8"))
    supervisor.stop()
    await running
    assert "چاله" not in log.read_text(encoding="utf-8") and "abc" not in log.read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform != "linux", reason="relies on PR_SET_PDEATHSIG")
def test_no_orphan_is_left_when_the_supervisor_itself_is_killed(tmp_path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import asyncio, sys
        from pathlib import Path
        from app.parts import Part
        from app.supervisor import Supervisor
        stubborn = {textwrap.dedent(STUBBORN)!r}
        parts = [Part(name, name, [sys.executable, "-u", "-c", stubborn]) for name in ("one", "two")]
        supervisor = Supervisor(parts, print, Path({str(tmp_path)!r}))

        async def main():
            running = asyncio.create_task(supervisor.run())
            await supervisor.ready.wait()
            print("pids", *[process.pid for process in supervisor.processes.values()], flush=True)
            await running

        asyncio.run(main())
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pids: list[int] = []
        for line in process.stdout:
            if line.startswith("pids"):
                pids = [int(word) for word in line.split()[1:]]
                break
        assert len(pids) == 2 and all(alive(pid) for pid in pids)
        process.kill()
    deadline = time.monotonic() + 5
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(alive(pid) for pid in pids)


def test_a_role_ends_by_itself_when_its_lifeline_closes(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import threading
        from app.lifeline import watch_lifeline
        gone = threading.Event()
        assert watch_lifeline(gone.set)
        print("watching", flush=True)
        gone.wait(30)
        print("ended by itself", flush=True)
        """
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "HAMYAR_LIFELINE": "1"},
    )
    assert child.stdin is not None and child.stdout is not None
    assert child.stdout.readline() == "watching\n"
    child.stdin.close()
    assert child.stdout.readline() == "ended by itself\n"
    child.stdout.close()
    assert child.wait(10) == 0
