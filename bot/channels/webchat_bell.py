"""A bell for waiting browsers: rung when a conversation has something new, so that nobody waits for the next look.

It only spares time: it reaches the tabs served by this process, and a tab that misses it looks again by itself.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Bell:
    """`ring(chat_id)` from the event loop of the web server; `close()` lets all waiting requests end (shutdown)."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.closed = False

    def ring(self, chat_id: str) -> None:
        for listener in self._listeners.get(chat_id, ()):
            listener.set()

    def close(self) -> None:
        self.closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.set()

    @contextmanager
    def listening(self, chat_id: str) -> Iterator[asyncio.Event]:
        """An event that is set at each ring. Clear it before looking, then wait: no ring falls in between."""
        listener = asyncio.Event()
        self._listeners[chat_id].add(listener)
        try:
            yield listener
        finally:
            self._listeners[chat_id].discard(listener)
            if not self._listeners[chat_id]:
                del self._listeners[chat_id]
