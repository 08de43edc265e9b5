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
from tests.support.proxy import RunningProxy

pytestmark = pytest.mark.xdist_group("city")

_chats = itertools.count(7_900_000_000)
NOWHERE = "telegram.invalid"
"""A name that no resolver knows: what arrives went through the proxy."""


@pytest.mark.parametrize("status", [401, 404, 500])
@pytest.mark.parametrize("messenger", ["telegram", "bale"])
async def test_polling_outlives_every_answer_that_ends_a_library(
    city: City, messenger: str, status: int
) -> None:
    citizen = Citizen(getattr(city, messenger), next(_chats))
    citizen.server.faults.poll_status, citizen.server.faults.failing_polls = status, 2
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
    await until_it_says(503, messenger)
    citizen = Citizen(server, next(_chats))
    citizen.writes("سلام")
    server.faults.token_revoked = False
    await citizen.hears("در خدمتم", timeout=60)
    await until_it_says(200)


@pytest.fixture
def proxy(city: City) -> Iterator[RunningProxy]:
    with RunningProxy({NOWHERE: city.telegram.url}) as running:
        address = f"http://{NOWHERE}"
        city.restart("bot", "worker", TELEGRAM_API_URL=address, TELEGRAM_PROXY_URL=running.url)
        yield running
        city.restart("bot", "worker", TELEGRAM_API_URL=city.telegram.url, TELEGRAM_PROXY_URL="")


async def test_where_telegram_is_out_of_reach_words_files_and_answers_take_the_proxy(
    city: City, proxy: RunningProxy
) -> None:
    citizen = Citizen(city.telegram, next(_chats))
    citizen.server.citizen_sends(citizen.chat, LAMP, photo=picture(6))
    citizen.presses(await citizen.hears("درست است؟", "۱ پیوست"), "ثبت شود")
    await city.until_filed(number_in((await citizen.hears("شمارهٔ پیگیری")).text))
    await citizen.server.wait_for(lambda: any("/file/" in path for path in proxy.asked), 20)
    assert {"getUpdates", "sendMessage"} <= {path.rsplit("/", 1)[-1] for path in proxy.asked}
