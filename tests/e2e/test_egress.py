"""What goes out, through all roles: waiting as told, in order, and long texts whole."""

from __future__ import annotations

import asyncio
import itertools
import time

import pytest

from casework.tables import OutboxMessage
from tests.botapi import TOKEN
from tests.e2e.city import LAMP, Citizen, City, number_in
from tests.support.citizen import BIKE
from tests.support.pictures import picture

pytestmark = pytest.mark.xdist_group("town")

_chats = itertools.count(7_300_000_000)
LONGEST = 4096


@pytest.fixture(params=["telegram", "bale"])
def citizen(request: pytest.FixtureRequest, city: City, mode: str) -> Citizen:
    return Citizen(getattr(city, request.param), next(_chats))


async def test_a_chat_that_must_wait_waits_and_its_neighbour_does_not(citizen: Citizen) -> None:
    faults, neighbour = citizen.server.faults, Citizen(citizen.server, next(_chats))
    faults.send_status, faults.retry_after, faults.failing_sends = 429, 8, 1
    citizen.writes("سلام")
    await citizen.server.wait_for(lambda: faults.failing_sends == 0, 20)
    told_at = time.monotonic()
    faults.retry_after = 1
    neighbour.writes("سلام")
    await neighbour.hears("در خدمتم")
    assert not citizen.server.messages_to(citizen.chat) and time.monotonic() - told_at < 8
    await citizen.hears("در خدمتم")
    assert time.monotonic() - told_at >= 7.5


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


async def test_photos_of_what_was_done_come_as_pictures(city: City, citizen: Citizen) -> None:
    citizen.writes(BIKE)
    citizen.presses(await citizen.hears("ثبت کنم؟"), "ثبت شود")
    number = number_in((await citizen.hears("شمارهٔ پیگیری")).text)
    shown = [city.telegram.state.store_file(picture(shade), ".jpg") for shade in (1, 2)]
    # A system's photos lie on its own host, which is loopback here.
    photos = [f"{city.telegram.url}/file/bot{TOKEN}/{name}" for name in shown]
    city.moves(await city.until_filed(number), "in_progress", photos=photos)
    server = citizen.server
    await server.wait_for(lambda: sum(m.photo is not None for m in server.messages_to(citizen.chat)) == 2, 40)


async def _until_waiting(city: City, citizen: Citizen, number: int) -> None:
    """So many messages stand in the queue for this chat."""
    in_the_queue = OutboxMessage.state.in_(("waiting", "working"))
    end = time.monotonic() + 40
    while await city.rows_of(citizen, OutboxMessage, in_the_queue) < number:
        assert time.monotonic() < end, f"there are not {number} messages waiting"
        await asyncio.sleep(0.2)
