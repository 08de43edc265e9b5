"""Every shape of update, without a server: read, recorded or a dead letter; never an exception of another kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.botapi import Identity, read_update
from bot.channels.errors import Unreadable
from bot.incoming import Incoming
from tests.support.examples import examples

ME = Identity(42, "hamyar_bot")
SAMPLES = json.loads((Path(__file__).parents[2] / "botapi" / "samples.json").read_text("utf-8"))
SHARED = Path("/work/shared/reference/bale_payloads.json")


def outcome(update: Any) -> str:
    try:
        return "read" if read_update("bale", update, ME).addressed else "other"
    except Unreadable:
        return "dead"


def message(**content: Any) -> Incoming:
    body = {"message_id": 9, "date": 1750000000, "from": {"id": 7, "is_bot": False, "first_name": "م"}}
    body |= {"chat": {"id": 7, "type": "private"}, **content}
    return read_update("telegram", {"update_id": 1, "message": body}, ME)


def in_group(text: str, **content: Any) -> Incoming:
    return message(chat={"id": -70, "type": "supergroup", "title": "همسایه‌ها"}, text=text, **content)


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample["what"] for sample in SAMPLES])
def test_each_sample_is_read_recorded_or_kept_as_dead_letter(sample: dict[str, Any]) -> None:
    assert outcome(sample["update"]) == sample["expect"]


@pytest.mark.skipif(not SHARED.exists(), reason="the captured payloads are not part of the repository")
def test_the_captured_payloads_of_bale_are_all_handled() -> None:
    payloads = [entry["payload"] for entry in json.loads(SHARED.read_text("utf-8"))]
    updates = [payload for payload in payloads if "update_id" in payload]
    outcomes = [outcome(update) for update in updates]
    assert len(updates) > 20
    assert "dead" not in outcomes


def test_the_same_update_read_twice_has_the_same_content_hash() -> None:
    for sample in SAMPLES:
        if sample["expect"] != "dead":
            first, second = (read_update("bale", sample["update"], ME) for _ in range(2))
            assert first.content_hash == second.content_hash, sample["what"]


def test_what_was_read_survives_the_way_through_the_inbox() -> None:
    for sample in SAMPLES:
        if sample["expect"] != "dead":
            incoming = read_update("bale", sample["update"], ME)
            again = Incoming.from_json(json.loads(json.dumps(incoming.to_json())))
            assert again.to_json() == incoming.to_json()


def test_the_biggest_photo_is_taken_and_the_caption_is_the_text() -> None:
    sizes = [
        {"file_id": "m", "file_unique_id": "1", "width": 320, "height": 240},
        {"file_id": "l", "file_unique_id": "2", "width": 1280, "height": 960},
        {"file_id": "s", "file_unique_id": "3", "width": 90, "height": 67},
    ]
    incoming = message(photo=sizes, caption="چاله", media_group_id="a1")
    assert [(one.kind, one.file_id) for one in incoming.attachments] == [("photo", "l")]
    assert (incoming.text, incoming.album_id) == ("چاله", "a1")


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("voice", "voice"),
        ("audio", "audio"),
        ("video", "video"),
        ("video_note", "video"),
        ("document", "document"),
        ("animation", "animation"),
    ],
)
def test_each_kind_of_file_is_an_attachment_even_with_nothing_but_its_id(field: str, kind: str) -> None:
    incoming = message(**{field: {"file_id": "x"}})
    assert [(one.kind, one.file_id) for one in incoming.attachments] == [(kind, "x")]


def test_a_sticker_is_the_emoji_that_it_stands_for() -> None:
    incoming = message(sticker={"file_id": "x", "emoji": "👍"})
    assert (incoming.text, incoming.attachments) == ("👍", ())


def test_a_voice_keeps_type_size_and_duration() -> None:
    voice = {
        "file_id": "v",
        "file_unique_id": "u",
        "duration": 12,
        "mime_type": "audio/ogg",
        "file_size": 900,
    }
    (attachment,) = message(voice=voice).attachments
    assert (attachment.mime_type, attachment.size, attachment.duration) == ("audio/ogg", 900, 12)


def test_an_animation_is_not_taken_twice_because_of_its_document() -> None:
    incoming = message(animation={"file_id": "a"}, document={"file_id": "a"})
    assert [one.kind for one in incoming.attachments] == ["animation"]


def test_a_location_a_live_location_and_a_venue_are_a_pin() -> None:
    place = {"latitude": 36.3, "longitude": 59.6}
    assert message(location=place).pin == (36.3, 59.6)
    assert message(location={**place, "live_period": 900, "heading": 3}).pin == (36.3, 59.6)
    assert message(venue={"location": place, "title": "پارک"}, location=place).pin == (36.3, 59.6)


def test_a_live_location_that_moves_on_says_nothing_more() -> None:
    body = {
        "message_id": 9,
        "date": 1750000000,
        "edit_date": 1750000060,
        "chat": {"id": 7, "type": "private"},
    }
    body |= {"from": {"id": 7, "is_bot": False, "first_name": "م"}}
    moved = {**body, "location": {"latitude": 36.31, "longitude": 59.6, "live_period": 900}}
    assert not read_update("telegram", {"update_id": 2, "edited_message": moved}, ME).addressed
    words = {**body, "text": "پلاک ۱۲"}
    assert read_update("telegram", {"update_id": 3, "edited_message": words}, ME).addressed


def test_a_contact_is_own_only_when_it_says_so() -> None:
    own = message(contact={"phone_number": "0", "first_name": "م", "user_id": 7}).contact
    foreign = message(contact={"phone_number": "0", "first_name": "م", "user_id": 8}).contact
    unknown = message(contact={"phone_number": "0", "first_name": "م"}).contact
    assert [one.own for one in (own, foreign, unknown) if one] == [True, False, False]


@pytest.mark.parametrize(
    "mark",
    [
        {"forward_origin": {"type": "hidden_user", "sender_user_name": "ک", "date": 1}},
        {"forward_from": {"id": 5}},
        {"forward_sender_name": "ک"},
        {"forward_date": 1700000000},
    ],
)
def test_a_forwarded_message_is_known_in_each_form(mark: dict[str, Any]) -> None:
    assert message(text="الف", **mark).forwarded
    assert not message(text="الف", forward_from=None).forwarded


def test_a_reply_names_the_message_it_answers() -> None:
    replied = {"message_id": -5, "date": 1, "chat": {"id": 7, "type": "private"}, "text": "x"}
    assert message(text="الف", reply_to_message=replied).reply_to == "-5"
    assert message(text="الف", reply_to_message={"message_id": 4}).reply_to == "4"


def test_an_edit_is_marked_and_carries_the_time_of_the_edit() -> None:
    body = {"message_id": 9, "date": 100, "edit_date": 200, "from": {"id": 7}, "chat": {"id": 7}, "text": "ب"}
    incoming = read_update("telegram", {"update_id": 1, "edited_message": body}, ME)
    assert incoming.edited and incoming.sent_at.timestamp() == 200


@pytest.mark.parametrize(
    ("text", "addressed", "remaining"),
    [
        ("چراغ خاموش است", False, "چراغ خاموش است"),
        ("@hamyar_bot چراغ خاموش است", True, "چراغ خاموش است"),
        ("@Hamyar_Bot، سلام", True, "، سلام"),
        ("@hamyar_bot_two سلام", False, "@hamyar_bot_two سلام"),
        ("/start", True, "/start"),
        ("/start@hamyar_bot", True, "/start"),
        ("/start@another_bot", False, "/start@another_bot"),
    ],
)
def test_in_a_group_only_what_is_meant_for_the_bot_is_addressed(
    text: str, addressed: bool, remaining: str
) -> None:
    incoming = in_group(text)
    assert (incoming.chat_kind, incoming.addressed, incoming.text) == ("group", addressed, remaining)


def test_in_a_group_a_reply_to_the_bot_is_addressed_and_one_to_a_neighbour_is_not() -> None:
    def replied(user: int) -> dict[str, Any]:
        return {"message_id": 3, "date": 1, "from": {"id": user, "is_bot": user == 42, "first_name": "x"}}

    assert in_group("بله", reply_to_message=replied(42)).addressed
    assert not in_group("بله", reply_to_message=replied(8)).addressed


def test_people_coming_and_going_is_not_spoken_to() -> None:
    assert not message(new_chat_members=[{"id": 42, "is_bot": True, "first_name": "x"}]).addressed
    update = {
        "update_id": 3,
        "my_chat_member": {"chat": {"id": 7, "type": "private"}, "from": {"id": 7}, "date": 1},
    }
    member = read_update("telegram", update, ME)
    assert (member.addressed, member.chat_id, member.sender_id) == (False, "7", "7")


def test_text_that_no_database_takes_is_made_storable() -> None:
    incoming = message(text="الف\x00ب\ud83d")
    incoming.text.encode("utf-8")
    json.dumps(incoming.raw, ensure_ascii=False).encode("utf-8")
    assert "\x00" not in incoming.text


_leaf = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_json = st.recursive(
    _leaf,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "chat", "from", "message", "text", "photo", "file_id", "date", "location", "type"]
            )
            | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=examples(80), deadline=None)
@given(
    kind=st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member", "x"]), body=_json
)
def test_no_json_whatever_raises_anything_but_unreadable(kind: str, body: Any) -> None:
    assert outcome({"update_id": 5, kind: body}) in ("read", "other", "dead")


@settings(max_examples=examples(80), deadline=None)
@given(data=st.data())
def test_one_spoilt_field_never_raises_anything_but_unreadable(data: st.DataObject) -> None:
    update = json.loads(json.dumps(data.draw(st.sampled_from(SAMPLES))["update"]))
    kind = next((key for key in update if key != "update_id"), None)
    if kind and isinstance(update[kind], dict) and update[kind]:
        update[kind][data.draw(st.sampled_from(sorted(update[kind])))] = data.draw(_json)
    assert outcome(update) in ("read", "other", "dead")
