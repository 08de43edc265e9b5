"""One implementation for Telegram and Bale, which speaks the same Bot API with its own habits."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

import structlog
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.channels.botapi.bot import make_bot, without_token
from bot.channels.botapi.convert import read_update
from bot.channels.botapi.polling import ALLOWED, ChannelHealth, DeadLetter, Poller, Receive, ReceiveAll
from bot.channels.botapi.repair import storable
from bot.channels.botapi.request import RepairingRequest, file_url
from bot.channels.botapi.sending import send_error, send_message
from bot.channels.errors import FetchFailed, FileGone, FileTooLarge, Unreadable
from bot.incoming import Incoming
from bot.outgoing import Outgoing, SendError
from casework.pause import pause

_log = structlog.get_logger(__name__)


class BotApiChannel:
    """A bot on Telegram or Bale: receives (`run` or webhook), sends, answers buttons, fetches files.

    Nothing is asked of the messenger before `run` or the first call: it can be built with the network away.
    Each process that sends may have one; only one process may `run` one.
    """

    def __init__(
        self,
        name: Literal["telegram", "bale"],
        token: str,
        api_url: str,
        *,
        proxy_url: str | None = None,
        attachments: Path | None = None,
        poll_seconds: int = 25,
        backoff: tuple[float, float] = (1.0, 60.0),
        read_timeout: float = 15.0,
    ) -> None:
        self.name = name
        self._is_bale = name == "bale"
        self._attachments = attachments
        self._polling = RepairingRequest(connections=2, read_timeout=read_timeout, proxy_url=proxy_url)
        self._sending = RepairingRequest(connections=32, read_timeout=read_timeout, proxy_url=proxy_url)
        self._bot = make_bot(token, api_url, self._polling, self._sending)
        self._poller = Poller(
            name, self._bot, poll_seconds=poll_seconds, backoff=backoff, on_stored=self.acknowledge
        )
        self._stopping = asyncio.Event()
        self._answers: set[asyncio.Task[None]] = set()

    async def run(
        self, receive: Receive, dead_letter: DeadLetter, receive_all: ReceiveAll | None = None
    ) -> None:
        """Poll until `stop`, or until cancelled. At least once: an update counts as taken when `receive` (or
        `receive_all`, or `dead_letter`) has returned; if one raises, the update comes again."""
        self._stopping.clear()
        await self._poller.run(receive, dead_letter, self._stopping, receive_all)

    def stop(self) -> None:
        """Let `run` come to its end; what is not stored stays with the messenger."""
        self._stopping.set()

    def health(self) -> ChannelHealth:
        """How receiving goes; without `run` it stays `starting`."""
        return self._poller.health

    async def aclose(self) -> None:
        """Stop, wait for the last answers to buttons, close the connections."""
        self.stop()
        if self._answers:
            await asyncio.wait(set(self._answers), timeout=2)
        for task in self._answers:
            task.cancel()
        await self._polling.shutdown()
        await self._sending.shutdown()

    def parse_webhook(self, body: bytes) -> Incoming:
        """The update in a webhook's body. Raises Unreadable, which is a dead letter (and HTTP 200)."""
        try:
            raw = json.loads(body.decode("utf-8", "replace"), strict=False)
        except (ValueError, RecursionError):
            raise Unreadable("body is not JSON", raw=storable(body.decode("utf-8", "replace"))) from None
        return read_update(self.name, raw, self._poller.me)

    async def receive_webhook(self, body: bytes, receive: Receive, dead_letter: DeadLetter) -> None:
        """All of a webhook call: read, store, answer the button. Raises what `receive` raises: HTTP 503 then,
        and the messenger sends it again."""
        try:
            incoming = self.parse_webhook(body)
        except Unreadable as letter:
            await dead_letter(self.name, letter.update_id, letter.raw, letter.reason)
            self._poller.health.dead_letters += 1
            return
        if incoming.chat_kind == "group" and self._poller.me.user_id is None:
            # Another process has registered the webhook; here nobody knows yet who is meant by @name.
            await self._poller.know_me()
            incoming = self.parse_webhook(body)
        await receive(incoming)
        self.acknowledge(incoming)

    async def set_webhook(self, url: str, secret_token: str | None = None) -> None:
        """Have updates sent to `url`; Bale knows no secret, there the path must be unguessable.
        Raises SendError."""
        try:
            await self._poller.know_me()
            await self._bot.set_webhook(
                url,
                secret_token=None if self._is_bale else secret_token,
                allowed_updates=None if self._is_bale else ALLOWED,
            )
        except TelegramError as problem:
            raise send_error(problem) from problem

    async def keep_webhook(
        self, url: str, secret_token: str, stopping: asyncio.Event, every: float = 60.0
    ) -> None:
        """Register the webhook, and see to it until `stopping` that it stays: whoever sets another one, or polls with
        the same token, would make this bot deaf. `health` says how it goes."""
        failures = 0
        while not stopping.is_set():
            health, wait = self._poller.health, every
            try:
                if await self._webhook_elsewhere(url):
                    await self.set_webhook(url, secret_token)
                health.state, health.detail, failures = "ok", "", 0
                health.last_contact = datetime.now(timezone.utc)
            except (SendError, TelegramError) as problem:
                failures += 1
                wait = min(every, 2.0**failures)
                words = without_token(str(problem))[:300]
                if health.state != "network":
                    _log.warning("channel_trouble", channel=self.name, state="network", reason=words)
                health.state, health.detail, health.failures = "network", words, failures
            await pause(stopping, wait)

    async def _webhook_elsewhere(self, url: str) -> bool:
        """True where the messenger knows another address than ours, or does not tell."""
        if self._poller.me.user_id is None:
            return True  # the first round
        try:
            return (await self._bot.get_webhook_info()).url != url
        except TelegramError:
            return True

    @property
    def username(self) -> str | None:
        """The bot's name at the messenger, as soon as it is known."""
        return self._poller.me.username

    async def send(self, chat_id: str, message: Outgoing) -> tuple[str, ...]:
        """Send one message; the messenger's own ids of its parts. Raises SendError."""
        return await send_message(
            self._bot, chat_id, message, is_bale=self._is_bale, attachments=self._attachments
        )

    async def answer_button(self, callback_id: str, text: str | None = None) -> None:
        """End the waiting sign on a pressed button. Never raises: a stale one is only a courtesy."""
        try:
            await self._bot.answer_callback_query(callback_id, text=text[:200] if text else None)
        except TelegramError as problem:
            _log.debug("button_not_answered", channel=self.name, reason=without_token(str(problem)))

    def acknowledge(self, incoming: Incoming) -> None:
        """Answer a pressed button without waiting for it; nothing for any other update."""
        if incoming.callback_id is None:
            return
        task = asyncio.get_running_loop().create_task(self.answer_button(incoming.callback_id))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def download(self, file_id: str, limit_bytes: int) -> bytes:
        """The bytes of a file at the messenger. Raises FetchError (FileGone, FileTooLarge, FetchFailed)."""
        described = await self._describe(file_id)
        size, path = described.get("file_size"), described.get("file_path")
        if size is not None and size > limit_bytes:
            raise FileTooLarge(f"{size} bytes")
        if not path:
            raise FileGone("the messenger names no path")
        return await self._sending.fetch(file_url(self._bot.base_file_url, path), limit_bytes)

    async def _describe(self, file_id: str) -> dict[str, Any]:
        # Not Bot.get_file: it takes a path that exists on this machine for a local file.
        try:
            result = await self._bot.file_description(file_id)
        except BadRequest as problem:
            words = str(problem).lower()
            raise (FileTooLarge if "too big" in words else FileGone)(without_token(words)) from problem
        except InvalidToken as problem:
            raise FetchFailed("token refused") from problem
        except TelegramError as problem:
            raise FetchFailed(without_token(str(problem))) from problem
        return result if isinstance(result, dict) else {}
