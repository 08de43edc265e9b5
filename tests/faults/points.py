"""Where a role can be made to die: named points, put around the methods from outside.

A test writes `POINT<TAB>N` into the file `armed-ROLE`. The process that comes by for the Nth time notes it in
`killed`, takes the order away, and kills itself with SIGKILL: no `finally` runs, no transaction ends.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Point:
    """`where`: module:attribute or module:Class.method. It dies before or after the call."""

    role: str
    where: str
    when: str


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
    "news read, not kept": Point("worker", "integrations.status_sync:StatusSync.take", "before"),
    "web chat message posted, not stored": Point(
        "web", "bot.channels.webchat_backend:DatabaseWebChat.receive", "before"
    ),
    "web chat message stored, not answered": Point(
        "web", "bot.channels.webchat_backend:DatabaseWebChat.receive", "after"
    ),
}


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

    for name, point in POINTS.items():
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
        if point.when == "before":
            passed()
        result = await original(*arguments, **options)
        if point.when == "after":
            passed()
        return result

    setattr(owner, last, wrapped)
