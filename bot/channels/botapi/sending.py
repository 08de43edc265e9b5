"""`Outgoing` -> calls of the Bot API, and its errors -> those of `bot.outgoing`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import telegram
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bot.channels.bale_text import neutral
from bot.channels.botapi.bot import RawBot, without_token
from bot.channels.text_parts import length, split_text
from bot.outgoing import (
    LONGEST_TEXT,
    InlineButton,
    Key,
    Outgoing,
    RecipientGone,
    SendError,
    SendFailed,
    SendLater,
    SendRefused,
)

CAPTION_LIMIT = 1023  # Bale: under 1024
ALBUM_LIMIT = 10
TOKEN_LIMIT = 64  # bytes of callback_data
_LATER_PARTS_TRIES = 3
_LONGEST_WAIT_INSIDE = 30.0

# Descriptions that mean "this chat does not exist for us", on either messenger.
_GONE = (
    "chat not found",
    "user not found",
    "no such group or user",
    "peer_id_invalid",
    "user is deactivated",
    "bot was kicked",
    "bot was blocked",
    "group chat was deactivated",
    "bot is not a member",
    "chat_write_forbidden",
    "have no rights to send",
    "not enough rights to send",
    "input_user_deactivated",
    "group chat was deleted",
    "bot can't initiate conversation",
    "permission_denied",
)
_NO_REPLY_TARGET = ("replied not found", "reply message not found", "message to reply not found", "reply_to")


@dataclass(frozen=True)
class Part:
    """One call: a text, a photo with a caption, or an album."""

    text: str
    photos: tuple[Path, ...] = ()
    is_last: bool = True


def parts_of(message: Outgoing, *, is_markdown: bool, attachments: Path | None) -> list[Part]:
    """The calls that one message takes: long texts cut, albums of ten at the most, the keyboard with the last part.

    No messenger hangs a keyboard under an album: the text comes after it then.

    Raises:
        SendRefused: nothing to send, or a photo that lies outside the attachments folder or is missing.
    """
    text = neutral(message.text) if is_markdown else message.text
    parts: list[Part] = []
    photos = tuple(_photo(name, attachments) for name in message.photos)
    for begin in range(0, len(photos), ALBUM_LIMIT):
        parts.append(Part("", photos[begin : begin + ALBUM_LIMIT]))
    has_markup = bool(message.inline) or message.keyboard is not None
    fits = len(parts) == 1 and length(text.strip()) <= CAPTION_LIMIT
    if fits and (len(photos) == 1 or not has_markup):
        parts, text = [replace(parts[0], text=text.strip())], ""
    parts += [Part(piece) for piece in split_text(text, LONGEST_TEXT)]
    if not parts:
        raise SendRefused("empty message")
    return [replace(part, is_last=index == len(parts) - 1) for index, part in enumerate(parts)]


def markup_of(message: Outgoing, *, is_bale: bool) -> telegram.TelegramObject | None:
    """The inline or lasting keyboard; an empty lasting keyboard takes the present one away.

    Raises:
        SendRefused: a token of more than 64 bytes, or a button that does nothing.
    """
    if message.inline:
        return telegram.InlineKeyboardMarkup([[_inline(button) for button in row] for row in message.inline])
    if message.keyboard is None:
        return None
    if not any(message.keyboard):
        return telegram.ReplyKeyboardRemove()
    rows = [[_key(key) for key in row] for row in message.keyboard if row]
    lasting = None if is_bale or message.keyboard_once else True  # Bale does not know is_persistent
    return telegram.ReplyKeyboardMarkup(
        rows, resize_keyboard=True, one_time_keyboard=message.keyboard_once or None, is_persistent=lasting
    )


def _inline(button: InlineButton) -> telegram.InlineKeyboardButton:
    if button.url:
        return telegram.InlineKeyboardButton(button.label, url=button.url)
    if not button.token:
        raise SendRefused("a button without token or address")
    if len(button.token.encode()) > TOKEN_LIMIT:
        raise SendRefused(f"a button token of more than {TOKEN_LIMIT} bytes")
    return telegram.InlineKeyboardButton(button.label, callback_data=button.token)


def _key(key: Key) -> telegram.KeyboardButton:
    return telegram.KeyboardButton(key.label, request_location=key.request_location or None)


def _photo(name: str, attachments: Path | None) -> Path:
    if attachments is None:
        raise SendRefused("no attachments folder")
    folder = attachments.resolve()
    path = (folder / name).resolve()
    if folder not in path.parents:
        raise SendRefused("photo outside the attachments folder")
    if not path.is_file():
        raise SendRefused("photo is not there")
    return path


async def send_message(
    bot: RawBot, chat_id: str, message: Outgoing, *, is_bale: bool, attachments: Path | None
) -> tuple[str, ...]:
    """Send one message, in as many calls as it takes; the ids of all its parts.

    Between the parts a short wait that the messenger demands is waited here: giving up half-way would send
    the first parts again.

    Raises:
        SendError: see `bot.outgoing`.
    """
    parts = parts_of(message, is_markdown=is_bale, attachments=attachments)
    markup = markup_of(message, is_bale=is_bale)
    sent: list[str] = []
    for number, part in enumerate(parts):
        reply_to = message.reply_to if number == 0 else None
        call = _call(bot, chat_id, part, markup if part.is_last else None, reply_to, is_bale)
        sent += await (_mapped(call) if number == 0 else _insisting(call))
    return tuple(sent)


def _call(
    bot: RawBot, chat_id: str, part: Part, markup: Any, reply_to: str | None, is_bale: bool
) -> Callable[[], Awaitable[list[str]]]:
    async def call() -> list[str]:
        try:
            return await once(int(chat_id), _reply(reply_to, is_bale))
        except ChatMigrated as moved:  # the group became a supergroup
            return await once(moved.new_chat_id, {})
        except BadRequest as refusal:
            if reply_to and any(words in str(refusal).lower() for words in _NO_REPLY_TARGET):
                return await once(int(chat_id), {})
            raise

    async def once(chat: int, reply: dict[str, Any]) -> list[str]:
        if len(part.photos) > 1:
            album = [
                telegram.InputMediaPhoto(photo.read_bytes(), filename=photo.name) for photo in part.photos
            ]
            messages = await bot.send_media_group(chat, album, caption=part.text or None, **reply)
            return [str(message.message_id) for message in messages]
        if part.photos:
            photo = part.photos[0]
            message = await bot.send_photo(
                chat,
                photo.read_bytes(),
                caption=part.text or None,
                filename=photo.name,
                reply_markup=markup,
                **reply,
            )
        else:
            message = await bot.send_message(chat, part.text, reply_markup=markup, **reply)
        return [str(message.message_id)]

    return call


def _reply(reply_to: str | None, is_bale: bool) -> dict[str, Any]:
    if not reply_to or not reply_to.lstrip("-").isdigit():
        return {}
    if is_bale:  # PTB would turn its own argument of this name into reply_parameters
        return {"api_kwargs": {"reply_to_message_id": int(reply_to)}}
    return {"reply_parameters": telegram.ReplyParameters(int(reply_to), allow_sending_without_reply=True)}


async def _insisting(call: Callable[[], Awaitable[list[str]]]) -> list[str]:
    """A further part of a text whose first part has gone out."""
    for attempt in range(1, _LATER_PARTS_TRIES + 1):
        try:
            return await _mapped(call)
        except SendLater as later:
            if attempt == _LATER_PARTS_TRIES or later.seconds > _LONGEST_WAIT_INSIDE:
                raise
            await asyncio.sleep(later.seconds)
        except SendFailed:
            if attempt == _LATER_PARTS_TRIES:
                raise
            await asyncio.sleep(attempt)
    raise AssertionError("the loop returns or raises")


async def _mapped(call: Callable[[], Awaitable[list[str]]]) -> list[str]:
    try:
        return await call()
    except TelegramError as problem:
        raise send_error(problem) from problem
    except ValueError as problem:
        raise SendRefused("chat id is not a number") from problem


def send_error(problem: TelegramError) -> SendError:
    """The error of the Bot API as one of ours; the token is kept out of its words."""
    words = without_token(str(problem))
    lower = words.lower()
    if isinstance(problem, RetryAfter):
        return SendLater(problem._retry_after.total_seconds())  # the public one warns
    if isinstance(problem, InvalidToken):
        return SendFailed(f"token refused: {words}")
    if isinstance(problem, Forbidden):
        return RecipientGone(words)
    if isinstance(problem, BadRequest):
        return RecipientGone(words) if any(sign in lower for sign in _GONE) else SendRefused(words)
    return SendFailed(words)
