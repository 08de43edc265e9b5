"""Tasks that work on one queue of the database side by side: one of them looks for all that it can get, each takes one.

Looking costs a transaction, so several rows are claimed by one look where several are due; with little to do it is one
each time. What was claimed is ours until its lease runs out, and is finished before the crew ends.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

import structlog

from casework.pause import pause

log = structlog.get_logger()

Work = TypeVar("Work")
AFTER_TROUBLE = 1.0
"""Seconds."""


class Crew(Generic[Work]):
    """`look(in_a_row)`: claims what is due; `in_a_row` where the last look found something. `name` for the log."""

    def __init__(
        self,
        name: str,
        look: Callable[[bool], Awaitable[Iterable[Work]]],
        work: Callable[[Work], Awaitable[None]],
        *,
        idle_seconds: float,
    ) -> None:
        self._name = name
        self._look = look
        self._work = work
        self._idle_seconds = idle_seconds
        self._ready: deque[Work] = deque()
        self._looking = asyncio.Lock()
        self._in_a_row = False

    async def run(self, stop: asyncio.Event, members: int) -> None:
        """Until `stop`; what is claimed is finished."""
        await asyncio.gather(*(self._member(stop) for _ in range(members)))

    async def _member(self, stop: asyncio.Event) -> None:
        while self._ready or not stop.is_set():
            try:
                one = await self._next(stop)
                if one is not None:
                    await self._work(one)
            except Exception as error:  # the database is away, or worse: say so, wait, go on
                log.error(f"{self._name}_interrupted", error=type(error).__name__)
                await pause(stop, AFTER_TROUBLE)

    async def _next(self, stop: asyncio.Event) -> Work | None:
        async with self._looking:
            if not self._ready and not stop.is_set():
                self._ready.extend(await self._look(self._in_a_row))
                self._in_a_row = bool(self._ready)
                if not self._ready:
                    await pause(stop, self._idle_seconds)
            return self._ready.popleft() if self._ready else None
