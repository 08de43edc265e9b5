"""A function's answers, kept: a dictionary look-up costs a third of `lru_cache`'s book-keeping."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Remembered(dict[K, V]):
    """`Remembered(function)[argument]`; when `most` answers are kept, all are forgotten."""

    def __init__(self, function: Callable[[K], V], most: int = 65_536) -> None:
        super().__init__()
        self._function = function
        self._most = most

    def __missing__(self, key: K) -> V:
        made = self._function(key)
        if len(self) >= self._most:
            self.clear()
        self[key] = made
        return made
