"""Faults on demand, per system, decided by a seed: the same seed and the same calls give the same faults."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Literal, get_args

from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from integrations.simulator.distortions import doubled, skewed

FaultKind = Literal[
    "latency",
    "error_500",
    "error_500_after",
    "error_503",
    "error_429",
    "timeout_before",
    "timeout_after",
    "reset_after",
    "html",
    "malformed",
    "wrong_id",
    "slow_body",
    "redirect",
    "too_long",
    "batch",
    "outage",
    "duplicate_updates",
    "clock_skew",
]
FAULT_KINDS: tuple[str, ...] = get_args(FaultKind)
Purpose = Literal["submit", "read"]


@dataclass
class Fault:
    """One kind of trouble. `times`: how often it still happens (None: always); `on`: which calls it hits.

    `seconds`: of latency, of a time-out, between the bytes of `slow_body`, until `batch` gives the number, or by which
    the times of `clock_skew` are late; `retry_after`: the header of 429 and 503; `lasts`: seconds after which it is
    over (hours of `outage`: 7200). The kinds `..._after`, `malformed`, `wrong_id` and `slow_body` have stored
    the request.
    """

    kind: FaultKind
    system: str = "*"
    on: Literal["submit", "read", "all"] = "submit"
    times: int | None = None
    probability: float = 1.0
    seconds: float = 30.0
    retry_after: int | None = None
    lasts: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in FAULT_KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; there are: {', '.join(FAULT_KINDS)}")


class FaultPlan:
    """The faults that are switched on, in the order in which they were."""

    def __init__(self, seed: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self._faults: list[tuple[Fault, float | None]] = []
        self._random = Random(seed)
        self._clock = clock

    def add(self, fault: Fault) -> None:
        """Switch it on, from now."""
        ends = None if fault.lasts is None else self._clock() + fault.lasts
        self._faults.append((fault, ends))

    def clear(self, seed: int | None = None) -> None:
        """Switch all off; with `seed` begin the random numbers anew."""
        self._faults.clear()
        if seed is not None:
            self._random = Random(seed)

    def next(self, system: str, purpose: Purpose) -> Fault | None:
        """The fault that hits this call, if any."""
        now = self._clock()
        self._faults = [(fault, ends) for fault, ends in self._faults if ends is None or now < ends]
        for fault, _ in self._faults:
            if fault.system not in ("*", system) or fault.on not in ("all", purpose) or fault.times == 0:
                continue
            if fault.probability < 1.0 and self._random.random() >= fault.probability:
                continue
            if fault.times is not None:
                fault.times -= 1
            return fault
        return None


class DroppedAnswer(Response):
    """Begins an answer and breaks off, so that the client sees a reset connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{"})


async def with_fault(fault: Fault | None, handle: Callable[[], Awaitable[Response]]) -> Response:
    """The answer of `handle`, spoilt by the fault. (`wrong_id` and `batch` are done by `handle` itself.)"""
    if fault is None or fault.kind in ("wrong_id", "batch"):
        return await handle()
    before = _before(fault)
    if before is not None:
        return before
    if fault.kind == "latency":
        await asyncio.sleep(fault.seconds)
        return await handle()
    if fault.kind == "timeout_before":
        await asyncio.sleep(fault.seconds)
        return DroppedAnswer()
    return await _after(fault, await handle())


def _before(fault: Fault) -> Response | None:
    """Trouble without anything stored."""
    headers = {"retry-after": str(fault.retry_after)} if fault.retry_after is not None else None
    if fault.kind == "outage":
        return DroppedAnswer()
    if fault.kind in ("error_500", "error_503", "error_429"):
        return PlainTextResponse("trouble", int(fault.kind.removeprefix("error_")), headers)
    if fault.kind == "html":
        return HTMLResponse("<!DOCTYPE html><html><body><form>login</form></body></html>")
    if fault.kind == "redirect":
        return Response(status_code=302, headers={"location": "http://elsewhere.invalid/login"})
    return None


async def _after(fault: Fault, answer: Response) -> Response:
    """Trouble after the request is stored."""
    if fault.kind == "timeout_after":
        await asyncio.sleep(fault.seconds)
        return DroppedAnswer()
    if fault.kind == "reset_after":
        return DroppedAnswer()
    if fault.kind == "error_500_after":
        return PlainTextResponse("trouble", 500)
    whole = bytes(answer.body)
    if fault.kind in ("duplicate_updates", "clock_skew"):
        distorted = doubled(whole) if fault.kind == "duplicate_updates" else skewed(whole, fault.seconds)
        return Response(distorted, answer.status_code, media_type=answer.media_type)
    if fault.kind == "malformed":
        return Response(whole[: len(whole) // 2], media_type=answer.media_type)
    if fault.kind == "too_long":
        return Response(whole + b" " * 8_000_000, media_type=answer.media_type)

    async def drops() -> AsyncIterator[bytes]:
        for index in range(len(whole)):
            yield whole[index : index + 1]
            await asyncio.sleep(fault.seconds)

    return StreamingResponse(drops(), media_type=answer.media_type)
