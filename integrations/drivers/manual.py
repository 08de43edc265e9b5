"""No line to the system: the delivery becomes an operator's task."""

from __future__ import annotations

from integrations.drivers.base import Driver, OutgoingRequest, Receipt


class ManualDriver(Driver):
    """Makes no call. The receipt says `by_hand`; the dispatcher turns it into a task with the request's
    words."""

    by_hand = True
    repeats_safely = True

    async def submit(self, request: OutgoingRequest) -> Receipt:
        return Receipt(by_hand=True)

    async def look_up(self, request: OutgoingRequest) -> Receipt | None:
        return None

    async def resolve_token(self, token: str) -> str | None:
        return None
