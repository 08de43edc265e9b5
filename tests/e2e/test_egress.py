"""What goes out, through all roles: waiting as told, in order, and long texts whole."""

from __future__ import annotations

import asyncio
import io
import itertools
import time

import pytest
from PIL import Image

from bot.outbox import AT_ONCE as SENDERS
from casework.conversations import conversation_of, say
from casework.store import open_store
from casework.tables import OutboxMessage
from tests.botapi import TOKEN, BotApiServer, Sent
from tests.e2e.city import LAMP, Citizen, City, number_in
from tests.support.citizen import BIKE
from tests.support.pictures import picture

pytestmark = pytest.mark.xdist_group("town")

_chats = itertools.count(7_300_000_000)
LONGEST = 4096
CLOCKS_APART = 0.05
"""Seconds by which a clock that is being set right may run ahead of the server's."""


@pytest.fixture(params=["telegram", "bale"])
def citizen(request: pytest.FixtureRequest, city: City, mode: str) -> Citizen:
    return Citizen(getattr(city, request.param), next(_chats))


async def test_a_chat_that_must_wait_waits_and_its_neighbours_do_not(citizen: Citizen) -> None:
    server, faults = citizen.server, citizen.server.faults
    held, neighbour = (Citizen(server, next(_chats)) for _ in range(2))
    for who, seconds in ((held, 3600), (citizen, 3)):
        faults.send_status, faults.retry_after, faults.failing_sends = 429, seconds, 1
        who.writes("سلام")
        await server.wait_for(lambda who=who: bool(server.refusals_to(who.chat)), 60)  # type: ignore[misc]
    faults.retry_after = 1
    neighbour.writes("سلام")
    await neighbour.hears("در خدمتم")
    await citizen.hears("در خدمتم")
    (said,), (told_at,) = server.messages_to(citizen.chat), server.refusals_to(citizen.chat)
    assert said.at - told_at > 3 - CLOCKS_APART
    assert not server.messages_to(held.chat)


async def test_no_stretch_of_time_holds_more_messages_than_the_messengers_allow(city: City) -> None:
    busy, others = str(next(_chats)), [str(next(_chats)) for _ in range(95)]
    store = open_store(city.database_url)
    async with store.write() as session:  # all of it is due at the same moment
        for channel, (place, chat) in itertools.product(
            ("telegram", "bale"), enumerate([*[busy] * 5, *others])
        ):
            conversation = await conversation_of(
                session, channel=channel, chat_id=chat, chat_kind="private", sender_id=chat, name=None
            )
            content = {"key": "answers.text", "variables": {"text": f"خبر {place}"}}
            await say(session, conversation, content, dedupe_key=f"rates:{channel}:{chat}:{place}")
    await store.close()
    for server in (city.telegram, city.bale):
        chats = {int(chat) for chat in (busy, *others)}

        def came(server: BotApiServer = server, chats: set[int] = chats) -> list[float]:
            return sorted(sent.at for chat in chats for sent in server.messages_to(chat))

        await server.wait_for(lambda came=came: len(came()) == 100, 60)  # type: ignore[misc]
        # One after the other into one chat: three in three seconds, so that the fourth after one comes later.
        first, *_, fifth = (sent.at for sent in server.messages_to(int(busy)))
        assert fifth - first > 3 - CLOCKS_APART
        # Thirty a second, and what had been counted and was still under way when the second began.
        most = 30 + SENDERS - 1
        at = came()
        assert min(late - early for early, late in zip(at, at[most + 1 :], strict=False)) > 1 - CLOCKS_APART


async def test_news_never_overtakes_the_reply_before_it(city: City, citizen: Citizen) -> None:
    number = await citizen.files()
    there = await city.until_filed(number)
    faults = citizen.server.faults
    faults.send_status, faults.failing_sends = 500, 10_000
    citizen.writes("درخواست‌های من")
    await _until_waiting(city, citizen, 1)
    city.moves(there, "in_progress", "اکیپ رفت")
    # «درخواست‌های من» is two messages where there is one request; the news is the third.
    await _until_waiting(city, citizen, 3)
    faults.failing_sends = 0
    await citizen.hears("۱ درخواست", timeout=60)
    await citizen.hears("اکیپ رفت", timeout=60)


async def test_a_long_word_of_the_city_comes_whole_in_messages_that_the_messenger_takes(
    city: City, citizen: Citizen
) -> None:
    there = await city.until_filed(await citizen.files())
    lines = [f"بند {number}: کارشناس از محل بازدید کرد و گزارش آن را نوشت." for number in range(160)]
    begin = len(citizen.server.messages_to(citizen.chat))
    city.moves(there, "in_progress", "\n".join(lines))
    await citizen.hears(lines[-1], timeout=60)
    parts = [message.text for message in citizen.server.messages_to(citizen.chat)[begin:]]
    assert len(parts) > 1 and all(len(part) <= LONGEST for part in parts)
    said = [line for part in parts for line in part.splitlines()]
    assert [line[line.index("بند") :] for line in said if "بند" in line] == lines


async def test_a_server_that_fails_and_a_lost_answer_repeat_one_reply_at_most(citizen: Citizen) -> None:
    faults = citizen.server.faults
    faults.send_status, faults.failing_sends = 502, 2
    citizen.writes(LAMP)
    summary = await citizen.hears("درست است؟", timeout=60)
    faults.dropped_replies = 1
    citizen.presses(summary, "ثبت شود")
    first = await citizen.hears("شمارهٔ پیگیری", timeout=60)
    citizen.writes("درخواست‌های من")
    await citizen.hears("۱ درخواست", timeout=60)
    filed = [
        message.text for message in citizen.server.messages_to(citizen.chat) if "ثبت شد:" in message.text
    ]
    assert set(filed) == {first.text} and len(filed) <= 2


async def test_photos_of_what_was_done_come_as_one_album(city: City, citizen: Citizen) -> None:
    citizen.writes(BIKE)
    citizen.presses(await citizen.hears("ثبت کنم؟"), "ثبت شود")
    number = number_in((await citizen.hears("شمارهٔ پیگیری")).text)
    shades = (1, 120, 240)
    shown = [city.telegram.state.store_file(picture(shade), ".jpg") for shade in shades]
    # A system's photos lie on its own host, which is loopback here.
    photos = [f"{city.telegram.url}/file/bot{TOKEN}/{name}" for name in shown]
    city.moves(await city.until_filed(number), "in_progress", "اکیپ رفت", photos=photos)
    await citizen.hears("اکیپ رفت", timeout=60)
    await citizen.hears("📷 ۳ عکس از", timeout=60)

    def album() -> list[Sent]:
        return [sent for sent in citizen.server.messages_to(citizen.chat) if sent.photo is not None]

    await citizen.server.wait_for(lambda: len(album()) == len(shades))
    assert {sent.method for sent in album()} == {"sendMediaGroup"}
    assert [round(_red(sent.photo or b"") / 120) for sent in album()] == [0, 1, 2]


def _red(content: bytes) -> int:
    """How red a picture of one colour is: it has been drawn anew on the way."""
    with Image.open(io.BytesIO(content)) as shown:
        return int(shown.convert("RGB").getpixel((0, 0))[0])  # type: ignore[index]


async def _until_waiting(city: City, citizen: Citizen, number: int) -> None:
    """So many messages stand in the queue for this chat."""
    in_the_queue = OutboxMessage.state.in_(("waiting", "working"))
    end = time.monotonic() + 40
    while await city.rows_of(citizen, OutboxMessage, in_the_queue) < number:
        assert time.monotonic() < end, f"there are not {number} messages waiting"
        await asyncio.sleep(0.2)
