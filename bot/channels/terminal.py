"""The chat in a terminal: for trying a conversation without any messenger (`make chat`).

Replies are shown with their buttons numbered; a number typed alone presses one, `=12` sends «12» as text.
A line beginning with /pin, /photo, /quit is a command of the terminal; everything else goes to the bot.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from bot.channels.errors import FileGone, FileTooLarge
from bot.incoming import Incoming, IncomingAttachment
from bot.outgoing import InlineButton, Key, Outgoing
from persian.digits import to_latin, to_persian

HELP = "number = button · =12 sends 12 as text · /pin LAT LON · /photo PATH · /quit"
_RIGHT_TO_LEFT = "\u200f"
_MIME_TYPES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


class TerminalChat:
    """A Sender that prints, and a reader of lines. One citizen, one conversation.

    Replies reach it by `send` (as the outbox calls any channel) or from `replies`, whichever is wired.
    """

    name = "terminal"

    def __init__(
        self,
        receive: Callable[[Incoming], Awaitable[Any]],
        replies: AsyncIterator[Outgoing] | None = None,
        *,
        chat_id: str = "terminal",
        console: Console | None = None,
        lines: TextIO | None = None,
    ) -> None:
        self._receive = receive
        self._replies = replies
        self._chat_id = chat_id
        self._console = console or Console(highlight=False)
        self._source = lines or sys.stdin
        self._choices: list[InlineButton | Key] = []
        self._sent = 0

    async def run(self) -> None:
        """Read lines until /quit or the end of the input."""
        self._console.print(HELP, style="dim")
        printing = asyncio.ensure_future(self._print_replies(self._replies)) if self._replies else None
        try:
            lines = self._lines()
            while (line := await lines.get()) is not None:
                if line.strip() == "/quit":
                    break
                incoming = self.read(line)
                if incoming is not None:
                    await self._receive(incoming)
        finally:
            if printing:
                printing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await printing

    def read(self, line: str) -> Incoming | None:
        """What a line means; None for an empty line or a command with a mistake in it (which is said)."""
        typed = line.strip()
        if not typed:
            return None
        word, _, rest = typed.partition(" ")
        if word == "/pin":
            return self._pin(rest)
        if word == "/photo":
            return self._photo(rest.strip())
        if typed.startswith("="):
            return self._incoming(text=typed[1:])
        number = to_latin(typed)
        if number.isdigit() and 1 <= int(number) <= len(self._choices):
            return self._press(self._choices[int(number) - 1])
        return self._incoming(text=typed)

    async def send(self, chat_id: str, message: Outgoing) -> tuple[str, ...]:
        """Print one message; its number as id."""
        self._sent += 1
        self._show(message)
        return (str(self._sent),)

    async def download(self, file_id: str, limit_bytes: int) -> bytes:
        """The bytes of a file named with /photo. Raises FileGone, FileTooLarge."""
        return await asyncio.to_thread(_bytes_of, Path(file_id), limit_bytes)

    def _press(self, choice: InlineButton | Key) -> Incoming | None:
        if isinstance(choice, Key):
            if choice.request_location:
                self._say("type: /pin LAT LON")
                return None
            return self._incoming(text=choice.label)
        if choice.token is None:
            self._say(choice.url or "")
            return None
        return self._incoming(button_token=choice.token, callback_id=uuid.uuid4().hex)

    def _pin(self, words: str) -> Incoming | None:
        try:
            latitude, longitude = (float(part) for part in to_latin(words).replace(",", " ").split())
        except ValueError:
            self._say("/pin 36.297 59.606")
            return None
        if abs(latitude) > 90 or abs(longitude) > 180:
            self._say("/pin LAT LON: degrees")
            return None
        return self._incoming(pin=(latitude, longitude))

    def _photo(self, name: str) -> Incoming | None:
        path = Path(name).expanduser().resolve()
        if not name or not path.is_file():
            self._say("/photo PATH: no such file")
            return None
        photo = IncomingAttachment(
            kind="photo",
            file_id=str(path),
            mime_type=_MIME_TYPES.get(path.suffix.lower()),
            size=path.stat().st_size,
            file_name=path.name,
        )
        return self._incoming(attachments=(photo,))

    def _incoming(self, **content: Any) -> Incoming:
        update_id = uuid.uuid4().hex
        return Incoming(
            channel="terminal",
            update_id=update_id,
            chat_id=self._chat_id,
            sender_id=self._chat_id,
            message_id=update_id,
            **content,
        )

    def _say(self, hint: str) -> None:
        self._console.print(hint, style="dim", markup=False)

    async def _print_replies(self, replies: AsyncIterator[Outgoing]) -> None:
        async for message in replies:
            await self.send(self._chat_id, message)

    def _show(self, message: Outgoing) -> None:
        """Each line begins with a mark that makes a terminal with bidi lay it out from the right."""
        for photo in message.photos:
            self._console.print(f"[photo] {photo}", style="dim", markup=False)
        for line in message.text.splitlines():
            self._console.print(Text(_RIGHT_TO_LEFT + line, style="bold cyan"))
        if message.inline:
            self._choices = [button for row in message.inline for button in row]
        elif message.keyboard is not None:
            self._choices = [key for row in message.keyboard for key in row]
        else:
            return
        for number, choice in enumerate(self._choices, start=1):
            label = Text(f"{_RIGHT_TO_LEFT}  {to_persian(number)}. ", style="dim")
            self._console.print(label + Text(choice.label))

    def _lines(self) -> asyncio.Queue[str | None]:
        """Lines as they are typed; a thread, as a terminal cannot be read without blocking one."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[str | None] = asyncio.Queue()

        def read_all() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                for line in _lines_of(self._source):
                    loop.call_soon_threadsafe(queue.put_nowait, line)
                loop.call_soon_threadsafe(queue.put_nowait, None)

        threading.Thread(target=read_all, name="terminal-lines", daemon=True).start()
        return queue


def _lines_of(source: TextIO) -> Iterator[str]:
    """Lines of a stream. A real one is read below its buffer: at the end of the process a thread that waits
    inside the buffer of stdin brings the interpreter down."""
    try:
        number = source.fileno()
    except OSError:  # in memory
        yield from source
        return
    rest = b""
    while chunk := os.read(number, 65536):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace")
    if rest:
        yield rest.decode("utf-8", "replace")


def _bytes_of(path: Path, limit_bytes: int) -> bytes:
    try:
        size = path.stat().st_size
        if size > limit_bytes:
            raise FileTooLarge(f"{size} bytes")
        return path.read_bytes()
    except OSError as problem:
        raise FileGone(type(problem).__name__) from problem
