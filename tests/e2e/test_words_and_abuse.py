"""Words that mean something to a machine, and people who mean no good: through all roles, on every channel."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from casework.blocks import block, lift
from casework.store import open_store
from casework.tables import OperatorTask
from tests.e2e.city import LAMP, Citizen, City, number_in
from tests.e2e.tab import Tab
from tests.test_injection import NASTY, sound

pytestmark = pytest.mark.xdist_group("town")

_chats = itertools.count(7_600_000_000)
NETWORK, THERE, ELSEWHERE = "203.0.113.0/24", "203.0.113.7", "198.51.100.7"
SAYINGS = ("rasa payload", "rasa entities", "markdown", "html", "mail header", "template", "bidi")
each = pytest.mark.parametrize("words", [NASTY[name] for name in SAYINGS], ids=SAYINGS)


@pytest.fixture(params=["telegram", "bale"])
def citizen(request: pytest.FixtureRequest, city: City, mode: str) -> Citizen:
    return Citizen(getattr(city, request.param), next(_chats))


@pytest.fixture
async def tab(city: City) -> AsyncIterator[Tab]:
    async with httpx.AsyncClient(base_url=city.web, trust_env=False) as client:
        await client.get("/chat/thread")
        yield Tab(client, city.web)


def spoken(words: str) -> str:
    """As the lines of a text are compared: what no wire carries is left out, a line break is a line break."""
    return sound(words).replace("\r\n", "\n").strip()


@each
async def test_a_system_gets_what_she_wrote_and_nothing_happens_on_the_way(
    city: City, citizen: Citizen, words: str
) -> None:
    citizen.writes(LAMP)
    citizen.presses(await citizen.hears("ثبت کنم؟"), "اصلاح")
    citizen.presses(await citizen.hears("کدام قسمت"), "شرح")
    await citizen.hears("دوباره بنویسید")
    citizen.writes(words)
    summary = await citizen.hears("ثبت کنم؟")
    assert summary.params.get("parse_mode") is None
    citizen.presses(summary, "ثبت شود")
    number = number_in((await citizen.hears("شمارهٔ پیگیری")).text)
    filed = await city.until_filed(number)
    assert spoken(words) in spoken(str(filed["description"]))


@each
async def test_the_web_chat_files_what_she_wrote(city: City, tab: Tab, words: str) -> None:
    await tab.posts(text=LAMP)
    await tab.presses(await tab.hears("ثبت کنم؟"), "اصلاح")
    await tab.presses(await tab.hears("کدام قسمت"), "شرح")
    await tab.hears("دوباره بنویسید")
    await tab.posts(text=words)
    await tab.presses(await tab.hears("ثبت کنم؟"), "ثبت شود")
    card = (await tab.hears("ثبت شد"))["card"]
    number = number_in(card["tracking_number_shown"])
    filed = await city.until_filed(number)
    assert spoken(words) in spoken(str(filed["description"]))


async def test_nonsense_again_and_again_is_one_task_at_most_and_a_matter_afterwards_is_filed(
    city: City, citizen: Citizen
) -> None:
    for nonsense in ("بلبب سیبس", "سیبس بلبب", "بسیب للبس", "یسبل بسیل"):
        citizen.writes(nonsense)
        await citizen.hears("")
    assert await city.rows_of(citizen, OperatorTask) <= 1
    citizen.writes(LAMP)
    citizen.presses(await citizen.hears("ثبت کنم؟", "هدایت ۱۰"), "ثبت شود")
    await citizen.hears("شمارهٔ پیگیری")


@pytest.fixture
def behind_a_proxy(city: City) -> Iterator[City]:
    city.restart("web", HAMYAR_TRUSTED_PROXIES="127.0.0.1")
    yield city
    city.restart("web", HAMYAR_TRUSTED_PROXIES="")


async def test_a_blocked_network_is_known_behind_a_trusted_proxy_and_others_write_on(
    behind_a_proxy: City,
) -> None:
    store = open_store(behind_a_proxy.database_url)
    async with store.write() as session:
        row = await block(session, channel="webchat", network=NETWORK, reason="flood", by="admin")
        number = row.id

    async def posts_from(address: str) -> httpx.Response:
        headers = {"X-Forwarded-For": address, "Origin": behind_a_proxy.web}
        async with httpx.AsyncClient(base_url=behind_a_proxy.web, trust_env=False, headers=headers) as client:
            await client.get("/chat/thread")
            return await client.post("/chat/messages", json={"id": str(uuid.uuid4()), "text": LAMP})

    refused, taken = await posts_from(THERE), await posts_from(ELSEWHERE)
    async with store.write() as session:
        await lift(session, number, "admin")
    await store.close()
    assert (refused.status_code, refused.json()["error"]) == (403, "blocked")
    assert taken.status_code == 202
