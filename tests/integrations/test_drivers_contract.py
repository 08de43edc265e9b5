"""What every driver must do, against the simulator over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from integrations.drivers import (
    AmbiguousError,
    BadAnswer,
    CredentialsRefused,
    Driver,
    OutgoingRequest,
    PermanentError,
    TemporaryError,
    build_driver,
)
from integrations.simulator import Fault, RunningSimulator
from integrations.system import Credentials, System


async def test_a_request_arrives_whole_and_gets_the_systems_own_number(
    driver: Driver, system: System, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    receipt = await driver.submit(outgoing)
    assert receipt.external_id and receipt.external_id.startswith("SM-")
    stored = simulator.city.one(system.name, receipt.external_id)
    assert stored.service_code == "tree_hazard"
    assert stored.description.startswith(outgoing.description)
    assert (stored.lat, stored.lon) == (36.3412, 59.5378)
    assert stored.address == "بولوار هدایت ۱۲"
    assert stored.attributes["risk"] == "falling"
    assert stored.attributes["near"] == ["wire", "house"]
    assert stored.media_urls == ["https://hamyar.example/a/1"]


async def test_a_request_without_a_place_or_photo_is_taken_too(
    driver: Driver, outgoing: OutgoingRequest
) -> None:
    bare = replace(outgoing, lat=None, lon=None, address=None, attributes={}, media_urls=())
    assert (await driver.submit(bare)).external_id


async def test_every_photo_of_an_album_can_be_had_by_who_answers(
    driver: Driver, system: System, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    photos = [f"https://hamyar.example/a/{number}" for number in range(10)]
    receipt = await driver.submit(replace(outgoing, media_urls=tuple(photos)))
    stored = simulator.city.one(system.name, receipt.external_id or "")
    below = [line for line in stored.description.splitlines() if line in photos]
    assert [*stored.media_urls, *below] == photos and stored.media_urls


async def test_the_same_key_twice_is_one_request(
    driver: Driver, system: System, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    first, second = await driver.submit(outgoing), await driver.submit(outgoing)
    assert first.external_id == second.external_id
    assert len(simulator.city.of(system.name)) == 1


async def test_what_was_filed_is_found_again_and_what_was_not_is_not(
    driver: Driver, outgoing: OutgoingRequest
) -> None:
    assert await driver.look_up(outgoing) is None
    receipt = await driver.submit(outgoing)
    found = await driver.look_up(outgoing)
    assert found is not None and found.external_id == receipt.external_id
    assert await driver.look_up(replace(outgoing, key="other", tracking_number="999999999")) is None


@pytest.mark.parametrize(
    "kind", ["timeout_after", "reset_after", "error_500_after", "malformed", "slow_body", "too_long"]
)
async def test_a_lost_reply_is_ambiguous_and_the_look_up_finds_the_request(
    kind: str, driver: Driver, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    simulator.faults.add(Fault(kind, times=1, seconds=1.0))  # type: ignore[arg-type]
    with pytest.raises(AmbiguousError):
        await driver.submit(outgoing)
    assert await driver.look_up(outgoing) is not None


@pytest.mark.parametrize("kind", ["timeout_before", "html", "redirect", "error_500"])
async def test_trouble_that_stored_nothing_is_ambiguous_and_the_look_up_says_so(
    kind: str, driver: Driver, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    simulator.faults.add(Fault(kind, times=1, seconds=1.0))  # type: ignore[arg-type]
    with pytest.raises(AmbiguousError):
        await driver.submit(outgoing)
    assert await driver.look_up(outgoing) is None


async def test_a_receipt_without_a_number_is_ambiguous(
    driver: Driver, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    simulator.faults.add(Fault("wrong_id", times=1))
    with pytest.raises(AmbiguousError):
        await driver.submit(outgoing)


@pytest.mark.parametrize("kind", ["error_503", "error_429"])
async def test_a_busy_system_is_temporary_and_its_wish_to_wait_is_heard(
    kind: str, driver: Driver, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    simulator.faults.add(Fault(kind, times=1, retry_after=17))  # type: ignore[arg-type]
    with pytest.raises(TemporaryError) as caught:
        await driver.submit(outgoing)
    assert caught.value.retry_after == 17


async def test_no_connection_is_temporary(system: System, outgoing: OutgoingRequest) -> None:
    driver = build_driver(replace(system, url="http://127.0.0.1:1/x"))
    with pytest.raises(TemporaryError):
        await driver.submit(outgoing)
    await driver.aclose()


async def test_a_wrong_key_is_trouble_of_the_system_not_of_the_request(
    system: System, outgoing: OutgoingRequest
) -> None:
    wrong = replace(system.credentials, secret="wrong")
    driver = build_driver(replace(system, credentials=wrong))
    with pytest.raises(CredentialsRefused):
        await driver.submit(outgoing)
    await driver.aclose()


async def test_a_request_the_system_cannot_take_is_refused_for_good(
    system: System, outgoing: OutgoingRequest
) -> None:
    driver = build_driver(replace(system, codes={"tree_hazard": ""}))
    with pytest.raises(PermanentError):
        await driver.submit(outgoing)
    await driver.aclose()


async def test_status_comes_back_in_our_words_with_note_time_and_agency(
    driver: Driver, system: System, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    number = (await driver.submit(outgoing)).external_id or ""
    simulator.city.move(system.name, number, "in_progress", notes="اکیپ رفت")
    (report,) = await driver.status([number])
    assert (report.external_id, report.status, report.notes) == (number, "in_progress", "اکیپ رفت")
    assert report.agency == system.agency
    assert report.updated_at and abs(report.updated_at - datetime.now(timezone.utc)) < timedelta(minutes=1)


async def test_a_status_the_file_does_not_know_is_kept_raw(
    driver: Driver, system: System, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    number = (await driver.submit(outgoing)).external_id or ""
    simulator.city.move(system.name, number, "waiting_for_godot")
    (report,) = await driver.status([number])
    assert (report.raw_status, report.status) == ("waiting_for_godot", None)


async def test_several_are_asked_at_once_and_unknown_ids_are_left_out(
    driver: Driver, outgoing: OutgoingRequest
) -> None:
    numbers = [
        (await driver.submit(replace(outgoing, key=f"k{i}", tracking_number=f"10000000{i}"))).external_id
        or ""
        for i in range(3)
    ]
    reports = await driver.status([*numbers, "SM-404"])
    assert sorted(report.external_id for report in reports) == sorted(numbers)
    assert await driver.status(["SM-404"]) == []


@pytest.mark.parametrize(
    "kind", ["html", "malformed", "wrong_id", "error_500", "timeout_before", "too_long", "redirect"]
)
async def test_a_bad_answer_while_reading_is_temporary(
    kind: str, driver: Driver, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    number = (await driver.submit(outgoing)).external_id or ""
    simulator.faults.add(Fault(kind, on="read", times=1, seconds=1.0))  # type: ignore[arg-type]
    with pytest.raises(TemporaryError) as caught:
        await driver.status([number])
    if kind in ("html", "malformed", "wrong_id"):
        assert isinstance(caught.value, BadAnswer)


async def test_changes_are_listed_since_a_time_where_the_system_can_do_that(
    driver: Driver, system: System, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    if not driver.lists_changes and system.driver == "soap":
        pytest.skip("asked by number only")
    if not driver.lists_changes:
        driver = build_driver(replace(system, protocol={**system.protocol, "updates": "updated_after"}))
    number = (await driver.submit(outgoing)).external_id or ""
    simulator.city.move(system.name, number, "accepted")
    now = datetime.now(timezone.utc)
    assert [r.external_id for r in await driver.statuses(now - timedelta(minutes=1))] == [number]
    assert await driver.statuses(now + timedelta(minutes=1)) == []
    await driver.aclose()


async def test_a_probe_changes_nothing(driver: Driver, simulator: RunningSimulator) -> None:
    assert await driver.probe()
    assert simulator.city.all() == []


def test_secrets_are_in_no_text_form(system: System) -> None:
    assert "simulated" not in repr(system.credentials)
    assert "secret-word" not in repr(Credentials("bearer", None, "secret-word"))
