"""Our own long polling: an update is confirmed only when it is stored, and nothing ends it but `stop`.

PTB's Updater confirms a batch while it is only in memory, gives a whole batch up for one odd update, and ends
without a word at a 401 or 404. Here: fetch, read one by one, store, then move the offset.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import structlog
from telegram.error import (
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.botapi.bot import RawBot, without_token
from bot.channels.botapi.convert import Identity, read_update
from bot.channels.botapi.repair import storable, update_id_of
from bot.channels.botapi.request import UnreadableAnswer
from bot.channels.errors import Unreadable
from bot.incoming import ChannelName, Incoming
from casework.pause import pause

Receive = Callable[[Incoming], Awaitable[Any]]
"""Stores the update durably; when it returns, the update may be forgotten by the messenger."""
ReceiveAll = Callable[[Sequence[Incoming]], Awaitable[Any]]
"""The same for several, in their order: all or none."""
DeadLetter = Callable[[str, str | None, Any, str], Awaitable[Any]]
"""(bot, update id or None, raw, reason); stores durably as well."""

ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]
_BATCH = 100
_REFUSALS = 5
_log = structlog.get_logger(__name__)


@dataclass
class ChannelHealth:
    """How receiving goes, for /readyz. `state` is one of starting, ok, no_token, conflict, network,
    storage, unreadable, stopped."""

    name: str
    state: str = "starting"
    detail: str = ""
    failures: int = 0
    last_contact: datetime | None = None
    dead_letters: int = 0

    @property
    def ok(self) -> bool:
        return self.state == "ok"


@dataclass
class Poller:
    """The loop. `backoff` is (first, longest) wait in seconds after a failure."""

    name: ChannelName
    bot: RawBot
    poll_seconds: int = 25
    backoff: tuple[float, float] = (1.0, 60.0)
    me: Identity = field(default_factory=Identity)
    on_stored: Callable[[Incoming], None] = lambda incoming: None
    health: ChannelHealth = field(init=False)

    def __post_init__(self) -> None:
        self.health = ChannelHealth(self.name)
        self._offset: int | None = None
        self._limit = _BATCH
        self._has_dropped_webhook = False
        self._refused = ("", 0)
        self._nameless: OrderedDict[str, None] = OrderedDict()

    async def run(
        self,
        receive: Receive,
        dead_letter: DeadLetter,
        stopping: asyncio.Event,
        receive_all: ReceiveAll | None = None,
    ) -> None:
        """Poll until `stopping` is set. Cancelled or stopped, it has confirmed nothing unstored."""
        while not stopping.is_set():
            wait = await self._round(receive, dead_letter, stopping, receive_all)
            if wait:
                await pause(stopping, wait)
        await self._confirm_the_last()
        self.health.state = "stopped"

    async def _round(
        self,
        receive: Receive,
        dead_letter: DeadLetter,
        stopping: asyncio.Event,
        receive_all: ReceiveAll | None,
    ) -> float:
        """One fetch and what it brought; seconds to wait before the next."""
        try:
            await self._introduce()
            batch = await _unless(stopping, self._fetch())
        except UnreadableAnswer as answer:
            return await self._unreadable(answer, dead_letter)
        except RetryAfter as later:
            return self._failed("network", later, at_least=later._retry_after.total_seconds())
        except InvalidToken as problem:
            return self._failed("no_token", problem)
        except Conflict as problem:
            self._has_dropped_webhook = False  # a webhook may have been set meanwhile
            return self._failed("conflict", problem)
        except TelegramError as problem:
            return self._failed("no_token" if isinstance(problem, Forbidden) else "network", problem)
        except Exception as problem:  # a watchdog that can itself die is none
            return self._failed("network", problem)
        if batch is None:
            return 0.0
        self.health.last_contact = datetime.now(timezone.utc)
        try:
            moved = await self._store(batch, receive, dead_letter, receive_all)
        except Exception as problem:
            return self._failed("storage", problem)
        self._limit = _BATCH
        self._recovered()
        return 0.0 if moved or not batch else self.backoff[0]

    async def know_me(self) -> None:
        """Who are we? Asked once; groups and links need it. Raises TelegramError."""
        if self.me.user_id is None:
            user = await self.bot.get_me()
            self.me = Identity(user.id, user.username)

    async def _introduce(self) -> None:
        """Who are we, and no webhook in the way."""
        await self.know_me()
        if not self._has_dropped_webhook:
            try:
                await self.bot.delete_webhook(drop_pending_updates=False)
            except (InvalidToken, RetryAfter, TimedOut):
                raise
            except TelegramError as problem:
                _log.info("webhook_not_removed", channel=self.name, reason=without_token(str(problem)))
            self._has_dropped_webhook = True

    async def _fetch(self) -> list[Any]:
        # Not a long poll as long as it is unsure whether it works: /readyz would wait for it.
        wait = self.poll_seconds if self.health.ok else 0
        return await self.bot.raw_updates(self._offset, limit=self._limit, timeout=wait, allowed=ALLOWED)

    async def _store(
        self, batch: list[Any], receive: Receive, dead_letter: DeadLetter, receive_all: ReceiveAll | None
    ) -> bool:
        """Store each update, oldest first, moving the offset behind it; whether anything new came."""
        moved = False
        numbered = sorted((raw for raw in batch if update_id_of(raw) is not None), key=_number)
        for raw in batch:
            if update_id_of(raw) is None:
                moved |= await self._keep_nameless(raw, dead_letter)
        if not numbered:
            return moved
        if receive_all is not None and await self._stored_at_once(numbered, receive_all):
            self._move_behind(numbered[-1])
            return True
        for raw in numbered:
            await self._store_one(raw, receive, dead_letter)
            self._move_behind(raw)
        return True

    async def _stored_at_once(self, numbered: list[Any], receive_all: ReceiveAll) -> bool:
        """A transaction for each update would cost more than what is done in it."""
        try:
            incoming = [read_update(self.name, raw, self.me) for raw in numbered]
            await receive_all(incoming)
        except Exception:  # one of them cannot be read or stored: each for itself, and it will be known which
            return False
        for one in incoming:
            self.on_stored(one)
        return True

    def _move_behind(self, raw: Any) -> None:
        self._offset = max(self._offset or 0, _number(raw) + 1)

    async def _store_one(self, raw: Any, receive: Receive, dead_letter: DeadLetter) -> None:
        try:
            incoming = read_update(self.name, raw, self.me)
        except Unreadable as letter:
            await self._bury(letter.update_id or str(_number(raw)), letter.raw, letter.reason, dead_letter)
            return
        try:
            await receive(incoming)
        except Exception as problem:
            await self._bury_if_poisonous(incoming, problem, dead_letter)
        else:
            self.on_stored(incoming)

    async def _bury_if_poisonous(
        self, incoming: Incoming, problem: Exception, dead_letter: DeadLetter
    ) -> None:
        """An update that is refused again and again must not hold up all that follow it. With the database
        away the dead letter is refused as well, and everything waits."""
        last, times = self._refused
        times = times + 1 if last == incoming.update_id else 1
        self._refused = (incoming.update_id, times)
        if times < _REFUSALS:
            raise problem
        reason = f"refused {times} times: {type(problem).__name__}"
        await self._bury(incoming.update_id, incoming.raw, reason, dead_letter)

    async def _keep_nameless(self, raw: Any, dead_letter: DeadLetter) -> bool:
        """An update without an id cannot be confirmed alone: it may come again and again, we keep it once."""
        key = repr(raw)
        if key in self._nameless:
            return False
        await self._bury(None, storable(raw), "update without an id", dead_letter)
        self._nameless[key] = None
        if len(self._nameless) > 100:
            self._nameless.popitem(last=False)
        return True

    async def _unreadable(self, answer: UnreadableAnswer, dead_letter: DeadLetter) -> float:
        """A body that is not JSON: try again, then one update at a time; what spoils it is kept raw."""
        wait = self._failed("unreadable", answer)
        if self.health.failures < 2:
            return wait
        if self._limit > 1:
            self._limit = 1
            return wait
        found = re.search(rb'"update_id"\s*:\s*"?(\d+)', answer.body)
        if found is None:
            return wait
        try:
            body = storable(answer.body.decode("utf-8", "replace"))
            await self._bury(found[1].decode(), body, "answer is not JSON", dead_letter)
        except Exception as problem:
            return self._failed("storage", problem)
        self._offset = max(self._offset or 0, int(found[1]) + 1)
        return 0.0

    async def _bury(self, update_id: str | None, raw: Any, reason: str, dead_letter: DeadLetter) -> None:
        await dead_letter(self.name, update_id, raw, reason)
        self.health.dead_letters += 1
        _log.warning("dead_letter", channel=self.name, update_id=update_id, reason=reason)

    async def _confirm_the_last(self) -> None:
        """Tell the messenger what is stored, so that it does not come again (if this fails, it does)."""
        if self._offset is None:
            return
        try:
            await asyncio.wait_for(self.bot.raw_updates(self._offset, limit=1, timeout=0, allowed=ALLOWED), 3)
        except Exception as problem:
            _log.info("last_batch_not_confirmed", channel=self.name, reason=type(problem).__name__)

    def _failed(self, state: str, problem: BaseException, at_least: float = 0.0) -> float:
        self.health.failures += 1
        is_news = self.health.state != state
        self.health.state = state
        self.health.detail = without_token(f"{type(problem).__name__}: {problem}")[:300]
        if state == "storage":  # a database's error may quote the row
            self.health.detail = type(problem).__name__
        if is_news:
            _log.warning("channel_trouble", channel=self.name, state=state, reason=self.health.detail)
        first, longest = self.backoff
        ceiling = min(longest, first * 2 ** min(self.health.failures - 1, 20))
        return max(at_least, random.uniform(ceiling / 2, ceiling))

    def _recovered(self) -> None:
        if self.health.state not in ("ok", "starting"):
            _log.info("channel_well_again", channel=self.name, failures=self.health.failures)
        self.health.state, self.health.detail, self.health.failures = "ok", "", 0


def _number(raw: Any) -> int:
    number = update_id_of(raw)
    assert number is not None
    return number


async def _unless(stopping: asyncio.Event, work: Awaitable[list[Any]]) -> list[Any] | None:
    """The result, or None as soon as we are to stop: a long poll must not hold up the end."""
    task = asyncio.ensure_future(work)
    bell = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({task, bell}, return_when=asyncio.FIRST_COMPLETED)
        return await task if task.done() else None
    finally:
        bell.cancel()
        task.cancel()
