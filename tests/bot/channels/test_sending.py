"""Sending over real HTTP: texts, keyboards, photos, and what each refusal means."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.botapi import BotApiChannel
from bot.channels.errors import FetchError, FetchFailed, FileGone, FileTooLarge
from bot.outgoing import InlineButton, Key, Outgoing, RecipientGone, SendFailed, SendLater, SendRefused
from tests.botapi import BotApiServer


async def test_a_text_arrives_and_its_id_comes_back(server: BotApiServer, channel: BotApiChannel) -> None:
    (message_id,) = await channel.send("5000000001", Outgoing("درخواست شما ثبت شد."))
    (sent,) = server.messages_to(5000000001)
    assert (sent.text, str(sent.message_id)) == ("درخواست شما ثبت شد.", message_id)
    assert "parse_mode" not in sent.params


async def test_inline_buttons_carry_their_tokens_and_links(
    server: BotApiServer, channel: BotApiChannel
) -> None:
    rows = (
        (InlineButton("بله", "t1"), InlineButton("نه", "t2")),
        (InlineButton("نقشه", url="https://example.org/"),),
    )
    await channel.send("7", Outgoing("?", inline=rows))
    (sent,) = server.messages_to(7)
    assert sent.buttons == {"بله": "t1", "نه": "t2"}
    assert sent.markup["inline_keyboard"][1] == [{"text": "نقشه", "url": "https://example.org/"}]


async def test_the_lasting_keyboard_asks_for_the_location(
    server: BotApiServer, channel: BotApiChannel
) -> None:
    keyboard = ((Key("📍 جای من", request_location=True),), (Key("لغو"),))
    await channel.send("7", Outgoing("کجا؟", keyboard=keyboard, keyboard_once=True))
    markup = server.messages_to(7)[0].markup
    assert markup["keyboard"] == [[{"text": "📍 جای من", "request_location": True}], [{"text": "لغو"}]]
    assert markup["one_time_keyboard"] and markup["resize_keyboard"]


async def test_a_keyboard_of_its_own_lasts_and_an_empty_one_takes_it_away(
    server: BotApiServer, channel: BotApiChannel
) -> None:
    await channel.send("7", Outgoing("سلام", keyboard=((Key("ثبت درخواست"),),)))
    await channel.send("7", Outgoing("خب", keyboard=()))
    lasting, removed = server.messages_to(7)
    assert lasting.markup.get("is_persistent") is (True if server.mode == "telegram" else None)
    assert removed.markup == {"remove_keyboard": True}


async def test_a_token_of_more_than_64_bytes_is_refused_before_it_is_sent(
    server: BotApiServer, channel: BotApiChannel
) -> None:
    with pytest.raises(SendRefused):
        await channel.send("7", Outgoing("?", inline=((InlineButton("x", "ن" * 33),),)))
    assert server.messages_to(7) == []


async def test_a_reply_is_given_in_the_manner_of_the_messenger(
    server: BotApiServer, channel: BotApiChannel
) -> None:
    await channel.send("7", Outgoing("پاسخ", reply_to="-44"))
    params = server.messages_to(7)[0].params
    if server.mode == "bale":
        assert params["reply_to_message_id"] == "-44" and "reply_parameters" not in params
    else:
        assert '"message_id": -44' in params["reply_parameters"] and "reply_to_message_id" not in params


async def test_citizens_words_are_plain_words(server: BotApiServer, channel: BotApiChannel) -> None:
    words = "«*مهم* و _کج_ و [اینجا](http://example.org/a_b)»"
    await channel.send("7", Outgoing(words))
    text = server.messages_to(7)[0].text
    if server.mode == "telegram":
        assert text == words
    else:
        assert not {"*", "_"} & set(text) and "](" not in text


async def test_a_long_text_is_several_messages_and_the_buttons_stand_under_the_last(
    server: BotApiServer, channel: BotApiChannel
) -> None:
    text = "\n".join(f"سطر {number}: آسفالت این کوچه خراب است." for number in range(300))
    ids = await channel.send("7", Outgoing(text, inline=((InlineButton("بله", "t"),),), reply_to="3"))
    sent = server.messages_to(7)
    assert len(sent) > 1
    assert [bool(one.markup) for one in sent] == [False] * (len(sent) - 1) + [True]
    assert "\n".join(one.text for one in sent) == text
    assert ids == tuple(str(one.message_id) for one in sent)
    assert sum("reply_parameters" in one.params or "reply_to_message_id" in one.params for one in sent) == 1


async def test_when_a_later_part_fails_the_first_is_not_sent_again(
    server: BotApiServer, channel: BotApiChannel
) -> None:
    text = " ".join(f"کلمهٔ{number}" for number in range(900))
    server.faults.send_status, server.faults.retry_after = 429, 1
    real, asked = server.state.take_fault, []

    def second_send_is_flooded(count: str) -> bool:
        if count == "failing_sends":
            asked.append(count)
            return len(asked) == 2
        return real(count)

    server.state.take_fault = second_send_is_flooded  # type: ignore[method-assign]
    await channel.send("7", Outgoing(text))
    assert len(asked) == 3
    assert " ".join(sent.text for sent in server.messages_to(7)) == text


async def test_a_photo_goes_with_its_caption(
    server: BotApiServer, channel: BotApiChannel, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8jpeg")
    await channel.send("7", Outgoing("پس از تعمیر", photos=("a.jpg",), inline=((InlineButton("بله", "t"),),)))
    (sent,) = server.messages_to(7)
    assert (sent.method, sent.text, sent.photo, sent.buttons) == (
        "sendPhoto",
        "پس از تعمیر",
        b"\xff\xd8jpeg",
        {"بله": "t"},
    )


async def test_a_text_too_long_for_a_caption_follows_its_photo(
    server: BotApiServer, channel: BotApiChannel, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    await channel.send("7", Outgoing("کلمه " * 400, photos=("a.jpg",), inline=((InlineButton("بله", "t"),),)))
    photo, text = server.messages_to(7)
    assert (photo.text, photo.markup, text.buttons) == ("", {}, {"بله": "t"})


def _photos(folder: Path, count: int) -> tuple[str, ...]:
    for number in range(count):
        (folder / f"{number}.jpg").write_bytes(b"\xff\xd8" + bytes([number]))
    return tuple(f"{number}.jpg" for number in range(count))


async def test_several_photos_are_an_album_with_one_caption_and_all_their_ids_come_back(
    server: BotApiServer, channel: BotApiChannel, tmp_path: Path
) -> None:
    ids = await channel.send("7", Outgoing("پس از تعمیر", photos=_photos(tmp_path, 3)))
    sent = server.messages_to(7)
    assert [one.method for one in sent] == ["sendMediaGroup"] * 3
    assert [one.photo for one in sent] == [b"\xff\xd8\x00", b"\xff\xd8\x01", b"\xff\xd8\x02"]
    assert [one.text for one in sent] == ["پس از تعمیر", "", ""]
    assert ids == tuple(str(one.message_id) for one in sent)


async def test_under_an_album_no_messenger_hangs_buttons_so_that_the_text_follows_it(
    server: BotApiServer, channel: BotApiChannel, tmp_path: Path
) -> None:
    rows = ((InlineButton("بله", "t"),),)
    await channel.send("7", Outgoing("درست شد؟", photos=_photos(tmp_path, 12), inline=rows))
    sent = server.messages_to(7)
    assert [one.method for one in sent] == ["sendMediaGroup"] * 12 + ["sendMessage"]
    assert (sent[-1].text, sent[-1].buttons) == ("درست شد؟", {"بله": "t"})
    assert not any(one.text for one in sent[:-1])


@pytest.mark.parametrize("name", ["../outside.jpg", "/etc/hostname", "missing.jpg"])
async def test_only_photos_below_the_attachments_folder_are_sent(
    channel: BotApiChannel, tmp_path: Path, name: str
) -> None:
    (tmp_path.parent / "outside.jpg").write_bytes(b"x")
    with pytest.raises(SendRefused):
        await channel.send("7", Outgoing("x", photos=(name,)))


async def test_too_many_requests_say_how_long_to_wait(server: BotApiServer, channel: BotApiChannel) -> None:
    server.faults.send_status, server.faults.retry_after, server.faults.failing_sends = 429, 17, 1
    with pytest.raises(SendLater) as later:
        await channel.send("7", Outgoing("x"))
    assert later.value.seconds == 17


async def test_too_many_requests_without_a_time_wait_some_seconds(
    server: BotApiServer, channel: BotApiChannel
) -> None:
    server.faults.send_status, server.faults.retry_after, server.faults.failing_sends = 429, None, 1
    with pytest.raises(SendLater) as later:
        await channel.send("7", Outgoing("x"))
    assert later.value.seconds > 0


async def test_a_blocked_bot_and_an_unknown_chat_mean_that_the_recipient_is_gone(
    server: BotApiServer, channel: BotApiChannel
) -> None:
    server.faults.blocked_by.add(7)
    server.faults.unknown_chats.add(8)
    for chat in ("7", "8"):
        with pytest.raises(RecipientGone):
            await channel.send(chat, Outgoing("x"))


async def test_a_refused_token_is_our_trouble_and_not_a_recipient_who_is_gone(
    server: BotApiServer, channel: BotApiChannel
) -> None:
    server.faults.token_revoked = True
    with pytest.raises(SendFailed) as failure:
        await channel.send("7", Outgoing("x"))
    assert server.token not in str(failure.value)


@pytest.mark.parametrize("status", [500, 502])
async def test_a_server_error_can_be_tried_again(
    server: BotApiServer, channel: BotApiChannel, status: int
) -> None:
    server.faults.send_status, server.faults.failing_sends = status, 1
    with pytest.raises(SendFailed):
        await channel.send("7", Outgoing("x"))
    assert await channel.send("7", Outgoing("x"))


async def test_a_messenger_that_is_not_there_can_be_tried_again(tmp_path: Path) -> None:
    gone = BotApiServer("telegram")
    gone.stop()
    channel = BotApiChannel("telegram", gone.token, gone.url)
    with pytest.raises(SendFailed):
        await channel.send("7", Outgoing("x"))
    await channel.aclose()


@pytest.mark.parametrize("text", ["", "   ", "\n"])
async def test_an_empty_message_and_a_wrong_chat_are_refused(channel: BotApiChannel, text: str) -> None:
    with pytest.raises(SendRefused):
        await channel.send("7", Outgoing(text))
    with pytest.raises(SendRefused):
        await channel.send("terminal", Outgoing("x"))


async def test_a_file_is_fetched_within_its_limit(server: BotApiServer, channel: BotApiChannel) -> None:
    file_id = server.state.store_file(b"x" * 5000, ".jpg")
    assert await channel.download(file_id, 5000) == b"x" * 5000
    with pytest.raises(FileTooLarge):
        await channel.download(file_id, 4999)
    with pytest.raises(FileGone):
        await channel.download("unknown", 5000)


async def test_a_file_cannot_be_fetched_with_a_refused_token(
    server: BotApiServer, channel: BotApiChannel
) -> None:
    file_id = server.state.store_file(b"x", ".jpg")
    server.faults.token_revoked = True
    with pytest.raises(FetchFailed):
        await channel.download(file_id, 10)
    assert issubclass(FetchFailed, FetchError)


async def test_a_method_that_the_messenger_does_not_have_is_refused_and_not_tried_for_ever(
    server: BotApiServer, channel: BotApiChannel
) -> None:
    from bot.channels.botapi.request import understood

    assert understood(501, b'{"ok":false,"error_code":501,"description":"Not Implemented"}')[0] == 400
    assert (
        understood(403, b'{"ok":false,"error_code":403,"description":"Bad Request: Token not found"}')[0]
        == 401
    )
    assert understood(403, b'{"ok":false,"description":"Forbidden: bot was blocked by the user"}')[0] == 403
    assert understood(200, b'{"ok":false,"error_code":400,"description":"x"}')[0] == 400
    assert understood(404, b'{"ok":false,"description":"Not Found"}')[0] == 404
    assert understood(404, b'{"ok":false,"description":"chat not found"}')[0] == 400
