"""What is particular to one driver: tokens, manual work, XML that attacks, templates, times."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import httpx
import pytest

from integrations.drivers import AmbiguousError, BadAnswer, OutgoingRequest, PermanentError, build_driver
from integrations.drivers.templates import at, fill, put
from integrations.drivers.timestamps import from_wire, to_wire
from integrations.registry import Registry, load_registry
from integrations.simulator import Fault, RunningSimulator
from integrations.system import Idempotency


@pytest.mark.parametrize("name", ["culture", "parks", "waste"])
async def test_a_batch_system_gives_a_token_and_later_the_number(
    name: str, registry: Registry, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    simulator.faults.add(Fault("batch", seconds=0.3, times=1))
    driver = build_driver(registry.system(name))
    receipt = await driver.submit(outgoing)
    assert receipt.token and receipt.external_id is None
    assert await driver.resolve_token(receipt.token) is None
    await asyncio.sleep(0.4)
    number = await driver.resolve_token(receipt.token)
    assert number and number.startswith("SM-")
    with pytest.raises(PermanentError):
        await driver.resolve_token("T-404")
    await driver.aclose()


@pytest.mark.parametrize("name", ["parks", "waste"])
async def test_a_feed_of_updates_is_read_step_by_step(
    name: str, registry: Registry, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    system = registry.system(name)
    driver = build_driver(replace(system, protocol={**system.protocol, "updates": "servicerequestupdates"}))
    number = (await driver.submit(outgoing)).external_id or ""
    simulator.city.move(name, number, "accepted")
    simulator.city.move(name, number, "in_progress", notes="اکیپ <رفت>")
    now = datetime.now(timezone.utc)
    steps = await driver.statuses(now - timedelta(minutes=1))
    assert [(step.external_id, step.status, step.notes) for step in steps] == [
        (number, "accepted", None),
        (number, "in_progress", "اکیپ <رفت>"),
    ]
    assert await driver.statuses(now + timedelta(minutes=1)) == []
    await driver.aclose()


async def test_a_server_that_takes_several_photos_gets_each_as_a_field(
    registry: Registry, outgoing: OutgoingRequest
) -> None:
    sent: list[httpx.QueryParams] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(httpx.QueryParams(request.content.decode()))
        return httpx.Response(200, json=[{"service_request_id": "1"}])

    parks = registry.system("parks")
    parks = replace(parks, protocol={**parks.protocol, "photos": "repeated"})
    driver = build_driver(parks, httpx.MockTransport(handle))
    photos = ("https://hamyar.example/a/1", "https://hamyar.example/a/2")
    await driver.submit(replace(outgoing, media_urls=photos))
    assert tuple(sent[0].get_list("media_url")) == photos
    assert photos[1] not in sent[0]["description"]
    await driver.aclose()


@pytest.mark.parametrize("length", [3950, 4000, 9000])
async def test_words_too_long_for_open311_are_cut_and_number_and_photos_stand_behind_them(
    registry: Registry, simulator: RunningSimulator, outgoing: OutgoingRequest, length: int
) -> None:
    # The key stands in no attribute here: only the number in the description tells that it is ours.
    system = replace(registry.system("parks"), idempotency=Idempotency("look_up"))
    driver = build_driver(system)
    photos = ("https://hamyar.example/a/1", "https://hamyar.example/a/2")
    long = replace(outgoing, description="الف " * (length // 4), media_urls=photos)
    number = (await driver.submit(long)).external_id or ""
    said = simulator.city.one("parks", number).description
    assert len(said) <= 4000 and said.startswith("الف الف") and said.endswith("\n" + photos[1])
    found = await driver.look_up(long)
    assert found is not None and found.external_id == number
    await driver.aclose()


async def test_a_system_without_an_address_is_worked_by_hand_and_never_simulated(
    outgoing: OutgoingRequest,
) -> None:
    parks = load_registry(environment={"SYSTEM_PARKS_URL": "https://parks.example"}).system("parks")
    assert (parks.driver, parks.missing, parks.simulated) == ("manual", ("SYSTEM_PARKS_API_KEY",), False)
    receipt = await build_driver(parks).submit(outgoing)
    assert receipt.by_hand and receipt.external_id is None


async def test_a_draft_or_shadow_system_sends_nothing(registry: Registry, outgoing: OutgoingRequest) -> None:
    for state in ("draft", "shadow"):
        driver = build_driver(replace(registry.system("parks"), state=state))  # type: ignore[arg-type]
        assert (await driver.submit(outgoing)).by_hand


def _answering(body: str, content_type: str = "text/xml", http: int = 200) -> httpx.MockTransport:
    return httpx.MockTransport(
        lambda _: httpx.Response(http, text=body, headers={"content-type": content_type})
    )


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><service_requests><request><status>&a;</status></request></service_requests>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/evil.dtd"><service_requests/>',
        "<service_requests><request>",
        "<other/>",
        "",
    ],
)
async def test_xml_with_a_dtd_or_broken_xml_is_refused(body: str, registry: Registry) -> None:
    driver = build_driver(registry.system("waste"), _answering(body))
    with pytest.raises(BadAnswer):
        await driver.status(["1"])
    await driver.aclose()


async def test_numbers_as_ids_and_plain_open_or_closed_are_understood(registry: Registry) -> None:
    body = '[{"service_request_id": 638344, "status": "closed", "updated_datetime": "2026-01-01T10:00:00+03:30"}]'
    driver = build_driver(registry.system("parks"), _answering(body, "application/json"))
    (report,) = await driver.status(["638344"])
    assert (report.external_id, report.status) == ("638344", "closed")
    assert report.updated_at == datetime(2026, 1, 1, 6, 30, tzinfo=timezone.utc)
    await driver.aclose()


async def test_a_refusal_as_duplicate_that_cannot_be_shown_is_ambiguous(
    registry: Registry, outgoing: OutgoingRequest
) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(400, json=[{"code": 400, "description": "base is a duplicate"}])
        return httpx.Response(200, json=[])

    driver = build_driver(registry.system("parks"), httpx.MockTransport(handle))
    with pytest.raises(AmbiguousError):
        await driver.submit(outgoing)
    await driver.aclose()


async def test_an_id_cannot_lead_to_another_path(registry: Registry) -> None:
    paths: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.raw_path)
        return httpx.Response(404, json={})

    driver = build_driver(registry.system("taxi"), httpx.MockTransport(handle))
    assert await driver.status(["../../admin?x=1"]) == []
    assert paths == [b"/taxi/requests/..%2F..%2Fadmin%3Fx%3D1"]
    await driver.aclose()


async def test_addresses_are_not_logged(
    registry: Registry, outgoing: OutgoingRequest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    driver = build_driver(registry.system("parks"))
    await driver.submit(outgoing)
    assert not [record for record in caplog.records if record.name.startswith("httpx")]
    await driver.aclose()


def test_a_status_is_known_however_its_letters_are_written(registry: Registry) -> None:
    mail, parks = registry.system("mail_office"), registry.system("parks")
    for word in ("پذیرفته شد", "پذيرفته  شد", "پذیرفته‌شد", " پذیرفته شد "):
        assert mail.our_status(word) == "accepted", word
    assert parks.our_status("In_Progress") == parks.our_status("IN PROGRESS") == "in_progress"
    assert parks.our_status("پذیرفته نشد") is None and parks.our_status("") is None


def test_a_template_keeps_types_leaves_out_what_is_absent_and_never_reads_words_again() -> None:
    template = {"a": "{lat}", "b": {"c": "{address}"}, "d": "no. {key}", "e": ["{lon}", "{address}"], "f": 3}
    values = {"lat": 1.5, "lon": 2.5, "address": None, "key": "{lat}"}
    assert fill(template, values) == {"a": 1.5, "d": "no. {lat}", "e": [2.5], "f": 3}


def test_pointers_read_and_write_objects_and_lists() -> None:
    document: dict[str, object] = {}
    put(document, "/items/0/id~1x", "7")
    assert document == {"items": [{"id/x": "7"}]}
    assert at(document, "/items/0/id~1x") == "7"
    assert at(document, "/items/1/id") is None
    assert at(document, "/items/x") is None


def test_times_go_out_without_fractions_and_come_in_in_any_usual_form() -> None:
    moment = datetime(2026, 11, 25, 5, 20, 7, 123456, tzinfo=timezone.utc)
    assert to_wire(moment) == "2026-11-25T05:20:07Z"
    assert from_wire("2026-11-25T08:50:07.123456+03:30") == moment
    assert from_wire("2026-11-25T08:50:07") == moment.replace(microsecond=0)
    assert from_wire("soon") is None and from_wire(None) is None and from_wire(7) is None
    with pytest.raises(ValueError, match="without offset"):
        to_wire(datetime(2026, 1, 1))
