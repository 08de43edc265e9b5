"""A web chat without a database: the thread in memory, replies from a function.

For tests, and for looking at the page.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.channels.webchat_bell import Bell
from bot.channels.webchat_messages import file_type
from bot.channels.webchat_thread import ThreadAttachment, ThreadItem
from bot.incoming import Incoming, IncomingAttachment

Answer = Callable[[Incoming], Sequence[ThreadItem]]
"""What the city says to a message; `seq` of the items is given anew."""


class MemoryWebChat:
    """Implements `WebChatBackend`. `received` has every message once, by update id, as the inbox would."""

    def __init__(self, answer: Answer, *, bell: Bell | None = None, seconds: float = 0.0) -> None:
        self.received: dict[str, Incoming] = {}
        self.posts = 0
        self.uploads: dict[str, bytes] = {}
        self._threads: dict[str, list[ThreadItem]] = defaultdict(list)
        self._answer = answer
        self._bell = bell or Bell()
        self._seconds = seconds
        self._tasks: set[asyncio.Task[None]] = set()

    async def receive(self, incoming: Incoming) -> None:
        self.posts += 1
        if incoming.update_id in self.received:
            return
        self.received[incoming.update_id] = incoming
        self.say(incoming.chat_id, _echo(incoming))
        task = asyncio.create_task(self._reply(incoming))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def thread(self, chat_id: str, after_seq: int) -> list[ThreadItem]:
        return [item for item in self._threads.get(chat_id, ()) if item.seq > after_seq]

    async def store_upload(self, chat_id: str, filename: str, content: bytes) -> IncomingAttachment:
        kind = file_type(content)
        file_id = f"{chat_id}-{len(self.uploads)}"
        self.uploads[file_id] = content
        return IncomingAttachment(
            kind=kind.kind, file_id=file_id, mime_type=kind.mime_type, size=len(content), file_name=filename
        )

    def say(self, chat_id: str, item: ThreadItem) -> None:
        """Put one item at the end of a thread, as a push would."""
        thread = self._threads[chat_id]
        thread.append(replace(item, seq=len(thread) + 1))
        self._bell.ring(chat_id)

    async def _reply(self, incoming: Incoming) -> None:
        await asyncio.sleep(self._seconds)
        for item in self._answer(incoming):
            self.say(incoming.chat_id, item)


def _echo(incoming: Incoming) -> ThreadItem:
    return ThreadItem(
        seq=0,
        author="citizen",
        text=incoming.text,
        at=datetime.now(UTC),
        attachments=tuple(ThreadAttachment(a.kind, a.file_name) for a in incoming.attachments),
        update_id=incoming.update_id,
        pressed=incoming.button_token,
        pin=incoming.pin,
    )
