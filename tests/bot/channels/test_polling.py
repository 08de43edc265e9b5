"""Receiving over real HTTP, in Telegram's and in Bale's manner."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.botapi import BotApiChannel
from tests.botapi import BotApiServer

from .conftest import Inbox

Polling = asyncio.Task[None]


async def test_a_message_is_received_and_confirmed_only_after_it_is_stored(
    server: BotApiServer, inbox: Inbox, polling: Polling
) -> None:
    server.citizen_sends(7, "چراغ کوچه خاموش است")
    await server.wait_for(lambda: inbox.texts == ["چراغ کوچه خاموش است"])
    await server.wait_for(lambda: server.pending == 0)
    incoming = inbox.received[0]
    assert (incoming.channel, incoming.chat_id, incoming.sender_name) == (server.mode, "7", "Maryam")


async def test_messages_come_in_the_order_in_which_they_were_sent(
    server: BotApiServer, inbox: Inbox, polling: Polling
) -> None:
    for number in range(30):
        server.citizen_sends(7, f"m{number}")
    await server.wait_for(lambda: len(inbox.received) == 30)
    assert inbox.texts == [f"m{number}" for number in range(30)]


async def test_nothing_is_lost_when_the_database_is_away(
    server: BotApiServer, inbox: Inbox, polling: Polling
) -> None:
    inbox.failing = 3
    for text in ("الف", "ب", "پ"):
        server.citizen_sends(7, text)
    await server.wait_for(lambda: len(inbox.received) == 3)
    assert inbox.texts == ["الف", "ب", "پ"]


async def test_what_was_stored_before_the_failure_does_not_come_again(
    server: BotApiServer, channel: BotApiChannel, inbox: Inbox
) -> None:
    seen: list[str] = []

    async def receive(incoming: Any) -> None:
        seen.append(incoming.text)
        if seen == ["الف", "ب"]:
            raise OSError("the database is away")

    for text in ("الف", "ب", "پ"):
        server.citizen_sends(7, text)
    task = asyncio.create_task(channel.run(receive, inbox.dead_letter))
    await server.wait_for(lambda: len(seen) == 4)
    channel.stop()
    await task
    assert seen == ["الف", "ب", "ب", "پ"]


async def test_an_update_that_is_always_refused_becomes_a_dead_letter_and_lets_the_next_pass(
    server: BotApiServer, channel: BotApiChannel, inbox: Inbox
) -> None:
    async def receive(incoming: Any) -> None:
        if incoming.text == "سم":
            raise ValueError("does not fit")
        await inbox.receive(incoming)

    poison = server.citizen_sends(7, "سم")
    server.citizen_sends(7, "سلام")
    task = asyncio.create_task(channel.run(receive, inbox.dead_letter))
    await server.wait_for(lambda: inbox.texts == ["سلام"])
    channel.stop()
    await task
    assert poison and len(inbox.letters) == 1 and "refused" in inbox.letters[0][3]


@pytest.mark.parametrize(
    "bad",
    [
        {"update_id": 50, "message": {"text": "بی‌نام"}},
        {"update_id": 51},
        {"update_id": 52, "message": ["?"]},
        {"message": {"text": "بی‌شماره"}},
    ],
)
async def test_a_malformed_update_becomes_a_dead_letter_and_polling_goes_on(
    server: BotApiServer, inbox: Inbox, polling: Polling, bad: dict[str, Any]
) -> None:
    server.inject(bad, as_it_is=True)
    server.citizen_sends(7, "سلام")
    await server.wait_for(lambda: inbox.texts == ["سلام"])
    assert len(inbox.letters) == 1
    await server.wait_for(lambda: all("update_id" not in update for update in server.state.updates))


async def test_a_body_that_is_not_json_is_kept_and_does_not_stop_polling(
    server: BotApiServer, inbox: Inbox, channel: BotApiChannel, polling: Polling
) -> None:
    await server.wait_for(lambda: channel.health().ok)
    server.faults.raw_bodies += [b'{"ok":true,"result":[{"update_id":900,"message":{"te'] * 3
    server.citizen_sends(7, "سلام")
    await server.wait_for(lambda: [letter[1] for letter in inbox.letters] == ["900"])
    server.citizen_sends(7, "باز هم سلام")
    await server.wait_for(lambda: inbox.texts == ["سلام", "باز هم سلام"] and channel.health().ok)


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 500, 502])
async def test_polling_outlives_any_error_and_health_tells_of_it(
    server: BotApiServer, inbox: Inbox, channel: BotApiChannel, polling: Polling, status: int
) -> None:
    await server.wait_for(lambda: channel.health().ok)
    server.faults.retry_after = 1
    server.faults.poll_status, server.faults.failing_polls = status, 3
    server.citizen_sends(7, "پیش از خطا")  # wakes the poll that is waiting
    await server.wait_for(lambda: not channel.health().ok)
    assert channel.health().state == {401: "no_token", 403: "no_token", 404: "no_token", 409: "conflict"}.get(
        status, "network"
    )
    server.citizen_sends(7, "پس از خطا")
    await server.wait_for(lambda: "پس از خطا" in inbox.texts and channel.health().ok)
    assert not polling.done()


async def test_a_revoked_token_is_waited_out(
    server: BotApiServer, inbox: Inbox, channel: BotApiChannel, polling: Polling
) -> None:
    await server.wait_for(lambda: channel.health().ok)
    server.faults.token_revoked = True
    server.citizen_sends(7, "یک")
    await server.wait_for(lambda: channel.health().state == "no_token")
    assert server.token not in channel.health().detail
    server.faults.token_revoked = False
    server.citizen_sends(7, "دو")
    await server.wait_for(lambda: inbox.texts == ["یک", "دو"])


async def test_a_server_that_is_not_there_is_waited_for(inbox: Inbox) -> None:
    late = BotApiServer("telegram")
    channel = BotApiChannel(
        "telegram", late.token, late.url, poll_seconds=1, backoff=(0.02, 0.1), read_timeout=0.2
    )
    task = asyncio.create_task(channel.run(inbox.receive, inbox.dead_letter))
    await late.wait_for(lambda: channel.health().state == "network")
    late.start()
    late.citizen_sends(7, "سلام")
    await late.wait_for(lambda: inbox.texts == ["سلام"])
    channel.stop()
    await task
    await channel.aclose()
    late.stop()


async def test_a_webhook_in_the_way_is_removed(
    server: BotApiServer, inbox: Inbox, channel: BotApiChannel
) -> None:
    server.state.webhook_url = "https://example.org/old"
    server.citizen_sends(7, "سلام")
    task = asyncio.create_task(channel.run(inbox.receive, inbox.dead_letter))
    await server.wait_for(lambda: inbox.texts == ["سلام"])
    channel.stop()
    await task


async def test_stopping_is_quick_and_confirms_what_is_stored(
    server: BotApiServer, inbox: Inbox, channel: BotApiChannel
) -> None:
    task = asyncio.create_task(channel.run(inbox.receive, inbox.dead_letter))
    server.citizen_sends(7, "سلام")
    await server.wait_for(lambda: inbox.texts == ["سلام"])
    channel.stop()
    await asyncio.wait_for(task, 1.5)
    assert server.pending == 0
    assert channel.health().state == "stopped"


async def test_a_killed_poller_loses_nothing(
    server: BotApiServer, inbox: Inbox, channel: BotApiChannel
) -> None:
    reached = asyncio.Event()

    async def never_stores(incoming: Any) -> None:
        reached.set()
        await asyncio.sleep(60)

    server.citizen_sends(7, "سلام")
    task = asyncio.create_task(channel.run(never_stores, inbox.dead_letter))
    await asyncio.wait_for(reached.wait(), 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert server.pending == 1

    again = asyncio.create_task(channel.run(inbox.receive, inbox.dead_letter))
    await server.wait_for(lambda: inbox.texts == ["سلام"])
    channel.stop()
    await again


async def test_a_pressed_button_is_answered_at_once_and_brings_its_token(
    server: BotApiServer, inbox: Inbox, channel: BotApiChannel, polling: Polling
) -> None:
    from bot.outgoing import InlineButton, Outgoing

    (message_id,) = await channel.send("7", Outgoing("درست است؟", inline=((InlineButton("بله", "tok1"),),)))
    server.citizen_sends(7, press=(server.messages_to(7)[0], "بله"))
    await server.wait_for(lambda: len(server.state.answered) == 1)
    pressed = inbox.received[0]
    assert (pressed.button_token, pressed.message_id, pressed.text) == ("tok1", message_id, "")
    assert pressed.callback_id == server.state.answered[0]["callback_query_id"]


async def test_a_stale_press_is_received_although_it_cannot_be_answered(
    server: BotApiServer, inbox: Inbox, polling: Polling
) -> None:
    server.inject({"callback_query": {"id": "old1", "from": {"id": 7, "first_name": "م"}, "data": "tok0"}})
    server.citizen_sends(7, "سلام")
    await server.wait_for(lambda: len(inbox.received) == 2)
    assert inbox.received[0].button_token == "tok0"


async def test_photo_voice_pin_and_edit_come_through(
    server: BotApiServer, inbox: Inbox, polling: Polling
) -> None:
    server.citizen_sends(7, "چاله", photo=b"jpeg", media_group_id="a")
    server.citizen_sends_file(7, "voice", b"ogg", "audio/ogg", duration=4)
    server.citizen_sends(7, location=(36.3, 59.6))
    first = server.citizen_sends(7, "هدایت ۲۱")
    server.citizen_sends(7, "هدایت ۱۲", edit_of=first)
    await server.wait_for(lambda: len(inbox.received) == 5)
    photo, voice, pin, _, edit = inbox.received
    assert (photo.attachments[0].kind, photo.text, photo.album_id) == ("photo", "چاله", "a")
    assert voice.attachments[0].mime_type == "audio/ogg"
    assert pin.pin == (36.3, 59.6)
    assert (edit.edited, edit.message_id, edit.text) == (True, str(first), "هدایت ۱۲")


async def test_in_a_group_the_bot_knows_its_own_name(
    server: BotApiServer, inbox: Inbox, polling: Polling
) -> None:
    server.citizen_sends(7, "با هم حرف می‌زنیم", group=-70)
    server.citizen_sends(7, f"@{server.username} چراغ خاموش است", group=-70)
    await server.wait_for(lambda: len(inbox.received) == 2)
    assert [incoming.addressed for incoming in inbox.received] == [False, True]
    assert inbox.texts[1] == "چراغ خاموش است"


async def test_a_webhook_body_is_read_stored_or_kept_as_dead_letter(
    channel: BotApiChannel, inbox: Inbox
) -> None:
    good = '{"update_id": 5, "message": {"message_id": 1, "from": {"id": 7}, "text": "سلام"}}'.encode()
    await channel.receive_webhook(good, inbox.receive, inbox.dead_letter)
    await channel.receive_webhook(b"not json", inbox.receive, inbox.dead_letter)
    await channel.receive_webhook(b'{"update_id": 6}', inbox.receive, inbox.dead_letter)
    assert inbox.texts == ["سلام"]
    assert [(letter[1], letter[3]) for letter in inbox.letters] == [
        (None, "body is not JSON"),
        ("6", "update with nothing in it"),
    ]


async def test_a_webhook_whose_update_cannot_be_stored_says_so(channel: BotApiChannel, inbox: Inbox) -> None:
    inbox.failing = 1
    with pytest.raises(OSError):
        await channel.receive_webhook(
            b'{"update_id":5,"message":{"from":{"id":7},"text":"x"}}', inbox.receive, inbox.dead_letter
        )


async def test_an_update_that_is_delivered_again_and_shuffled_is_known_by_its_content(
    server: BotApiServer, inbox: Inbox, polling: Polling
) -> None:
    for number in range(10):
        server.citizen_sends(7 + number % 3, f"m{number}")
    server.inject({"callback_query": {"id": "q", "from": {"id": 7, "first_name": "م"}, "data": "tok"}})
    await server.wait_for(lambda: len(inbox.received) == 11)
    server.deliver_again(times=2, shuffle=random.Random(1))
    server.citizen_sends(7, "تازه")
    await server.wait_for(lambda: len(inbox.received) == 34)
    different = {(incoming.update_id, incoming.content_hash) for incoming in inbox.received}
    assert len(different) == 12


async def test_the_webhook_is_called_with_the_secret_and_again_until_the_update_is_stored(
    server: BotApiServer, inbox: Inbox, channel: BotApiChannel
) -> None:
    seen: list[str | None] = []

    async def hook(request: Request) -> Response:
        seen.append(request.headers.get("x-telegram-bot-api-secret-token"))
        try:
            await channel.receive_webhook(await request.body(), inbox.receive, inbox.dead_letter)
        except OSError:
            return Response(status_code=503)
        return Response()

    inbox.failing = 1
    config = uvicorn.Config(Starlette(routes=[Route("/hook", hook, methods=["POST"])]), log_level="critical")
    web = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(web.serve(sockets=[listening]))
    await channel.set_webhook(f"http://127.0.0.1:{listening.getsockname()[1]}/hook", secret_token="s3cret")
    server.citizen_sends(7, "سلام")
    await server.wait_for(lambda: inbox.texts == ["سلام"] and server.pending == 0)
    assert set(seen) == {"s3cret" if server.mode == "telegram" else None} and len(seen) == 2
    web.should_exit = True
    await serving


async def test_a_webhook_that_somebody_takes_away_is_put_back_and_trouble_with_it_is_told(
    server: BotApiServer, channel: BotApiChannel
) -> None:
    url, stopping = "http://127.0.0.1:9/hook", asyncio.Event()
    keeping = asyncio.create_task(channel.keep_webhook(url, "s3cret", stopping, every=0.05))
    await server.wait_for(lambda: server.state.webhook_url == url)
    for elsewhere in ("", "https://somebody.example/else"):
        server.state.webhook_url = elsewhere
        await server.wait_for(lambda: server.state.webhook_url == url)
    assert server.state.webhook_secret == ("s3cret" if server.mode == "telegram" else "")
    before = len(server.calls_of("setWebhook"))
    await server.wait_for(lambda: len(server.calls_of("getWebhookInfo")) > 5)
    assert len(server.calls_of("setWebhook")) == before == 3  # what stands is left alone
    server.faults.token_revoked = True
    await server.wait_for(lambda: channel.health().state == "network")
    assert server.token not in channel.health().detail
    server.faults.token_revoked = False
    await server.wait_for(lambda: channel.health().state == "ok")
    stopping.set()
    await asyncio.wait_for(keeping, 5)


async def test_neither_token_nor_words_are_logged(
    server: BotApiServer,
    inbox: Inbox,
    channel: BotApiChannel,
    polling: Polling,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    server.faults.failing_polls = 2
    server.faults.raw_bodies.append("{رازها".encode())
    server.citizen_sends(7, "رازی که در دفتر نمی‌آید")
    await server.wait_for(lambda: len(inbox.received) == 1)
    printed = capsys.readouterr()
    logged = caplog.text + printed.out + printed.err
    assert "loopback-token" not in logged
    assert "راز" not in logged
