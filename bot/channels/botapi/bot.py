"""python-telegram-bot's Bot with raw updates: its `get_updates` gives a batch up for one odd update."""

from __future__ import annotations

import logging
import re
from typing import Any

import telegram

from bot.channels.botapi.request import RepairingRequest

_TOKEN_IN_ADDRESS = re.compile(r"\bbot\d+:[\w-]+|\b\d{5,}:[\w-]{20,}")


class RawBot(telegram.Bot):
    """A Bot that also returns updates as they came, for reading them one by one."""

    async def raw_updates(
        self, offset: int | None, *, limit: int, timeout: int, allowed: list[str] | None
    ) -> list[Any]:
        """One getUpdates, waiting up to `timeout` seconds. Everything below `offset` is confirmed by it."""
        asked = {"offset": offset, "limit": limit, "timeout": timeout, "allowed_updates": allowed}
        result = await self._post("getUpdates", asked, read_timeout=timeout + 10)
        return result if isinstance(result, list) else []

    async def file_description(self, file_id: str) -> Any:
        """The raw result of getFile: `file_path` is below the file address, `file_size` in bytes if known."""
        return await self._post("getFile", {"file_id": file_id})


def make_bot(token: str, api_url: str, polling: RepairingRequest, sending: RepairingRequest) -> RawBot:
    """The Bot for one messenger; `api_url` without a path, such as https://api.telegram.org."""
    quiet_loggers()
    base = api_url.rstrip("/")
    return RawBot(
        token=token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=sending,
        get_updates_request=polling,
    )


def quiet_loggers() -> None:
    """Addresses contain the token and parameters the citizen's words: neither belongs in a log."""
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)


def without_token(text: str) -> str:
    """An error's words without a token in it."""
    return _TOKEN_IN_ADDRESS.sub("bot<token>", text)
