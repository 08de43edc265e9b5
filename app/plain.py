"""Words of citizens on a terminal: no markup of rich, no escape sequence, nothing that turns the line around."""

from __future__ import annotations

import unicodedata

from rich.text import Text

_TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
"""Embeddings, overrides and isolates of Unicode's bidirectional algorithm."""


def plain(words: object) -> Text:
    """One cell of a table, in one line."""
    kept = (
        sign
        for sign in " ".join(str(words).split())
        if unicodedata.category(sign) not in ("Cc", "Cs") and sign not in _TURNING
    )
    return Text("".join(kept))
