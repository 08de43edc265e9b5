"""From an outbox row to a message: texts of data/messages, keyboards, Persian digits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.dialogue import Knowledge, RequestView
from actions.menu import KEYBOARDS, ONCE
from actions.texts import Texts
from bot.outgoing import InlineButton, Key, Outgoing
from casework.requests import SOLVED_BUTTONS
from persian import tracking


def keyboard(texts: Texts, name: str) -> tuple[tuple[Key, ...], ...]:
    """A lasting keyboard by its name in `actions.menu.KEYBOARDS`."""
    return tuple(
        tuple(Key(texts.say(key), request_location=key == "menu.send_location") for key in row)
        for row in KEYBOARDS[name]
    )


def rendered(
    content: Mapping[str, Any], knowledge: Knowledge, request: RequestView | None = None
) -> Outgoing:
    """One message as it is sent. `request` is there for news of a request (`content["request"]`)."""
    texts = knowledge.texts
    variables = dict(content.get("variables") or {})
    if request is not None:
        variables |= news_of(request, content, knowledge)
    name = content.get("keyboard")
    return Outgoing(
        text=texts.say(content["key"], variables),
        inline=tuple(tuple(_button(texts, button) for button in row) for row in content.get("buttons") or ()),
        keyboard=keyboard(texts, name) if name else None,
        keyboard_once=name in ONCE,
        photos=tuple(content.get("photos") or ()),
    )


def _button(texts: Texts, button: Mapping[str, Any]) -> InlineButton:
    label = button["label"] if "label" in button else texts.say(button["label_key"])
    return InlineButton(label, button.get("token"), button.get("url"))


def _asks(content: Mapping[str, Any]) -> bool:
    """Whether the news has the two buttons under «مشکل حل شد؟»."""
    labels = [button.get("label_key") for row in content.get("buttons") or () for button in row]
    return SOLVED_BUTTONS[0][0] in labels


def news_of(request: RequestView, content: Mapping[str, Any], knowledge: Knowledge) -> dict[str, str]:
    """The variables of `push.news`."""
    number = tracking.show(request.tracking_number)
    own = content.get("sentence")
    sentence = knowledge.texts.say(own) if own else knowledge.lifecycle.states[content["status"]].sentence
    return {
        "number": number,
        "service": knowledge.catalogue.service(request.service_code).name,
        "sentence": (sentence or "").format(agency=request.agency, tracking=number),
        "notes": content.get("notes") or "",
        "question": knowledge.texts.say("push.question") if _asks(content) else "",
    }
