"""What goes out to a messenger, and the errors of sending.

SendError
 ├── RecipientGone       blocked, deleted, chat not found: do not try again
 ├── SendRefused         the messenger will never take this message: an operator's task
 ├── SendLater           told to wait (`seconds`), for this chat
 └── SendFailed          network or server trouble: try again
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol

LONGEST_TEXT = 4096
"""Characters of one message on both messengers."""


class SendError(Exception):
    """Root of the tree above."""


class RecipientGone(SendError):
    pass


class SendRefused(SendError):
    pass


class SendLater(SendError):
    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry after {seconds} s")
        self.seconds = seconds


class SendFailed(SendError):
    pass


@dataclass(frozen=True)
class InlineButton:
    """A button under a message: `token` comes back as `Incoming.button_token`; or a link."""

    label: str
    token: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Key:
    """A key of the lasting keyboard: its label is sent as text, or the phone's location is asked for."""

    label: str
    request_location: bool = False


@dataclass(frozen=True)
class Outgoing:
    """One message. `inline` and `keyboard` are rows; a messenger takes only one of the two, inline first.

    `keyboard_once`: the keyboard hides after one use. `photos` are paths below the attachments folder; several of them
    go as an album.
    """

    text: str
    inline: tuple[tuple[InlineButton, ...], ...] = ()
    keyboard: tuple[tuple[Key, ...], ...] | None = None
    keyboard_once: bool = False
    reply_to: str | None = None
    photos: tuple[str, ...] = ()

    @property
    def messages(self) -> int:
        """How many messages a messenger makes of it, as its rates count them: each picture of an album is one, and so
        is each part of a text too long for one."""
        return max(1, len(self.photos)) + len(self.text) // LONGEST_TEXT

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Outgoing:
        known = dict(stored)
        known["inline"] = tuple(tuple(InlineButton(**b) for b in row) for row in known.get("inline", ()))
        known["photos"] = tuple(known.get("photos", ()))
        keyboard = known.get("keyboard")
        known["keyboard"] = (
            tuple(tuple(Key(**k) for k in row) for row in keyboard) if keyboard is not None else None
        )
        return cls(**known)


class Sender(Protocol):
    """What a channel can do towards the citizen."""

    async def send(self, chat_id: str, message: Outgoing) -> tuple[str, ...]:
        """Send one message; the messenger's own ids of it, one for each of its parts. Raises SendError."""
        ...
