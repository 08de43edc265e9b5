"""Work shared with a second process: same results, and none lost with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from nlu.both_cores import in_two

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def test_results_come_in_the_order_of_the_jobs_and_from_two_processes() -> None:
    made = in_two(lambda job: (job, os.getpid()), [3, 1, 9, 2, 8], cost=float)
    assert [job for job, _ in made] == [3, 1, 9, 2, 8]
    of_process = {process: sum(job for job, by in made if by == process) for _, process in made}
    assert sorted(of_process.values()) == [11, 12], "the work is shared by its cost"
    assert os.getpid() in of_process


def test_what_a_killed_process_had_to_do_is_done_here() -> None:
    here = os.getpid()

    def work(job: int) -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return job * job

    assert in_two(work, [1, 2, 3], cost=float) == [1, 4, 9]


def test_a_failure_in_the_other_process_is_raised_here() -> None:
    def work(job: int) -> int:
        if job == 1:
            raise ValueError("no")
        return job

    with pytest.raises(ValueError, match="no"):
        in_two(work, [2, 1], cost=float)


def test_one_job_is_done_without_another_process() -> None:
    assert in_two(lambda job: (job, os.getpid()), [5], cost=float) == [(5, os.getpid())]
    assert in_two(lambda job: job, [], cost=float) == []


def test_nothing_runs_on_when_the_first_process_is_killed(tmp_path: Path) -> None:
    code = """
        import os, sys
        from nlu.both_cores import in_two
        here = os.getpid()
        os.cpu_count = lambda: 2

        def work(job):
            if os.getpid() == here:
                sys.stdin.read()  # until the test has seen the other
            else:
                print(os.getpid(), flush=True)
            return bytes(1_000_000)  # more than a pipe holds

        in_two(work, [1, 1], cost=float)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout
        other = int(first.stdout.readline())
        first.kill()
        first.wait()
        deadline = time.monotonic() + 20
        while _runs(other) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert not _runs(other)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
