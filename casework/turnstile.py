"""Writers of one SQLite file, one after the other: the tasks of a process, and the processes among themselves.

SQLite lets a writer that finds the lock taken sleep, longer and longer, up to 100 ms at a time and mostly while the
lock is free. At a turnstile the kernel wakes the next one. The lock is `flock` on a file of its own beside the database
(never on the database: closing that would drop SQLite's locks); it ends with the process that holds it, however that
ends.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType


class Turnstile:
    """`async with turnstile:` for the length of a transaction. `path`: of the database; None: one process only."""

    def __init__(self, path: str | None) -> None:
        self._tasks = asyncio.Lock()
        self._file = os.open(f"{path}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) if path else None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="turnstile")

    async def __aenter__(self) -> None:
        await self._tasks.acquire()
        try:
            if self._file is not None and not _taken_at_once(self._file):
                await self._wait(self._file)
        except BaseException:
            self._tasks.release()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._tasks.release()

    async def _wait(self, file: int) -> None:
        taken = asyncio.get_running_loop().run_in_executor(self._thread, fcntl.flock, file, fcntl.LOCK_EX)
        try:
            await asyncio.shield(taken)
        except asyncio.CancelledError:
            # The thread cannot be called back: what it takes is given back before anybody here goes on.
            while not taken.done():
                await asyncio.wait((taken,))
            fcntl.flock(file, fcntl.LOCK_UN)
            raise

    def close(self) -> None:
        self._thread.shutdown(wait=False)
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _taken_at_once(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
