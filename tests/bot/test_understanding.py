"""The one client of Rasa: what she types is words, one server away is no harm, the text is in no error."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bot.understanding import UnderstandingClient, UnderstandingFailed, UnderstandingUnavailable

PARSED = {"intent": {"name": "request", "confidence": 0.9}, "service_code": "taxi", "decision": "accept"}


def client_of(answer: Callable[[httpx.Request], httpx.Response], *addresses: str) -> UnderstandingClient:
    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return UnderstandingClient(addresses or ("http://rasa",), "secret", client=http)


@pytest.mark.parametrize(
    ("typed", "parsed"),
    [
        ("/restart", "restart"),
        (' \n//greet{"name": "x"}', 'greet{"name": "x"}'),
        ("\u200c\u200f/ /deny", "deny"),
        ("  چاله", "چاله"),
        ("خط ۱/۲", "خط ۱/۲"),
    ],
)
async def test_what_she_types_is_never_a_payload(typed: str, parsed: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content)["text"])
        return httpx.Response(200, json=PARSED)

    await client_of(answer).understand(typed)
    assert asked == [parsed]


@pytest.mark.parametrize("nothing", ["", " ", "//", "\u200c\n"])
async def test_where_nothing_is_left_nobody_is_asked(nothing: str) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise AssertionError("asked")

    assert await client_of(answer).understand(nothing) is None


async def test_offsets_of_places_are_those_of_her_own_text() -> None:
    text = " / بولوار هدایت"

    def answer(request: httpx.Request) -> httpx.Response:
        place = {"text": "هدایت", "start": 7, "end": 12}
        return httpx.Response(200, json={**PARSED, "locations": [place]})

    understood = await client_of(answer).understand(text)
    assert understood is not None
    (place,) = understood.locations
    assert text[place["start"] : place["end"]] == "هدایت"


@pytest.mark.parametrize("status", [401, 404, 409, 502, 503])
async def test_a_server_that_is_not_ready_makes_the_turn_wait(status: int) -> None:
    with pytest.raises(UnderstandingUnavailable, match=str(status)):
        await client_of(lambda request: httpx.Response(status)).understand("سلام")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, text="سلام"),
        httpx.Response(200, text="not json"),
        httpx.Response(200, json=[1]),
        httpx.Response(200, json={"intent": None}),
    ],
)
async def test_a_server_that_fails_at_this_text_makes_the_turn_fail(answer: httpx.Response) -> None:
    with pytest.raises(UnderstandingFailed) as raised:
        await client_of(lambda request: answer).understand("سلام")
    assert "سلام" not in str(raised.value)


async def test_the_next_server_is_asked_where_one_does_not_answer() -> None:
    asked: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if request.url.host == "one":
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json=PARSED)

    client = client_of(answer, "http://one", "http://two/")
    for _ in range(2):
        assert (await client.understand("سلام")) is not None
    assert asked == ["one", "two", "two"]
    with pytest.raises(UnderstandingUnavailable):
        await client_of(answer, "http://one").understand("سلام")
