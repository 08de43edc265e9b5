"""An update as python-telegram-bot reads it -> `Incoming`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import telegram

from bot.channels.botapi.repair import READ_KINDS, repaired_update, storable
from bot.channels.errors import Unreadable
from bot.incoming import (
    AttachmentKind,
    ChannelName,
    Incoming,
    IncomingAttachment,
    IncomingContact,
    Membership,
)

_FORWARD_MARKS = (
    "forward_origin",
    "forward_from",
    "forward_from_chat",
    "forward_sender_name",
    "forward_date",
    "forward_from_message_id",
)
_NOT_WRITTEN_BY_A_CITIZEN = frozenset(
    {
        "new_chat_members",
        "new_chat_member",
        "left_chat_member",
        "new_chat_title",
        "new_chat_photo",
        "delete_chat_photo",
        "group_chat_created",
        "supergroup_chat_created",
        "channel_chat_created",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "pinned_message",
        "successful_payment",
        "refunded_payment",
        "message_auto_delete_timer_changed",
        "proximity_alert_triggered",
        "write_access_allowed",
        "video_chat_started",
        "video_chat_ended",
        "video_chat_scheduled",
        "forum_topic_created",
        "forum_topic_closed",
        "forum_topic_edited",
        "forum_topic_reopened",
        "boost_added",
        "chat_background_set",
    }
)
_EPOCH = datetime.fromtimestamp(0, timezone.utc)


@dataclass(frozen=True)
class Identity:
    """Who the bot is, to know in a group what is meant for it; both None until getMe has answered."""

    user_id: int | None = None
    username: str | None = None


def read_update(channel: ChannelName, raw: Any, me: Identity) -> Incoming:
    """One raw update as `Incoming`, its `raw` made storable.

    `sent_at` of a pressed button is the date of the message under which it stands (there is no other),
    and the epoch where the messenger left the date out.

    Raises:
        Unreadable: nothing can be made of it.
    """
    try:
        raw = storable(raw)
        done = repaired_update(raw)
        update_id = str(done.update["update_id"])
        if done.kind not in READ_KINDS:
            return _other(channel, update_id, done.kind, raw)
        update = telegram.Update.de_json(done.update)
        if update.callback_query is not None:
            return _pressed(channel, update_id, update.callback_query, raw)
        message = update.message or update.edited_message
        if message is None:
            raise Unreadable(f"{done.kind}: not read", update_id=update_id, raw=raw)
        incoming = _written(channel, update_id, message, raw[done.kind], me, raw)
    except Unreadable:
        raise
    except Exception as problem:  # whatever a messenger thinks of: a dead letter, never the end of polling
        known = str(raw.get("update_id")) if isinstance(raw, Mapping) else None
        raise Unreadable(f"{type(problem).__name__} while reading", update_id=known, raw=raw) from problem
    if done.lost and not _says_anything(incoming):
        raise Unreadable("; ".join(done.lost), update_id=update_id, raw=raw)
    return incoming


def _says_anything(incoming: Incoming) -> bool:
    return bool(incoming.text or incoming.pin or incoming.attachments or incoming.contact)


def _written(
    channel: ChannelName,
    update_id: str,
    message: telegram.Message,
    body: Mapping[str, Any],
    me: Identity,
    raw: dict[str, Any],
) -> Incoming:
    sender = message.from_user
    assert sender is not None  # repair sees to it
    edited = "edited_message" in raw
    service_fields = [key for key, value in body.items() if value and key in _NOT_WRITTEN_BY_A_CITIZEN]
    is_private = message.chat.type == "private"
    text = message.text or message.caption or (message.sticker.emoji if message.sticker else "") or ""
    return Incoming(
        channel=channel,
        update_id=update_id,
        chat_id=str(message.chat.id),
        sender_id=str(sender.id),
        chat_kind="private" if is_private else "group",
        sender_name=_name(sender),
        message_id=str(message.message_id) if message.message_id else None,
        sent_at=(message.edit_date if edited and message.edit_date else message.date) or _EPOCH,
        text=text if is_private else _without_own_name(text, me),
        pin=_pin(message),
        attachments=_attachments(message),
        contact=_contact(message.contact, sender) if message.contact else None,
        reply_to=str(message.reply_to_message.message_id) if message.reply_to_message else None,
        album_id=message.media_group_id,
        edited=edited,
        forwarded=any(body.get(mark) for mark in _FORWARD_MARKS),
        # A live location goes on moving for hours: the first fix says where, the others say nothing to us.
        addressed=not service_fields and _addressed(message, text, me) and not (edited and message.location),
        other=service_fields[0] if service_fields else None,
        raw=raw,
    )


def _pressed(
    channel: ChannelName, update_id: str, callback: telegram.CallbackQuery, raw: dict[str, Any]
) -> Incoming:
    message = callback.message
    chat = message.chat if message else None
    known_date = isinstance(message, telegram.Message)
    return Incoming(
        channel=channel,
        update_id=update_id,
        chat_id=str(chat.id if chat else callback.from_user.id),
        sender_id=str(callback.from_user.id),
        chat_kind="private" if chat is None or chat.type == "private" else "group",
        sender_name=_name(callback.from_user),
        message_id=str(message.message_id) if message and message.message_id else None,
        sent_at=message.date if known_date and message else _EPOCH,
        button_token=callback.data or "",
        callback_id=callback.id,
        raw=raw,
    )


def _other(channel: ChannelName, update_id: str, kind: str, raw: dict[str, Any]) -> Incoming:
    """Channel posts, memberships, reactions, payments: kept as what they are, not spoken to."""
    body = raw[kind]
    chat = body.get("chat") if isinstance(body.get("chat"), Mapping) else {}
    parties = [body[key] for key in ("from", "user", "sender_chat") if isinstance(body.get(key), Mapping)]
    sender = parties[0] if parties else chat
    chat_id = chat.get("id", sender.get("id", ""))
    return Incoming(
        channel=channel,
        update_id=update_id,
        chat_id=str(chat_id),
        sender_id=str(sender.get("id", chat_id)),
        chat_kind="private" if chat.get("type", "private") == "private" else "group",
        sent_at=_EPOCH,
        addressed=False,
        other=None if kind == "my_chat_member" else kind,
        membership=_membership(body) if kind == "my_chat_member" else None,
        raw=raw,
    )


def _membership(body: Mapping[str, Any]) -> Membership | None:
    """Telegram says when somebody blocks the bot; Bale does not."""
    member = body.get("new_chat_member")
    status = member.get("status") if isinstance(member, Mapping) else None
    if status in ("kicked", "left"):
        return "gone"
    return "back" if status in ("member", "administrator") else None


def _name(user: telegram.User) -> str | None:
    return " ".join(part for part in (user.first_name, user.last_name) if part).strip() or None


def _pin(message: telegram.Message) -> tuple[float, float] | None:
    place = message.venue.location if message.venue else message.location
    return (place.latitude, place.longitude) if place else None


def _contact(contact: telegram.Contact, sender: telegram.User) -> IncomingContact:
    return IncomingContact(phone=contact.phone_number, own=contact.user_id == sender.id)


def _attachments(message: telegram.Message) -> tuple[IncomingAttachment, ...]:
    """The file of the message: none or one (an album comes as several messages)."""
    if message.photo:
        biggest = max(
            reversed(message.photo), key=lambda size: (size.width * size.height, size.file_size or 0)
        )
        return (IncomingAttachment("photo", biggest.file_id, "image/jpeg", biggest.file_size),)
    found: list[tuple[AttachmentKind, Any]] = [
        ("animation", message.animation),
        ("video", message.video),
        ("video", message.video_note),
        ("voice", message.voice),
        ("audio", message.audio),
        ("document", message.document),
    ]
    for kind, file in found:  # an animation comes with a document for old clients: the first counts
        if file is not None:
            return (_file(kind, file),)
    return ()


def _file(kind: AttachmentKind, file: Any) -> IncomingAttachment:
    seconds = file.to_dict().get("duration")  # the attribute itself warns: int today, timedelta tomorrow
    return IncomingAttachment(
        kind=kind,
        file_id=file.file_id,
        mime_type=getattr(file, "mime_type", None),
        size=file.file_size,
        file_name=getattr(file, "file_name", None),
        duration=int(seconds) if seconds else None,
    )


def _addressed(message: telegram.Message, text: str, me: Identity) -> bool:
    """Meant for the bot: everything in private; in a group a command, a mention or a reply to the bot."""
    sender = message.from_user
    if sender is not None and me.user_id is not None and sender.id == me.user_id:
        return False
    if message.chat.type == "private":
        return True
    if message.chat.type == "channel" or (sender is not None and sender.is_bot):
        return False
    command = re.match(r"\s*/\w+(?:@(\w+))?", text)
    if command:
        return command[1] is None or _same_name(command[1], me)
    replied = message.reply_to_message
    if replied is not None and replied.from_user is not None and replied.from_user.id == me.user_id:
        return True
    if any(_same_name(name, me) for name in re.findall(r"@(\w+)", text)):
        return True
    entities = (*message.entities, *message.caption_entities)
    return any(entity.user is not None and entity.user.id == me.user_id for entity in entities)


def _same_name(name: str, me: Identity) -> bool:
    return me.username is not None and name.casefold() == me.username.casefold()


def _without_own_name(text: str, me: Identity) -> str:
    """In a group the bot's name is the address on the envelope, not part of the matter."""
    if not me.username:
        return text
    return re.sub(rf"\s*@{re.escape(me.username)}\b", "", text, flags=re.IGNORECASE).strip()
