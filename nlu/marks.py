"""What a message is like apart from what it speaks of: how it begins and ends, how long it is, whether it asks.

A matter is told by its nouns, what is done with it («نه، …» corrects, «… چی شد؟» asks after it) by the edges. Learned
for the intents alone: services get no better by it (the folds: 71.1 % without, 70.9 with).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

ASKING = frozenset("?؟")
SHOUTING = "!"
_LENGTHS = (1, 2, 3, 5, 8, 13, 22, 40)


def marks_of(words: Sequence[str], breaks: Sequence[str], asks_last: bool) -> tuple[str, ...]:
    """Marks of a stretch of words and of the punctuation in it; `asks_last`: it ends with a question mark."""
    if not words:
        return ()
    longest = bisect_left(_LENGTHS, len(words))
    found = [
        f"^{words[0]}",
        f"^{' '.join(words[:2])}",
        f"{words[-1]}$",
        f"{' '.join(words[-2:])}$",
        f"#{_LENGTHS[longest]}" if longest < len(_LENGTHS) else "#more",
    ]
    if not ASKING.isdisjoint(breaks):
        found.append("#?")
    if asks_last:
        found.append("#?$")
    if SHOUTING in breaks:
        found.append("#!")
    return tuple(found)
