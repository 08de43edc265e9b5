"""What many tasks have to write at the same moment is written in one transaction: alone, each would cost more than what
it is about.

While one transaction is under way, what comes gathers for the next. A process that dies has written either all of a
transaction or nothing; who waited for it has not gone on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from casework.store import Store

MOST = 50
"""Parts of one transaction."""

Part = TypeVar("Part")
_Waiting = tuple[Part, "asyncio.Future[None]"]


class Together(Generic[Part]):
    """`write` puts several parts down in a session; where it fails they are tried one by one. `lightly` as in
    `Store.write`."""

    def __init__(
        self,
        store: Store,
        write: Callable[[AsyncSession, list[Part]], Awaitable[object]],
        *,
        lightly: bool = False,
    ) -> None:
        self._store = store
        self._lightly = lightly
        self._write = write
        self._waiting: list[_Waiting[Part]] = []
        self._writing: asyncio.Task[None] | None = None

    async def put_down(self, part: Part) -> None:
        """Returns when it is committed. Raises what kept it from that."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((part, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        await done

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                if not await self._at_once(batch) and len(batch) > 1:
                    for one in batch:  # the one that cannot be put down must not keep back the others
                        await self._at_once([one])
        finally:
            self._writing = None

    async def _at_once(self, batch: Sequence[_Waiting[Part]]) -> bool:
        """False where they have to be tried alone."""
        try:
            async with self._store.write(lightly=self._lightly) as session:
                await self._write(session, [part for part, _ in batch])
        except Exception as error:
            if len(batch) > 1:
                return False
            _end(batch, error)
        else:
            _end(batch, None)
        return True


def _end(batch: Sequence[_Waiting[Part]], error: Exception | None) -> None:
    for _, done in batch:
        if done.done():  # whoever waited was cancelled
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
