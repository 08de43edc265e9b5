"""Errors of fetching files and of reading updates (those of sending stand in `bot.outgoing`).

ChannelError
 ├── Unreadable          an update that cannot be repaired: a dead letter
 └── FetchError
      ├── FileGone       the messenger does not have the file (any more)
      ├── FileTooLarge   more bytes than allowed
      └── FetchFailed    network or server trouble: try again
"""

from __future__ import annotations

from typing import Any


class ChannelError(Exception):
    """Root of the tree above."""


class Unreadable(ChannelError):
    """An update nobody can read. `update_id` is None where even that is missing."""

    def __init__(self, reason: str, *, update_id: str | None = None, raw: Any = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.update_id = update_id
        self.raw = raw


class FetchError(ChannelError):
    """Root of what can go wrong when a file is fetched."""


class FileGone(FetchError):
    pass


class FileTooLarge(FetchError):
    pass


class FetchFailed(FetchError):
    pass
