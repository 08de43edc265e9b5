"""What comes in, by polling and by webhook: broken updates, everything again, roles that are killed meanwhile."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from sqlalchemy import select

from casework.store import open_store
from casework.tables import DeadLetter
from tests.e2e.city import LAMP, Citizen, City, number_in
from tests.support.pictures import picture

pytestmark = pytest.mark.xdist_group("town")

_chats = itertools.count(7_000_000_000)


@pytest.fixture(params=["telegram", "bale"])
def citizen(request: pytest.FixtureRequest, city: City, mode: str) -> Citizen:
    return Citizen(getattr(city, request.param), next(_chats))


@pytest.mark.parametrize(
    "broken",
    [
        {"message": "no message"},
        {"message": {"message_id": 1, "chat": {"id": "x"}, "text": "سلام"}},
        {"unheard_of": {}},
    ],
    ids=["no object", "no chat", "unknown kind"],
)
async def test_what_cannot_be_read_is_kept_and_holds_up_nobody(
    city: City, citizen: Citizen, broken: dict[str, Any]
) -> None:
    number = citizen.server.state.next_update_id()
    citizen.server.inject({"update_id": number, **broken}, as_it_is=True)
    citizen.writes("سلام")
    await citizen.hears("در خدمتم")
    if "unheard_of" in broken:  # it is nobody's words: nothing to keep, nothing to answer
        return
    store = open_store(city.database_url)
    async with store.read() as session:
        kept = list(await session.scalars(select(DeadLetter).where(DeadLetter.update_id == str(number))))
    await store.close()
    # The other messenger counts its updates as well.
    assert [letter.channel for letter in kept].count(citizen.server.mode) == 1


async def test_everything_again_and_shuffled_changes_nothing(citizen: Citizen) -> None:
    citizen.server.citizen_sends(citizen.chat, LAMP, photo=picture(5))
    citizen.presses(await citizen.hears("درست است؟", "۱ پیوست"), "ثبت شود")
    number = number_in((await citizen.hears("شمارهٔ پیگیری")).text)
    before = len(citizen.server.messages_to(citizen.chat))
    citizen.server.deliver_again(times=2, shuffle=random.Random(1))
    await citizen.server.wait_for(lambda: not citizen.server.state.again, 30)
    citizen.writes(number)
    await citizen.hears("وضعیت")
    assert len(citizen.server.messages_to(citizen.chat)) == before + 1


async def test_a_killed_receiver_loses_nothing(city: City, citizen: Citizen, mode: str) -> None:
    role = "bot" if mode == "polling" else "web"
    city.kill(role)
    citizen.writes(LAMP)
    city.start_role(role)
    await citizen.hears("درست است؟", timeout=60)
    assert len(citizen.server.messages_to(citizen.chat)) == 1


async def test_a_worker_killed_over_her_message_answers_it_once(city: City, citizen: Citizen) -> None:
    city.kill("worker")
    citizen.writes(LAMP)
    city.start_role("worker")
    await citizen.hears("درست است؟", timeout=60)
    assert len(citizen.server.messages_to(citizen.chat)) == 1
