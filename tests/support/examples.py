"""How many examples Hypothesis makes: few in the run that everybody waits for, `HAMYAR_EXAMPLES=20` times as many for
whoever has changed what they are about."""

from __future__ import annotations

import os

ORDINARY = 40


def examples(ordinary: int = ORDINARY) -> int:
    """So many in an ordinary run, times `HAMYAR_EXAMPLES`."""
    return ordinary * int(os.environ.get("HAMYAR_EXAMPLES", "1"))
