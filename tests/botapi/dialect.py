"""How each messenger writes an update: Telegram in full, Bale with its gaps."""

from __future__ import annotations

import time
from typing import Any, Literal

Mode = Literal["telegram", "bale"]

# Fields that Bale was seen to leave out.
_BALE_LEAVES_OUT = frozenset(
    {
        "file_unique_id",
        "width",
        "height",
        "duration",
        "chat_instance",
        "entities",
        "caption_entities",
        "edit_date",
        "language_code",
        "is_premium",
    }
)


class Dialect:
    """Builds the parts of an update. Ids on Bale exceed 2^31, and its message ids may be negative."""

    def __init__(self, mode: Mode, bot_id: int, username: str) -> None:
        self.mode = mode
        self.bot = {"id": bot_id, "is_bot": True, "first_name": "Hamyar", "username": username}
        self.first_message_id = 1 if mode == "telegram" else -1_515_335_176

    def person(self, number: int, name: str) -> dict[str, Any]:
        return {"id": number, "is_bot": False, "first_name": name, "language_code": "fa"}

    def chat(self, number: int, name: str, kind: str) -> dict[str, Any]:
        if kind == "private":
            chat = {"id": number, "type": "private", "first_name": name}
        else:
            chat = {"id": number, "type": kind, "title": name}
        return {**chat, "photo": None, "pinned_message": None} if self.mode == "bale" else chat

    def message(
        self, message_id: int, sender: dict[str, Any], chat: dict[str, Any], **content: Any
    ) -> dict[str, Any]:
        return {"message_id": message_id, "from": sender, "chat": chat, "date": int(time.time()), **content}

    def entities(self, text: str) -> list[dict[str, Any]]:
        """Commands only; enough for what a bot looks at."""
        word = text.split(maxsplit=1)[0] if text.strip() else ""
        return [{"type": "bot_command", "offset": 0, "length": len(word)}] if word.startswith("/") else []

    def photo(self, file_id: str, size: int) -> list[dict[str, Any]]:
        big = {
            "file_id": file_id,
            "file_unique_id": "u" + file_id,
            "width": 1280,
            "height": 960,
            "file_size": size,
        }
        small = {
            **big,
            "file_id": "thumb-" + file_id,
            "width": 90,
            "height": 67,
            "file_size": max(1, size // 50),
        }
        return [small, big] if self.mode == "telegram" else [big]

    def file(self, file_id: str, size: int, mime_type: str, **more: Any) -> dict[str, Any]:
        return {
            "file_id": file_id,
            "file_unique_id": "u" + file_id,
            "file_size": size,
            "mime_type": mime_type,
            **more,
        }

    def written(self, value: Any) -> Any:
        """The JSON as this messenger sends it."""
        if self.mode == "telegram":
            return value
        if isinstance(value, dict):
            return {key: self.written(one) for key, one in value.items() if key not in _BALE_LEAVES_OUT}
        if isinstance(value, list):
            return [self.written(one) for one in value]
        return value
