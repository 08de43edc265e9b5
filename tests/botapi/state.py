"""What the server knows: waiting updates, sent messages, files, and the faults that were ordered."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Sent:
    """One message that the bot sent. `params` are the parameters as the bot gave them."""

    chat: int
    message_id: int
    method: str
    text: str
    params: dict[str, Any]
    markup: dict[str, Any] = field(default_factory=dict)
    photo: bytes | None = None
    at: float = field(default_factory=time.monotonic)
    """When it came, by the server's clock; seconds."""

    @property
    def buttons(self) -> dict[str, str]:
        """label -> callback_data of the inline buttons."""
        rows = self.markup.get("inline_keyboard", [])
        return {
            button["text"]: button["callback_data"]
            for row in rows
            for button in row
            if "callback_data" in button
        }

    @property
    def keys(self) -> list[str]:
        """Labels of the lasting keyboard."""
        return [key["text"] for row in self.markup.get("keyboard", []) for key in row]


@dataclass
class Faults:
    """Orders for what goes wrong; counts run down to 0."""

    failing_polls: int = 0
    poll_status: int = 500
    failing_sends: int = 0
    send_status: int = 500
    retry_after: int | None = 1
    dropped_replies: int = 0
    """Sends that are done but never answered properly: the ambiguous case."""
    slow_seconds: float = 0.0
    token_revoked: bool = False
    blocked_by: set[int] = field(default_factory=set)
    unknown_chats: set[int] = field(default_factory=set)
    raw_bodies: list[bytes] = field(default_factory=list)
    """Bodies that the next polls get instead of an answer."""


class State:
    """Shared between the server's thread and the test; every access under `lock`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.updates: list[dict[str, Any]] = []
        self.history: list[dict[str, Any]] = []
        self.again: list[dict[str, Any]] = []
        self.confirmed_up_to = 0
        self.sent: list[Sent] = []
        self.sent_to: dict[int, list[Sent]] = {}
        self.refused: list[tuple[int, float]] = []
        """(chat, when) of each message that an ordered fault refused."""
        self.answered: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.files: dict[str, bytes] = {}
        self.faults = Faults()
        self.webhook_url = ""
        self.webhook_secret = ""
        self.wake: Callable[[], None] = lambda: None
        self._update_ids = itertools.count(1000)
        self._message_ids: dict[int, itertools.count[int]] = {}
        self._file_ids = itertools.count(1)

    def next_update_id(self) -> int:
        return next(self._update_ids)

    def next_message_id(self, chat: int, first: int) -> int:
        with self.lock:
            return next(self._message_ids.setdefault(chat, itertools.count(first)))

    def store_file(self, content: bytes, suffix: str) -> str:
        """Keep a file; its id, which is also its path."""
        with self.lock:
            file_id = f"f{next(self._file_ids):04d}{suffix}"
            self.files[file_id] = content
            return file_id

    def add_update(self, update: dict[str, Any]) -> None:
        with self.lock:
            self.updates.append(update)
            self.history.append(update)
        self.wake()

    def add_sent(self, sent: Sent) -> None:
        with self.lock:
            self.sent.append(sent)
            self.sent_to.setdefault(sent.chat, []).append(sent)

    def add_refused(self, chat: int) -> None:
        with self.lock:
            self.refused.append((chat, time.monotonic()))

    def waiting(self, limit: int) -> list[dict[str, Any]]:
        """What a poll gets; an old update that is delivered again is handed out once, whatever the offset."""
        with self.lock:
            repeated, self.again = self.again[:limit], self.again[limit:]
            return (repeated + self.updates)[:limit]

    def confirm(self, offset: int) -> None:
        """Forget what lies below the offset, as both messengers do."""
        with self.lock:
            self.updates = [
                u for u in self.updates if not isinstance(u.get("update_id"), int) or u["update_id"] >= offset
            ]
            self.confirmed_up_to = max(self.confirmed_up_to, offset - 1)

    def take_fault(self, count: str) -> bool:
        """Whether an ordered fault is due now, counting it down."""
        with self.lock:
            left: int = getattr(self.faults, count)
            if left > 0:
                setattr(self.faults, count, left - 1)
            return left > 0
