"""What a browser can send to the web chat, as HTTP: files, a pin, the same twice; and the way on to the messengers."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.e2e.city import LAMP, Citizen, City, number_in
from tests.e2e.tab import Tab
from tests.support.pictures import picture
from tests.support.speech import voice_saying

pytestmark = pytest.mark.xdist_group("city")

_chats = itertools.count(6_500_000_000)


@pytest.fixture
async def tab(city: City) -> AsyncIterator[Tab]:
    async with httpx.AsyncClient(base_url=city.web, trust_env=False) as client:
        await client.get("/chat/thread")
        yield Tab(client, city.web)


async def test_pictures_and_their_words_are_one_turn_and_a_pin_says_where(city: City, tab: Tab) -> None:
    handles = [await tab.uploads(picture(shade), "IMG.jpg") for shade in (1, 2)]
    await tab.posts(text="آسفالت کوچه خراب است", attachments=handles)
    await tab.hears("کجا؟")
    await tab.posts(pin=[36.3264, 59.5352])
    summary = await tab.hears("درست است؟", "۲ پیوست")
    await tab.presses(summary, "ثبت شود")
    number = number_in((await tab.hears("ثبت شد"))["card"]["tracking_number_shown"])
    there = await city.until_filed(number)
    below = [line for line in there["description"].splitlines() if line.startswith(city.web)]
    assert len({*there["media_urls"], *below}) == 2


async def test_a_voice_is_put_into_words(tab: Tab) -> None:
    await tab.posts(attachments=[await tab.uploads(voice_saying(LAMP), "voice.ogg")])
    await tab.hears("شنیدم", "هدایت ۱۰")
    await tab.hears("درست است؟")


@pytest.mark.parametrize(
    ("name", "content"),
    [("letter.pdf", b"%PDF-1.4\n%%EOF\n"), ("film.mp4", b"\x00\x00\x00\x18ftypisom" + bytes(32))],
)
async def test_documents_and_videos_go_along(tab: Tab, name: str, content: bytes) -> None:
    await tab.posts(text=LAMP)
    await tab.hears("درست است؟")
    await tab.posts(attachments=[await tab.uploads(content, name)])
    await tab.hears("به درخواست اضافه شد")
    await tab.hears("۱ پیوست")


async def test_a_file_that_is_not_taken_is_refused_before_it_is_kept(city: City, tab: Tab) -> None:
    headers = {"Origin": city.web, "Content-Type": "application/octet-stream"}
    refused = await tab.client.post(
        "/chat/uploads", params={"name": "a.jpg"}, content=b"MZ\x90\x00", headers=headers
    )
    assert (refused.status_code, refused.json()["error"]) == (415, "wrong_type")


async def test_a_picture_alone_is_answered_and_a_thumb_confirms(tab: Tab) -> None:
    await tab.posts(text="😂")
    await tab.hears("همین‌جا بنویسید")
    await tab.posts(text=LAMP)
    await tab.hears("درست است؟")
    await tab.posts(text="👍🏼")
    await tab.hears("ثبت شد")


async def test_what_she_says_to_the_news_opens_her_request_again(city: City, tab: Tab) -> None:
    card = await tab.files()
    number = number_in(card["tracking_number_shown"])
    city.moves(await city.until_filed(number), "closed", "لامپ عوض شد")
    await tab.hears("لامپ عوض شد", seconds=40)
    await tab.posts(text="نه درست نشده هنوز")
    await tab.hears("چه چیزی هنوز مانده")


async def test_a_message_sent_three_times_is_one(tab: Tab) -> None:
    same = str(uuid.uuid4())
    for _ in range(3):
        assert (await tab.posts(same, text=LAMP)).status_code == 202
    await tab.hears("درست است؟")
    await asyncio.sleep(0.5)
    thread = (await tab.client.get("/chat/thread")).json()["items"]
    assert [item["author"] for item in thread] == ["citizen", "city"]


async def test_the_thread_survives_a_reload_and_belongs_to_its_cookie(city: City, tab: Tab) -> None:
    card = await tab.files()
    again = (await tab.client.get("/chat/thread")).json()["items"]
    assert again[-1]["card"] == card
    async with httpx.AsyncClient(base_url=city.web, trust_env=False) as stranger:
        assert (await stranger.get("/chat/thread")).json()["items"] == []


@pytest.mark.parametrize("messenger", ["telegram", "bale"])
async def test_the_slip_leads_to_a_messenger_where_the_news_arrive(
    city: City, tab: Tab, messenger: str
) -> None:
    card = await tab.files()
    link = next(one["url"] for one in card["links"] if ("t.me" in one["url"]) == (messenger == "telegram"))
    code = parse_qs(urlsplit(link).query)["start"][0]
    citizen = Citizen(getattr(city, messenger), next(_chats))
    citizen.writes(f"/start {code}")
    joined = await citizen.hears("از این پس همین‌جا می‌آید")
    number = number_in(joined.text)
    city.moves(await city.until_filed(number), "in_progress")
    await citizen.hears("شروع شد", timeout=40)
    citizen.writes("درخواست‌های من")
    await citizen.hears("۱ درخواست")

    thief = Citizen(getattr(city, messenger), next(_chats))
    thief.writes(f"/start {code}")
    await thief.hears("این پیوند دیگر کار نمی‌کند")


async def test_an_insult_with_a_matter_is_a_matter(tab: Tab) -> None:
    await tab.posts(text="خاک بر سرتون بی عرضه ها")
    await tab.hears("ناراحتید")
    await tab.posts(text=f"بی عرضه ها {LAMP}")
    await tab.hears("درست است؟", "هدایت ۱۰")


async def test_a_flood_is_slowed_down_and_what_was_taken_is_answered(city: City, tab: Tab) -> None:
    async def posts() -> int:
        body = {"id": str(uuid.uuid4()), "text": "الو"}
        answer = await tab.client.post("/chat/messages", json=body, headers={"Origin": city.web})
        return answer.status_code

    codes = [await posts() for _ in range(40)]
    assert codes.count(202) >= 30 and codes[-1] == 429
    await tab.hears("")
    thread = (await tab.client.get("/chat/thread")).json()["items"]
    assert sum(item["author"] == "citizen" for item in thread) == codes.count(202)
