"""From outbox rows to messages: texts of data/messages, Persian digits, buttons with tokens."""

from __future__ import annotations

from dataclasses import replace

from actions.dialogue import Knowledge, RequestView
from actions.menu import KEYBOARDS
from bot.outgoing import InlineButton
from bot.rendering import keyboard, rendered
from casework.tables import utc_now

REQUEST = RequestView(
    id=1,
    tracking_number="123456789",
    service_code="taxi",
    status="answered",
    agency="سازمان تاکسیرانی",
    created_at=utc_now(),
    updated_at=utc_now(),
    own=True,
)


def test_news_of_a_request_has_its_number_in_persian_digits_and_what_became_of_it(
    knowledge: Knowledge,
) -> None:
    content = {"key": "push.news", "request": 1, "status": "in_progress", "notes": ""}
    text = rendered(content, knowledge, REQUEST).text
    assert "۱۲۳\u00a0۴۵۶\u00a0۷۸۹" in text and "کار روی درخواستتان شروع شد" in text
    assert "💬" not in text and "مشکل حل شد؟" not in text and len(text.splitlines()) == 2


def test_news_of_every_state_can_be_rendered_with_notes_and_question(knowledge: Knowledge) -> None:
    buttons = [[{"label_key": "reopening.yes", "token": "t"}, {"label": "{x}", "token": "u"}]]
    for code, state in knowledge.lifecycle.states.items():
        if state.sentence is None:
            continue
        content = {"key": "push.news", "request": 1, "status": code, "notes": "{agency}", "buttons": buttons}
        message = rendered(content, knowledge, REQUEST)
        assert "💬 {agency}" in message.text and message.text.endswith("مشکل حل شد؟")
        assert 2 <= len(message.text.splitlines()) <= 5
        assert message.inline == ((InlineButton("👍 بله، حل شد", "t"), InlineButton("{x}", "u")),)


def test_asking_once_more_names_the_request(knowledge: Knowledge) -> None:
    content = {"key": "push.ask_again", "request": 1, "status": "answered", "buttons": []}
    text = rendered(content, knowledge, REQUEST).text
    assert "۱۲۳\u00a0۴۵۶\u00a0۷۸۹" in text and len(text.splitlines()) == 3


def test_a_citizens_words_are_no_template(knowledge: Knowledge) -> None:
    words = "{number} {0} %s {"
    content = {"key": "answers.text", "variables": {"text": words}}
    assert rendered(content, knowledge).text == words
    odd = replace(REQUEST, agency="{tracking}")
    news = {"key": "push.news", "request": 1, "status": "accepted", "notes": words}
    assert words in rendered(news, knowledge, odd).text


def test_the_keyboards_ask_the_phone_for_its_position_only_by_that_key(knowledge: Knowledge) -> None:
    for name in KEYBOARDS:
        keys = [key for row in keyboard(knowledge.texts, name) for key in row]
        asking = [key.label for key in keys if key.request_location]
        assert asking == (["📍 فرستادن موقعیت مکانی"] if name in ("place", "place_optional") else [])
    assert rendered({"key": "place.ask_known", "keyboard": "place"}, knowledge).keyboard_once
    assert not rendered({"key": "start.welcome", "keyboard": "main"}, knowledge).keyboard_once
