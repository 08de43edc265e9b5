"""The chat in a terminal, line by line."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rich.console import Console

from bot.channels.errors import FileGone, FileTooLarge
from bot.channels.terminal import TerminalChat
from bot.incoming import Incoming
from bot.outgoing import InlineButton, Key, Outgoing


class Chat:
    """A terminal chat whose lines and screen are in memory."""

    def __init__(self, typed: str = "", replies: AsyncIterator[Outgoing] | None = None) -> None:
        self.received: list[Incoming] = []
        self.screen = io.StringIO()
        console = Console(file=self.screen, width=100)
        self.chat = TerminalChat(self.receive, replies, console=console, lines=io.StringIO(typed))

    async def receive(self, incoming: Incoming) -> None:
        self.received.append(incoming)


async def test_lines_are_messages_until_quit() -> None:
    terminal = Chat("سلام\n\nچراغ کوچه خاموش است\n/quit\nدیگر نه\n")
    await terminal.chat.run()
    assert [incoming.text for incoming in terminal.received] == ["سلام", "چراغ کوچه خاموش است"]
    assert {incoming.channel for incoming in terminal.received} == {"terminal"}


@pytest.mark.parametrize("typed", ["2", "۲", " ٢ "])
async def test_a_number_presses_the_button_in_any_digits(typed: str) -> None:
    terminal = Chat()
    await terminal.chat.send(
        "terminal", Outgoing("کدام؟", inline=((InlineButton("الف", "t1"), InlineButton("ب", "t2")),))
    )
    pressed = terminal.chat.read(typed)
    assert pressed and pressed.button_token == "t2" and pressed.text == ""
    assert "۲. ب" in terminal.screen.getvalue()


async def test_a_number_beyond_the_buttons_or_behind_an_equals_sign_is_text() -> None:
    terminal = Chat()
    await terminal.chat.send("terminal", Outgoing("؟", inline=((InlineButton("الف", "t1"),),)))
    assert [incoming.text for line in ("12", "=1") if (incoming := terminal.chat.read(line))] == ["12", "1"]


async def test_a_key_of_the_lasting_keyboard_sends_its_label_and_asks_for_a_pin() -> None:
    terminal = Chat()
    keyboard = ((Key("ثبت درخواست"),), (Key("جای من", request_location=True),))
    await terminal.chat.send("terminal", Outgoing("سلام", keyboard=keyboard))
    pressed = terminal.chat.read("1")
    assert pressed and pressed.text == "ثبت درخواست"
    assert terminal.chat.read("2") is None
    assert "/pin" in terminal.screen.getvalue()


def test_a_pin_is_read_and_a_wrong_one_is_said(tmp_path: Path) -> None:
    terminal = Chat()
    incoming = terminal.chat.read("/pin ۳۶.۲۹۷, 59.606")
    assert incoming and incoming.pin == (36.297, 59.606)
    assert [terminal.chat.read(line) for line in ("/pin", "/pin x y", "/pin 136 59")] == [None] * 3


async def test_a_photo_is_attached_and_can_be_fetched(tmp_path: Path) -> None:
    photo = tmp_path / "چاله.jpg"
    photo.write_bytes(b"jpeg")
    terminal = Chat()
    incoming = terminal.chat.read(f"/photo {photo}")
    assert incoming is not None
    (attachment,) = incoming.attachments
    assert (attachment.kind, attachment.mime_type, attachment.size) == ("photo", "image/jpeg", 4)
    assert await terminal.chat.download(attachment.file_id, 4) == b"jpeg"
    with pytest.raises(FileTooLarge):
        await terminal.chat.download(attachment.file_id, 3)
    with pytest.raises(FileGone):
        await terminal.chat.download(str(tmp_path / "none"), 3)
    assert terminal.chat.read("/photo /none") is None


async def test_replies_of_an_iterator_are_shown() -> None:
    async def replies() -> AsyncIterator[Outgoing]:
        yield Outgoing("خوش آمدید\n[bold]نه[/bold]")

    terminal = Chat("سلام\n", replies())
    await terminal.chat.run()
    assert "خوش آمدید" in terminal.screen.getvalue()
    assert "[bold]نه[/bold]" in terminal.screen.getvalue()


async def test_a_real_stream_is_read_line_by_line(tmp_path: Path) -> None:
    source = tmp_path / "typed"
    source.write_text("سلام\nچاله در هدایت ۱۲", "utf-8")
    terminal = Chat()
    with source.open(encoding="utf-8") as lines:
        chat = TerminalChat(terminal.receive, console=Console(file=terminal.screen), lines=lines)
        await chat.run()
    assert [incoming.text for incoming in terminal.received] == ["سلام", "چاله در هدایت ۱۲"]
