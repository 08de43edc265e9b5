"""What a browser can send to the web chat, as HTTP: files, a pin, the same twice; and the way on to the messengers."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.e2e.city import LAMP, Citizen, City, number_in
from tests.support.pictures import picture
from tests.support.speech import voice_saying

pytestmark = pytest.mark.xdist_group("city")

_chats = itertools.count(6_500_000_000)


@dataclass
class Browser:
    """One tab: its cookie, and the thread as far as it has been read."""

    client: httpx.AsyncClient
    origin: str
    read: int = 0
    items: list[dict[str, Any]] = field(default_factory=list)

    async def posts(self, message_id: str | None = None, **message: Any) -> httpx.Response:
        body = {"id": message_id or str(uuid.uuid4()), **message}
        return await self.client.post("/chat/messages", json=body, headers={"Origin": self.origin})

    async def uploads(self, content: bytes, name: str) -> str:
        headers = {"Origin": self.origin, "Content-Type": "application/octet-stream"}
        answer = await self.client.post(
            "/chat/uploads", params={"name": name}, content=content, headers=headers
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["handle"])

    async def hears(self, *parts: str, seconds: float = 20.0) -> dict[str, Any]:
        """The next item of the city's that has all these parts."""
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            answer = await self.client.get(
                "/chat/events", params={"after": self.read, "wait": "0", "awaiting": "1"}
            )
            for item in answer.json()["items"] if answer.status_code == 200 else ():
                self.read = item["seq"]
                self.items.append(item)
                if item["author"] == "city" and all(part in str(item) for part in parts):
                    return item
            await asyncio.sleep(0.1)
        raise AssertionError(f"waited for {parts}, heard {[item['text'] for item in self.items]}")

    async def presses(self, item: dict[str, Any], label: str) -> None:
        token = next(b["token"] for row in item["inline"] for b in row if label in b["label"])
        assert (await self.posts(button=token)).status_code == 202

    async def files(self) -> dict[str, Any]:
        """A confirmed request; its slip."""
        await self.posts(text=LAMP)
        await self.presses(await self.hears("درست است؟"), "ثبت شود")
        return (await self.hears("ثبت شد"))["card"]


@pytest.fixture
async def browser(city: City) -> AsyncIterator[Browser]:
    async with httpx.AsyncClient(base_url=city.web, trust_env=False) as client:
        await client.get("/chat/thread")
        yield Browser(client, city.web)


async def test_pictures_and_their_words_are_one_turn_and_a_pin_says_where(browser: Browser) -> None:
    handles = [await browser.uploads(picture(shade), "IMG.jpg") for shade in (1, 2)]
    await browser.posts(text="آسفالت کوچه خراب است", attachments=handles)
    await browser.hears("کجا؟")
    await browser.posts(pin=[36.3264, 59.5352])
    summary = await browser.hears("درست است؟", "۲ پیوست")
    await browser.presses(summary, "ثبت شود")
    await browser.hears("ثبت شد")


async def test_a_voice_is_put_into_words(browser: Browser) -> None:
    await browser.posts(attachments=[await browser.uploads(voice_saying(LAMP), "voice.ogg")])
    await browser.hears("شنیدم", "هدایت ۱۰")
    await browser.hears("درست است؟")


async def test_a_message_sent_three_times_is_one(browser: Browser) -> None:
    same = str(uuid.uuid4())
    for _ in range(3):
        assert (await browser.posts(same, text=LAMP)).status_code == 202
    await browser.hears("درست است؟")
    await asyncio.sleep(0.5)
    thread = (await browser.client.get("/chat/thread")).json()["items"]
    assert [item["author"] for item in thread] == ["citizen", "city"]


async def test_the_thread_survives_a_reload_and_belongs_to_its_cookie(city: City, browser: Browser) -> None:
    card = await browser.files()
    again = (await browser.client.get("/chat/thread")).json()["items"]
    assert again[-1]["card"] == card
    async with httpx.AsyncClient(base_url=city.web, trust_env=False) as stranger:
        assert (await stranger.get("/chat/thread")).json()["items"] == []


@pytest.mark.parametrize("messenger", ["telegram", "bale"])
async def test_the_slip_leads_to_a_messenger_where_the_news_arrive(
    city: City, browser: Browser, messenger: str
) -> None:
    card = await browser.files()
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
