"""One role that is begun again whenever it was killed: `python -m tests.faults.role ROLE FOLDER`.

The code is loaded once; each life is a fork, begins with empty hands and has its kill points in place. Leases are
three seconds instead of a minute, so that what a dead process held is taken over soon; and a turn may see its worker
die ten times instead of three before it is an operator's: here that is not its fault. Nothing else is changed.
`FOLDER/clock` holds seconds by which this machine's clock is wrong.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from casework import table_base

LEASE = timedelta(seconds=3)


def wrong_clock(folder: Path) -> None:
    """Before anything else is loaded: the others take `utc_now` from here."""
    wrong = folder / "clock"

    def utc_now() -> datetime:
        try:
            seconds = float(wrong.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            seconds = 0.0
        return datetime.now(timezone.utc) + timedelta(seconds=seconds)

    table_base.utc_now = utc_now


def main(role: str, folder: Path) -> int:
    wrong_clock(folder)
    import bot.attachments
    import bot.outbox
    import bot.turn_queue
    import bot.turns
    import integrations.deliveries
    from app import running
    from app.settings import load_settings
    from tests.faults.points import install

    for module in (bot.attachments, bot.outbox, bot.turn_queue, integrations.deliveries):
        module.LEASE = LEASE  # type: ignore[attr-defined]
    bot.turn_queue.ATTEMPTS = bot.turns.ATTEMPTS = 10
    install(role, folder)
    settings = load_settings()
    child = 0
    stopping = False

    def stop(number: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True
        if child:
            os.kill(child, number)

    signal.signal(signal.SIGTERM, stop)
    while not stopping:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
            os._exit(running.run_one(role, settings))
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            return os.waitstatus_to_exitcode(status)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
