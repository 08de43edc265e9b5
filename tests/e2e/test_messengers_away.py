"""A messenger that answers with errors or refuses the token; all roles at work."""

from __future__ import annotations

import asyncio
import itertools
import time

import httpx
import pytest

from tests.e2e.city import Citizen, City

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
