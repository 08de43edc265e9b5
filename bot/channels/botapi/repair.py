"""Raw JSON of an update, or of a method's result, made fit for python-telegram-bot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.channels.botapi import shapes
from bot.channels.botapi.shapes import NO_DATE, Unrepairable, may, moment, must, record, repaired, whole
from bot.channels.errors import Unreadable

_ENVELOPE: shapes.Shape = {
    "message_id": shapes.Rule(whole, 0),
    "date": shapes.Rule(moment, NO_DATE),
    "edit_date": may(moment),
    "from": may(record(shapes.USER)),
    "chat": may(record(shapes.CHAT)),
    "sender_chat": may(record(shapes.CHAT)),
    **shapes.CONTENT,
}
_CALLBACK: shapes.Shape = {
    "id": must(shapes.filled),
    "from": may(record(shapes.USER)),
    "chat_instance": shapes.Rule(shapes.filled, "0"),
    "data": may(shapes.text),
}
_DEEPEST = 60
READ_KINDS = ("message", "edited_message", "callback_query")
"""The kinds of updates that are conversation; every other kind is only recorded."""


@dataclass
class Repaired:
    """An update that python-telegram-bot can read; `lost` names parts that were there but unusable."""

    update: dict[str, Any]
    kind: str
    lost: list[str] = field(default_factory=list)


def storable(value: Any, depth: int = 0) -> Any:
    """The same JSON without what a database refuses: NUL characters, halves of surrogate pairs, NaN, and
    anything nested deeper than 60 levels."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if depth > _DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(member, depth + 1) for key, member in value.items()}
    if isinstance(value, list):
        return [storable(member, depth + 1) for member in value]
    if isinstance(value, float) and value - value != 0:
        return None
    return value


def update_id_of(raw: Any) -> int | None:
    """The id of an update, or None where it has none that is a number."""
    try:
        return whole(raw["update_id"])
    except (Unrepairable, KeyError, TypeError):
        return None


def repaired_update(raw: Any) -> Repaired:
    """Repair one update of getUpdates or of a webhook.

    Raises:
        Unreadable: no number as id, nothing in it, or a message or button without chat and sender.
    """
    update_id = update_id_of(raw)
    if update_id is None:
        raise Unreadable("update without an id", raw=raw)
    kinds = [key for key, value in raw.items() if key != "update_id" and isinstance(value, Mapping)]
    kind = next((known for known in READ_KINDS if known in kinds), kinds[0] if kinds else None)
    if kind is None:
        raise Unreadable("update with nothing in it", update_id=str(update_id), raw=raw)
    done = Repaired({"update_id": update_id}, kind)
    try:
        if kind == "callback_query":
            done.update[kind] = _callback(raw[kind])
        elif kind in READ_KINDS:
            done.update[kind] = _message(raw[kind], done.lost)
    except Unrepairable as problem:
        raise Unreadable(f"{kind}: {problem}", update_id=str(update_id), raw=raw) from None
    return done


def repaired_message(raw: Any, chat_id: int = 0) -> dict[str, Any]:
    """What sending or editing returned (Bale: stubs with message_id 0, or just `true`); never raises."""
    try:
        return _message(raw, [])
    except Unrepairable:
        return {"message_id": 0, "date": NO_DATE, "chat": {"id": chat_id, "type": "private"}}


def repaired_result(raw: Any) -> Any:
    """The `result` of a method, repaired where it is a message or a user; else as it is."""
    if isinstance(raw, list):
        is_sent_album = bool(raw) and all(isinstance(one, Mapping) and "message_id" in one for one in raw)
        return [repaired_message(one) for one in raw] if is_sent_album else raw
    if not isinstance(raw, Mapping):
        return raw
    if "message_id" in raw:
        return repaired_message(raw)
    if "is_bot" in raw:
        return _or_as_it_is(raw, shapes.USER)
    return raw


def _or_as_it_is(raw: Any, shape: shapes.Shape) -> Any:
    try:
        return repaired(raw, shape)
    except Unrepairable:
        return raw


def _message(raw: Any, lost: list[str]) -> dict[str, Any]:
    message = repaired(raw, _ENVELOPE, lost)
    _complete_parties(message)
    replied = raw.get("reply_to_message")
    if isinstance(replied, Mapping):
        try:
            # One level is enough, and a chain of replies could be deep.
            message["reply_to_message"] = _complete_parties(
                repaired(replied, {key: _ENVELOPE[key] for key in ("message_id", "date", "from", "chat")}),
                fallback_chat=message["chat"],
            )
        except Unrepairable:
            lost.append("reply_to_message")
    return message


def _callback(raw: Any) -> dict[str, Any]:
    callback = repaired(raw, _CALLBACK)
    inner = raw.get("message")
    if isinstance(inner, Mapping):
        try:
            callback["message"] = _message(inner, [])
        except Unrepairable:
            if "from" not in callback:
                raise
    if "from" not in callback:
        chat = callback.get("message", {}).get("chat", {})
        if chat.get("type") != "private":
            raise Unrepairable("nobody pressed it")
        callback["from"] = _as_user(chat)
    return callback


def _complete_parties(message: dict[str, Any], fallback_chat: dict[str, Any] | None = None) -> dict[str, Any]:
    """See to it that the message has a chat with a type, and a sender."""
    chat, sender = message.get("chat") or fallback_chat, message.get("from")
    if chat is None:
        if sender is None:
            raise Unrepairable("neither chat nor sender")
        chat = {"id": sender["id"], "type": "private"}
    if not chat["type"]:
        own = sender is None or sender["id"] == chat["id"]
        chat = {**chat, "type": "private" if own and chat["id"] > 0 else "group"}
    message["chat"] = chat
    if sender is None and fallback_chat is None:
        message["from"] = _as_user(message.get("sender_chat") or chat)
    return message


def _as_user(chat: Mapping[str, Any]) -> dict[str, Any]:
    name = chat.get("first_name") or chat.get("title") or ""
    return {"id": chat["id"], "first_name": name, "is_bot": False}
