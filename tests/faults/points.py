"""Where a role can be made to die: named points, put around the methods from outside.

A test writes `POINT<TAB>N` into the file `armed-ROLE`. The process that comes by for the Nth time notes it in
`killed`, takes the order away, and kills itself with SIGKILL: no `finally` runs, no transaction ends.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def _every_call(*_arguments: Any) -> bool:
    return True


def _of_an_addition(_dispatcher: Any, claimed: Any, *_more: Any) -> bool:
    return claimed.addition is not None


def _with_an_addition(_session: Any, sent: Sequence[Any], _lifecycle: Any) -> bool:
    return any(one.claimed.addition is not None for one in sent)


def _from_a_messenger(_inbox: Any, incoming: Any) -> bool:
    return incoming.channel != "webchat"


@dataclass(frozen=True)
class Point:
    """`where`: module:attribute or module:Class.method. It dies before or after the call, where the call `counts`."""

    role: str
    where: str
    when: str
    counts: Callable[..., bool] = _every_call


POINTS = {
    "update read, not stored": Point("bot", "bot.inbox:Inbox.receive_all", "before"),
    "update stored, not confirmed to the messenger": Point("bot", "bot.inbox:Inbox.receive_all", "after"),
    "turn claimed": Point("worker", "bot.turns:TurnWorker._work", "before"),
    "turn understood": Point("worker", "bot.turns:TurnWorker._understand", "after"),
    "effects written, not committed": Point("worker", "bot.turns:carry_out", "after"),
    "turn committed": Point("worker", "bot.turns:TurnWorker._act", "after"),
    "reply claimed, not sent": Point("worker", "bot.outbox:Outbox._work", "before"),
    "reply sent, not marked": Point("worker", "bot.outbox:Outbox._sent", "before"),
    "file fetched, not kept": Point("worker", "bot.attachments:Fetcher._keep", "before"),
    "request claimed, not delivered": Point(
        "worker", "integrations.dispatcher:Dispatcher._attempt", "before"
    ),
    "request taken by the system, number not kept": Point(
        "worker", "integrations.dispatcher:Dispatcher._sent", "before"
    ),
    "news read, not kept": Point("worker", "integrations.status_reports:StatusReports.take", "before"),
    "web chat message posted, not stored": Point(
        "web", "bot.channels.webchat_backend:DatabaseWebChat.receive", "before"
    ),
    "web chat message stored, not answered": Point(
        "web", "bot.channels.webchat_backend:DatabaseWebChat.receive", "after"
    ),
}

BY_WEBHOOK = {
    "update posted, not stored": Point("web", "bot.inbox:Inbox.receive", "before", _from_a_messenger),
    "update stored, not answered to the messenger": Point(
        "web", "bot.inbox:Inbox.receive", "after", _from_a_messenger
    ),
}
"""Where the messengers post their updates, these stand in the place of the bot role's."""

_POST = "integrations.drivers.open311_updates:ServiceRequestUpdates.post"
OF_ADDITIONS = {
    "addition claimed, not looked for": Point(
        "worker", "integrations.dispatcher:Dispatcher._attempt", "before", _of_an_addition
    ),
    "addition about to be posted": Point("worker", _POST, "before"),
    "addition posted, answer not read": Point("worker", _POST, "after"),
    "receipt of an addition not written": Point(
        "worker", "integrations.deliveries:put_sent", "before", _with_an_addition
    ),
    "receipt of an addition not committed": Point(
        "worker", "integrations.deliveries:put_sent", "after", _with_an_addition
    ),
}
"""What a citizen says later, which the crowd of the whole city does not; `test_kills_of_additions` goes by them."""


async def strike(
    folder: Path, role: str, points: Mapping[str, Point], chance: random.Random, recovers: float
) -> list[str]:
    """Every point of a role once, in any order, at its first to third passing; their names.

    A role lives `recovers` seconds between two kills.
    """
    names = [name for name, point in points.items() if point.role == role]
    chance.shuffle(names)
    armed = folder / f"armed-{role}"
    for name in names:
        beside = folder / f"arming-{role}"
        beside.write_text(f"{name}\t{chance.randint(1, 3)}", encoding="utf-8")
        beside.replace(armed)
        for _ in range(2400):
            if not armed.exists():
                break
            await asyncio.sleep(0.05)
        assert not armed.exists(), f"nobody came by {name!r} in two minutes"
        await asyncio.sleep(recovers)
    return names


def install(role: str, folder: Path) -> None:
    """Put this role's points around their methods."""
    armed, killed, hits = folder / f"armed-{role}", folder / "killed", Counter[str]()

    def passed(name: str) -> None:
        try:
            order, _, number = armed.read_text(encoding="utf-8").partition("\t")
        except OSError:
            return
        if order != name:
            return
        hits[name] += 1
        if hits[name] < int(number):
            return
        with killed.open("a", encoding="utf-8") as log:
            log.write(f"{role}: {name}\n")
        armed.unlink()
        os.kill(os.getpid(), signal.SIGKILL)

    for name, point in {**POINTS, **BY_WEBHOOK, **OF_ADDITIONS}.items():
        if point.role == role:
            _wrap(point, functools.partial(passed, name))


def _wrap(point: Point, passed: Any) -> None:
    module_name, _, path = point.where.partition(":")
    owner: Any = importlib.import_module(module_name)
    *outer, last = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    original = getattr(owner, last)

    @functools.wraps(original)
    async def wrapped(*arguments: Any, **options: Any) -> Any:
        counts = point.counts(*arguments)
        if counts and point.when == "before":
            passed()
        result = await original(*arguments, **options)
        if counts and point.when == "after":
            passed()
        return result

    setattr(owner, last, wrapped)
