"""What the systems have taken is put down for many deliveries in one transaction: alone, each costs more than its call.

A process that dies with receipts in its hands has put none of them down: their leases run out, and each delivery is
looked up before it is sent again, as after any lost reply.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from casework.lifecycle import Lifecycle
from casework.store import Store
from integrations import deliveries
from integrations.deliveries import Sent

MOST = 50
"""Receipts of one transaction."""


@dataclass
class Receipts:
    """Shared by all calls of a dispatcher."""

    store: Store
    lifecycle: Lifecycle
    _waiting: list[tuple[Sent, asyncio.Future[None]]] = field(default_factory=list)
    _writing: asyncio.Task[None] | None = None

    async def put_down(self, sent: Sent) -> None:
        """Returns when it is committed. Raises what kept it from that."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((sent, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                if not await self._together(batch) and len(batch) > 1:
                    for one in batch:  # the one that cannot be put down must not keep back the others
                        await self._together([one])
        finally:
            self._writing = None

    async def _together(self, batch: Sequence[tuple[Sent, asyncio.Future[None]]]) -> bool:
        """False where they have to be tried alone."""
        try:
            async with self.store.write() as session:
                await deliveries.put_sent(session, [sent for sent, _ in batch], self.lifecycle)
        except Exception as error:
            if len(batch) > 1:
                return False
            _end(batch, error)
        else:
            _end(batch, None)
        return True


def _end(batch: Sequence[tuple[Sent, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, done in batch:
        if done.done():  # whoever waited was cancelled
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
