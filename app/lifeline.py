"""No process outlives the supervisor, however that one ends.

A child's standard input is a pipe that only the supervisor holds open; when it closes, the child stops. On Linux the
kernel sends a signal besides (PR_SET_PDEATHSIG), for children that are stuck.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable

VARIABLE = "HAMYAR_LIFELINE"
"""Set in a child's environment: its standard input is the supervisor's pipe."""
GRACE_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent: int, number: int = signal.SIGKILL) -> Callable[[], None]:
    """A `preexec_fn` for a child of process `parent`: the kernel sends it `number` when the parent is gone."""

    def in_child() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return in_child


def watch_lifeline(on_lost: Callable[[], object], *, grace: float = GRACE_SECONDS) -> bool:
    """In a child: call `on_lost` (from another thread) when the supervisor is gone, and leave for good after `grace` s.

    False, and nothing is watched, where no supervisor started this process.
    """
    if os.environ.pop(VARIABLE, "") != "1":
        return False

    def watch() -> None:
        try:
            while os.read(0, 1024):
                pass
        except OSError:
            pass
        on_lost()
        timer = threading.Timer(grace, os._exit, args=(1,))
        timer.daemon = True
        timer.start()

    threading.Thread(target=watch, name="lifeline", daemon=True).start()
    return True
