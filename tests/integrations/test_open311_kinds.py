"""The three kinds of Open311 services, photos and long words, and how a request is found again in a list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from casework.additions import NewAddition, add
from casework.tables import Delivery, OperatorTask, ServiceRequest
from integrations.drivers import AmbiguousError, Driver, OutgoingRequest, Receipt, build_driver
from integrations.registry import Registry
from integrations.simulator import RunningSimulator, open311_server
from integrations.system import System
from tests.integrations.test_delivery import City, city

__all__ = ["city"]


def changed(system: System, **protocol: str) -> System:
    return replace(system, protocol={**system.protocol, **protocol})


def answering(system: System, body: str | list[Any], content_type: str = "application/json") -> Driver:
    """A driver whose server says this to everything."""

    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(body, str):
            return httpx.Response(200, text=body, headers={"content-type": content_type})
        return httpx.Response(200, json=body)

    return build_driver(system, httpx.MockTransport(handle))


@pytest.mark.parametrize("format_", ["json", "xml"])
async def test_a_realtime_system_gives_its_number_at_once(
    registry: Registry, simulator: RunningSimulator, outgoing: OutgoingRequest, format_: str
) -> None:
    driver = build_driver(changed(registry.system("parks"), format=format_, type="realtime"))
    receipt = await driver.submit(outgoing)
    (stored,) = simulator.city.of("parks")
    assert (receipt.external_id, receipt.token) == (stored.number, None)
    await driver.aclose()


@pytest.mark.parametrize("format_", ["json", "xml"])
async def test_a_batch_system_gives_a_token_at_once_and_the_number_later(
    registry: Registry,
    simulator: RunningSimulator,
    outgoing: OutgoingRequest,
    format_: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(open311_server, "BATCH_SECONDS", 0.3)
    played = changed(simulator.city.systems["parks"], type="batch")
    monkeypatch.setitem(simulator.city.systems, "parks", played)
    driver = build_driver(changed(registry.system("parks"), format=format_, type="batch"))
    receipt = await driver.submit(outgoing)
    assert receipt.external_id is None and receipt.token
    assert await driver.resolve_token(receipt.token) is None
    await asyncio.sleep(0.4)
    assert await driver.resolve_token(receipt.token) == simulator.city.of("parks")[0].number
    await driver.aclose()


@pytest.mark.parametrize("format_", ["json", "xml"])
async def test_a_black_box_gives_neither_number_nor_token_and_has_the_request(
    registry: Registry, simulator: RunningSimulator, outgoing: OutgoingRequest, format_: str
) -> None:
    driver = build_driver(changed(registry.system("black_box"), format=format_))
    receipt = await driver.submit(outgoing)
    assert (receipt.external_id, receipt.token) == (None, None)
    (stored,) = simulator.city.of("black_box")
    assert stored.key == outgoing.key
    await driver.aclose()


@pytest.mark.parametrize("body", ["", "[]", "[{}]", '[{"service_request_id": "", "account_id": null}]'])
async def test_an_answer_with_nothing_in_it_counts_at_a_black_box_only(
    registry: Registry, outgoing: OutgoingRequest, body: str
) -> None:
    assert await answering(registry.system("black_box"), body).submit(outgoing) == Receipt(
        raw={} if body in ("", "[]", "[{}]") else {"service_request_id": "", "account_id": None}
    )
    with pytest.raises(AmbiguousError):
        await answering(registry.system("parks"), body).submit(outgoing)


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE html><html><body>login</body></html>",
        '[{"service_notice": "rec',
        '[{"code": 400, "description": "service_code was not provided"}]',
        "[{}, {}]",
        "received",
    ],
)
async def test_not_everything_that_a_black_box_says_means_that_it_has_the_request(
    registry: Registry, outgoing: OutgoingRequest, body: str
) -> None:
    with pytest.raises(AmbiguousError):
        await answering(registry.system("black_box"), body).submit(outgoing)


async def test_what_lies_in_a_black_box_is_delivered_and_what_is_said_later_is_an_operators(
    city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000001", "black_box", service="a_black_box_of_tests")
    await city.dispatcher.run_once()
    (delivery,) = await city.all(Delivery)
    assert (delivery.state, delivery.external_id, delivery.external_token) == ("sent", None, None)
    assert (await city.request("100000001")).status == "submitted"
    assert len(simulator.city.of("black_box")) == 1
    assert await city.sync.sync("black_box") == 0 and await city.all(OperatorTask) == []
    async with city.store.write() as session:
        request = await session.get_one(ServiceRequest, 1)
        takers = city.registry.routing().takes_additions
        assert not (await add(session, request, NewAddition("k", "هنوز هست"), takers))[1]


def forms(system: System) -> tuple[Driver, list[httpx.QueryParams]]:
    """A driver, and what it has sent."""
    sent: list[httpx.QueryParams] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(httpx.QueryParams(request.content.decode()))
        return httpx.Response(200, json=[{"service_request_id": "1"}])

    return build_driver(system, httpx.MockTransport(handle)), sent


PHOTOS = tuple(f"https://hamyar.example/a/{number}" for number in range(3))


async def test_photos_beyond_the_first_stand_below_the_words_or_are_repeated(
    registry: Registry, outgoing: OutgoingRequest
) -> None:
    parks, album = registry.system("parks"), replace(outgoing, media_urls=PHOTOS)
    below, sent = forms(parks)
    await below.submit(album)
    assert sent[0].get_list("media_url") == [PHOTOS[0]]
    assert sent[0]["description"].endswith(f"\n{PHOTOS[1]}\n{PHOTOS[2]}")
    repeated, sent = forms(changed(parks, photos="repeated"))
    await repeated.submit(album)
    assert sent[0].get_list("media_url") == list(PHOTOS)
    assert PHOTOS[1] not in sent[0]["description"]
    none, sent = forms(parks)
    await none.submit(replace(outgoing, media_urls=()))
    assert "media_url" not in sent[0]


@pytest.mark.parametrize("length", [3990, 4000, 9000])
async def test_of_long_words_hers_are_cut_and_not_the_number_and_the_photos_below(
    registry: Registry, outgoing: OutgoingRequest, length: int
) -> None:
    driver, sent = forms(registry.system("parks"))
    await driver.submit(replace(outgoing, description="و" * length, media_urls=PHOTOS))
    words = sent[0]["description"]
    assert len(words) == 4000 and words.startswith("ووو")
    assert outgoing.tracking_number in words and words.endswith(PHOTOS[2])


def row(number: str, words: str, **attributes: str) -> dict[str, Any]:
    return {
        "service_request_id": number,
        "description": words,
        "attributes": [{"code": code, "value": value} for code, value in attributes.items()],
    }


def ours(request: OutgoingRequest) -> str:
    return f"درخت\n\nشمارهٔ رهگیری همیار: {request.tracking_number}"


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (lambda o: [row("1", ours(o), hamyar_key="another"), row("2", "x", hamyar_key=o.key)], "2"),
        (lambda o: [row("1", f"مثل {o.tracking_number} است"), row("2", ours(o))], "2"),
        (lambda o: [row("1", ours(o).replace("ۀ", "ه").replace("هٔ", "ه"))], "1"),
        (lambda o: [row("1", ours(o), hamyar_key="")], "1"),
        (lambda o: [row("1", ours(o), hamyar_key="another")], None),
        (lambda o: [row("", ours(o))], None),
        (lambda o: [{"service_request_id": 7, "attributes": {"hamyar_key": o.key}}], "7"),
        (lambda o: [{"service_request_id": 7, "attributes": None, "description": None}], None),
        (lambda o: [], None),
    ],
)
async def test_a_request_is_found_again_by_its_key_or_its_number_and_not_by_what_others_write(
    registry: Registry,
    outgoing: OutgoingRequest,
    rows: Callable[[OutgoingRequest], list[dict[str, Any]]],
    found: str | None,
) -> None:
    receipt = await answering(registry.system("parks"), rows(outgoing)).look_up(outgoing)
    assert (receipt.external_id if receipt else None) == found


async def test_a_duplicate_that_the_system_shows_is_the_request(
    registry: Registry, outgoing: OutgoingRequest
) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(409, json=[{"code": 409, "description": "base is a duplicate"}])
        return httpx.Response(200, json=[row("5", ours(outgoing))])

    driver = build_driver(registry.system("parks"), httpx.MockTransport(handle))
    assert (await driver.submit(outgoing)).external_id == "5"
