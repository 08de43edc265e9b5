"""Both messengers by webhook: registered by the bot role, stored by the web role, as good as polling."""

from __future__ import annotations

import itertools

import httpx
import pytest

from bot.webhooks import secret_token, webhook_path
from tests.e2e.city import LAMP, SECRET, Citizen, City

pytestmark = pytest.mark.xdist_group("city")

_chats = itertools.count(6_700_000_000)


@pytest.fixture(scope="module")
def webhooks(city: City) -> City:
    city.hears_by("webhook")
    return city


@pytest.fixture(params=["telegram", "bale"])
def citizen(request: pytest.FixtureRequest, webhooks: City) -> Citizen:
    return Citizen(getattr(webhooks, request.param), next(_chats))


async def test_a_group_that_names_the_bot_is_told_to_write_in_private(citizen: Citizen) -> None:
    group = -citizen.chat
    citizen.server.citizen_sends(citizen.chat, LAMP, group=group)
    citizen.server.citizen_sends(citizen.chat, f"@hamyar_test_bot {LAMP}", group=group)
    told = await Citizen(citizen.server, group).hears("")
    assert "هدایت" not in told.text
    assert len(citizen.server.messages_to(group)) == 1


async def test_a_web_role_that_is_away_loses_nothing(webhooks: City, citizen: Citizen) -> None:
    webhooks.kill("web")
    citizen.writes(LAMP)
    webhooks.start_role("web")
    await citizen.hears("درست است؟", timeout=40)


def test_nobody_else_can_post_an_update(webhooks: City) -> None:
    def post(path: str, **headers: str) -> int:
        url = webhooks.web + path
        return httpx.post(url, json={"update_id": 1}, headers=headers, trust_env=False).status_code

    assert post("/webhooks/telegram/guessed") == 404
    assert post("/webhooks/bale/guessed") == 404
    assert post(webhook_path(SECRET, "bale")) == 200  # Bale has no secret: who knows the path is Bale
    assert post(webhook_path(SECRET, "telegram")) == 403
    assert post(webhook_path(SECRET, "telegram"), **{"X-Telegram-Bot-Api-Secret-Token": "x"}) == 403
    right = {"X-Telegram-Bot-Api-Secret-Token": secret_token(SECRET)}
    assert post(webhook_path(SECRET, "telegram"), **right) == 200
