"""A messenger that answers with errors, refuses the token, or is only to be had through a proxy; all roles at work."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.city import LAMP, Citizen, City, number_in
from tests.support.pictures import picture
from tests.support.proxy import NOWHERE, RunningProxy

pytestmark = pytest.mark.xdist_group("town")

_chats = itertools.count(7_900_000_000)


@pytest.mark.parametrize("status", [401, 404, 500])
@pytest.mark.parametrize("messenger", ["telegram", "bale"])
async def test_polling_outlives_every_answer_that_ends_a_library(
    city: City, messenger: str, status: int
) -> None:
    citizen = Citizen(getattr(city, messenger), next(_chats))
    citizen.server.faults.poll_status, citizen.server.faults.failing_polls = status, 2
    citizen.writes("سلام")  # ends the long poll that is under way, which knows of no fault
    await citizen.hears("در خدمتم", timeout=60)
    await citizen.server.wait_for(lambda: citizen.server.faults.failing_polls == 0, 60)
    citizen.writes("سلام")
    await citizen.hears("در خدمتم", timeout=60)


@pytest.mark.parametrize("messenger", ["telegram", "bale"])
async def test_a_refused_token_is_seen_at_readyz_until_it_counts_again(city: City, messenger: str) -> None:
    server = getattr(city, messenger)

    async def until_it_says(status: int, word: str = "") -> None:
        end = time.monotonic() + 60
        while True:
            answer = httpx.get(f"{city.web}/readyz", trust_env=False)
            if answer.status_code == status and word in answer.text:
                return
            assert time.monotonic() < end, answer.text
            await asyncio.sleep(0.5)

    server.faults.token_revoked = True
    citizen = Citizen(server, next(_chats))
    citizen.writes("سلام")  # ends the long poll that is under way, which knows of no fault
    await until_it_says(503, messenger)
    citizen.writes("سلام")
    server.faults.token_revoked = False
    await citizen.hears("در خدمتم", timeout=60)
    await until_it_says(200)


@pytest.fixture(scope="module")
def behind_proxies(city: City) -> Iterator[City]:
    """Telegram by SOCKS, Bale by HTTP, both under a name that only the proxy can resolve."""
    with RunningProxy({NOWHERE: city.telegram.url}) as socks, RunningProxy({NOWHERE: city.bale.url}) as http:
        city.restart(
            "bot",
            "worker",
            HAMYAR_DEMO="1",  # an address that is not this machine's is taken for a real messenger's
            TELEGRAM_API_URL=f"http://{NOWHERE}",
            TELEGRAM_PROXY_URL=socks.url("socks5"),
            BALE_API_URL=f"http://{NOWHERE}",
            BALE_PROXY_URL=http.url("http"),
        )
        yield city
        city.restart(
            "bot",
            "worker",
            HAMYAR_DEMO="",
            TELEGRAM_API_URL=city.telegram.url,
            TELEGRAM_PROXY_URL="",
            BALE_API_URL=city.bale.url,
            BALE_PROXY_URL="",
        )
    assert {kind for kind, _ in socks.asked} == {"socks5"} and {kind for kind, _ in http.asked} == {"http"}


@pytest.mark.parametrize("messenger", ["telegram", "bale"])
async def test_where_a_messenger_is_out_of_reach_words_files_and_answers_take_the_proxy(
    behind_proxies: City, messenger: str
) -> None:
    citizen = Citizen(getattr(behind_proxies, messenger), next(_chats))
    citizen.sends(text=LAMP, photo=picture(6))
    citizen.presses(await citizen.hears("درست است؟", "۱ پیوست", timeout=60), "ثبت شود")
    there = await behind_proxies.until_filed(
        number_in((await citizen.hears("شمارهٔ پیگیری", timeout=60)).text)
    )
    assert len(there["media_urls"]) == 1
