"""Photos by which a system shows what it has done: taken over once, from its own host only."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from casework.tables import ANSWER, Attachment
from integrations.drivers import OutgoingRequest, build_driver
from integrations.registry import Registry
from integrations.simulator import RunningSimulator
from integrations.system_files import NoPhoto, SystemFiles
from tests.integrations.test_delivery import City, city

__all__ = ["city"]


async def test_each_photo_of_a_report_is_taken_over_once(city: City, simulator: RunningSimulator) -> None:
    await city.file("100000001", "taxi")
    await city.dispatcher.run_once()
    number = simulator.city.of("taxi")[0].number
    photos = [f"{simulator.url}/taxi/photos/{name}.jpg" for name in "abcdefgh"]
    for status in ("in_progress", "answered"):
        simulator.city.move("taxi", number, status, photos=photos)
        assert await city.sync.sync("taxi") == 1
    kept = [row for row in await city.all(Attachment) if row.kind == ANSWER]
    assert [row.file_id for row in kept] == photos[:5]
    request = await city.request("100000001")
    assert {(row.service_request_id, row.state) for row in kept} == {(request.id, "remote")}
    assert len({row.created_at for row in kept}) == 1, "those of one report are one album"


@pytest.mark.parametrize("photos", [["http://a.test/1.jpg"], ["http://a.test/1.jpg", "http://a.test/2.jpg"]])
@pytest.mark.parametrize("name", ["parks", "waste"])
async def test_a_feed_of_updates_carries_photos(
    name: str, photos: list[str], registry: Registry, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    system = registry.system(name)
    driver = build_driver(replace(system, protocol={**system.protocol, "updates": "servicerequestupdates"}))
    number = (await driver.submit(outgoing)).external_id or ""
    simulator.city.move(name, number, "in_progress", photos=photos)
    (step,) = await driver.statuses(outgoing.requested_at)
    assert step.photos == tuple(photos)
    await driver.aclose()


def files(registry: Registry, answer: httpx.Response | Exception) -> SystemFiles:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return SystemFiles(
        replace(registry.system("taxi"), url="https://taxi.test/api"), httpx.MockTransport(handle)
    )


async def test_a_photo_comes_whole(registry: Registry) -> None:
    assert (
        await files(registry, httpx.Response(200, content=b"x" * 10)).photo("https://taxi.test/a", 10)
        == b"x" * 10
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://other.test/a",
        "http://127.0.0.1/a",
        "file:///etc/passwd",
        "https://taxi.test.evil.test/a",
        "a.jpg",
        "",
    ],
)
async def test_no_other_host_is_asked(registry: Registry, url: str) -> None:
    with pytest.raises(NoPhoto) as raised:
        await files(registry, AssertionError("it was asked")).photo(url, 10)
    assert raised.value.for_good


@pytest.mark.parametrize(
    ("answer", "for_good"),
    [
        (httpx.Response(200, content=b"x" * 11), True),
        (httpx.Response(404), True),
        (httpx.Response(302, headers={"location": "http://127.0.0.1/"}), False),
        (httpx.Response(503), False),
        (httpx.ReadTimeout("slow"), False),
    ],
)
async def test_what_cannot_be_had_says_whether_to_try_again(
    registry: Registry, answer: httpx.Response | Exception, for_good: bool
) -> None:
    with pytest.raises(NoPhoto) as raised:
        await files(registry, answer).photo("https://taxi.test/a", 10)
    assert raised.value.for_good is for_good
