"""docs/open311.md: what it tells a developer to type is understood."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.support.database import on_sqlite
from tests.web.open311.conftest import Client

pytestmark = on_sqlite

PAGE = Path("docs/open311.md").read_text(encoding="utf-8")
NUMBER = "104738291"


def commands() -> list[list[str]]:
    block = re.search(r"## First steps.*?```\n(.*?)```", PAGE, re.S)
    assert block is not None
    lines = block[1].replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.startswith("curl ")]


def values_of(words: list[str], option: str, separator: str) -> dict[str, str]:
    given = [words[at + 1] for at, word in enumerate(words) if word == option]
    return {name: value.strip() for name, _, value in (one.partition(separator) for one in given)}


async def test_the_first_steps_work_as_they_stand_there(client: Client) -> None:
    number, asked = NUMBER, commands()
    assert len(asked) == 5
    for words in asked:
        url = words[1].replace("https://HOST/open311/v2", client.url).replace(NUMBER, number)
        form = values_of(words, "--data-urlencode", "=")
        if not form:
            answered = await client.http.get(url)
            assert answered.status_code == 200 and answered.json(), words
            continue
        answered = await client.http.post(
            url, data={**form, "api_key": client.key}, headers=values_of(words, "-H", ":")
        )
        assert answered.status_code == 200, answered.text
        number = answered.json()[0]["service_request_id"]
    assert number != NUMBER and (await client.get("requests.json")).json()


async def test_its_error_is_the_one_that_is_said(client: Client) -> None:
    refused = await client.post(service_code="street_light", lat="36.3")
    assert refused.status_code == 400 and refused.text in PAGE
