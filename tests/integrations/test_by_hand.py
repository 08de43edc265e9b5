"""What an operator does about the way of a request: filed by hand, sent again, given to another; and copies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from casework.by_hand import NotPossible, filed_by_hand, redirect, send_again
from casework.requests import by_tracking_number
from casework.routing import Route, RoutingTable
from casework.tables import Delivery, OperatorTask, OutboxMessage
from casework.tasks import close_task
from integrations.drivers import PermanentError
from integrations.file_checks import RegistryError
from integrations.registry import load_registry
from integrations.simulator import Fault, RunningSimulator
from tests.integrations.test_delivery import City, city

__all__ = ["city"]


async def _in_the_hands_of_an_operator(city: City, number: str = "100000001") -> OperatorTask:
    """Filed while the taxi system could not be reached at all."""
    city.registry.systems["taxi"] = replace(city.registry.system("taxi"), driver="manual")
    await city.file(number, "taxi")
    await city.dispatcher.run_once()
    (task,) = [one for one in await city.all(OperatorTask) if one.state == "open"]
    assert task.kind == "manual_delivery"
    return task


async def test_what_was_filed_by_hand_is_followed_under_its_number(
    city: City, simulator: RunningSimulator
) -> None:
    system = city.registry.system("taxi")
    task = await _in_the_hands_of_an_operator(city)
    stored, _ = simulator.city.file("taxi", service_code="taxi", description="x")
    async with city.store.write() as session:
        await filed_by_hand(session, city.lifecycle, task.id, stored.number)
    delivery = await city.delivery("100000001")
    assert (delivery.state, delivery.external_id) == ("sent", stored.number)
    assert (await city.request("100000001")).status == "submitted"
    assert [one.state for one in await city.all(OperatorTask)] == ["closed"]
    city.registry.systems["taxi"] = system
    city.connections._drivers.clear()
    simulator.city.move("taxi", stored.number, "in_progress", notes="اکیپ رفت")
    await city.sync.sync("taxi")
    assert (await city.request("100000001")).status == "in_progress"


async def test_a_number_is_one_requests(city: City) -> None:
    first = await _in_the_hands_of_an_operator(city)
    async with city.store.write() as session:
        await filed_by_hand(session, city.lifecycle, first.id, "SM-7")
    second = await _in_the_hands_of_an_operator(city, "100000002")
    with pytest.raises(NotPossible, match="another request"):
        async with city.store.write() as session:
            await filed_by_hand(session, city.lifecycle, second.id, "SM-7")


async def test_a_task_about_something_else_takes_no_number(city: City) -> None:
    for task_id in (999, 1):
        with pytest.raises(NotPossible):
            async with city.store.write() as session:
                await filed_by_hand(session, city.lifecycle, task_id, "SM-7")


async def test_all_of_a_system_is_sent_again(city: City, simulator: RunningSimulator) -> None:
    system = city.registry.system("taxi")
    for number in ("100000001", "100000002"):
        await _in_the_hands_of_an_operator(city, number)
        async with city.store.write() as session:
            if number == "100000001":  # she has done this one
                task = (await city.all(OperatorTask))[0]
                await close_task(session, task.id, "by phone", "operator")
    city.registry.systems["taxi"] = system
    city.connections._drivers.clear()
    async with city.store.write() as session:
        assert await send_again(session, "taxi") == 1
    async with city.store.write() as session:
        assert await send_again(session, "taxi") == 0
    await city.dispatcher.run_once()
    assert [one.key for one in simulator.city.of("taxi")] == ["100000002-taxi"]
    assert {one.state for one in await city.all(OperatorTask)} == {"closed"}


async def test_what_fails_again_is_a_task_again(city: City) -> None:
    await _in_the_hands_of_an_operator(city)
    async with city.store.write() as session:
        assert await send_again(session, "taxi") == 1
    await city.dispatcher.run_once()
    assert [one.state for one in await city.all(OperatorTask)] == ["closed", "open"]


async def test_what_may_have_arrived_is_sent_again_only_when_somebody_has_looked(
    city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000001", "mail_office", service="a_letter_of_tests")
    simulator.faults.add(Fault("reset_after", times=1))
    await city.dispatcher.run_once()
    async with city.store.write() as session:
        assert await send_again(session, "mail_office") == 0
        assert await send_again(session, "mail_office", uncertain=True) == 1
    await city.dispatcher.run_once()
    assert (await city.delivery("100000001")).state == "sent"


async def test_what_may_have_arrived_is_looked_up_first_where_that_can_be_done(
    city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000001", "taxi")
    simulator.faults.add(Fault("reset_after", times=1))
    await city.dispatcher.run_once()
    await city.set("100000001", state="dead")
    async with city.store.write() as session:
        assert await send_again(session, "taxi", looks_up=True) == 1
    await city.dispatcher.run_once()
    assert (await city.delivery("100000001")).state == "sent" and len(simulator.city.of("taxi")) == 1


async def test_a_request_is_given_to_another_system_which_speaks_for_it_from_then_on(
    city: City, simulator: RunningSimulator
) -> None:
    await city.file("100000001", "taxi")
    await city.dispatcher.run_once()
    async with city.store.write() as session:
        request = await by_tracking_number(session, "100000001")
        assert request is not None
        await redirect(session, city.lifecycle, request, "bus", "سازمان اتوبوسرانی", "کار اتوبوسرانی است")
    assert len(await city.all(OutboxMessage)) == 1
    await city.dispatcher.run_once()
    (there,) = simulator.city.of("bus")
    request = await city.request("100000001")
    assert (request.system, request.agency, request.status) == ("bus", "سازمان اتوبوسرانی", "submitted")
    (old,) = simulator.city.of("taxi")
    simulator.city.move("taxi", old.number, "rejected")
    simulator.city.move("bus", there.number, "accepted")
    await city.sync.sync_all()
    assert (await city.request("100000001")).status == "accepted"
    with pytest.raises(NotPossible, match="already"):
        async with city.store.write() as session:
            again = await by_tracking_number(session, "100000001")
            assert again is not None
            await redirect(session, city.lifecycle, again, "bus", "x")


async def test_what_was_redirected_before_it_was_sent_is_not_sent_to_the_first(
    city: City, simulator: RunningSimulator
) -> None:
    await _in_the_hands_of_an_operator(city)
    async with city.store.write() as session:
        request = await by_tracking_number(session, "100000001")
        assert request is not None
        await redirect(session, city.lifecycle, request, "bus", "سازمان اتوبوسرانی")
        assert await send_again(session, "taxi") == 0
    await city.dispatcher.run_once()
    assert len(simulator.city.of("bus")) == 1 and simulator.city.of("taxi") == []
    assert [one.state for one in await city.all(OperatorTask)] == ["closed"]


async def test_what_comes_back_to_a_system_and_fails_there_again_is_a_task_again(city: City) -> None:
    await _in_the_hands_of_an_operator(city)
    for system in ("bus", "taxi"):
        async with city.store.write() as session:
            request = await by_tracking_number(session, "100000001")
            assert request is not None
            await redirect(session, city.lifecycle, request, system, "سازمان")
        await city.dispatcher.run_once()
    assert [(one.kind, one.state) for one in await city.all(OperatorTask)] == [
        ("manual_delivery", "closed"),
        ("manual_delivery", "open"),
    ]


async def test_a_copy_is_told_and_does_not_speak(city: City, simulator: RunningSimulator) -> None:
    await city.file("100000001", "taxi")
    async with city.store.write() as session:
        request = await by_tracking_number(session, "100000001")
        assert request is not None
        session.add(Delivery(key="100000001-bus", service_request_id=request.id, system="bus"))
    simulator.faults.add(Fault("error_503", system="taxi"))
    await city.dispatcher.run_once()
    assert (await city.request("100000001")).status == "registered"  # the copy has arrived, and says nothing
    (copy,) = simulator.city.of("bus")
    simulator.city.move("bus", copy.number, "closed")
    simulator.faults.clear()
    await city.make_due()
    await city.dispatcher.run_once()
    await city.sync.sync_all()
    assert (await city.request("100000001")).status == "submitted"


async def test_a_copy_that_is_refused_is_a_task_and_nothing_for_the_citizen(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    await city.file("100000001", "taxi")
    async with city.store.write() as session:
        request = await by_tracking_number(session, "100000001")
        assert request is not None
        session.add(Delivery(key="100000001-bus", service_request_id=request.id, system="bus"))

    async def refuse(_: object) -> None:
        raise PermanentError("no")

    monkeypatch.setattr(city.connections.driver("bus"), "submit", refuse)
    await city.dispatcher.run_once()
    assert [task.kind for task in await city.all(OperatorTask)] == ["dead_delivery"]
    assert (await city.request("100000001")).status == "submitted"
    assert await city.all(OutboxMessage) == []


def test_a_route_names_who_gets_a_copy_but_not_who_answers() -> None:
    table = RoutingTable({("taxi", "1"): Route("taxi", "x")}, copies={("taxi", "1"): ("taxi", "police")})
    assert table.route("taxi", "1") == Route("taxi", "x", ("police",))


SHOP = """
name: {name}
agency: فروشگاه
driver: manual
state: live
takes: [{{services: [{code}], districts: ["1"]}}]
"""


def test_a_file_says_what_its_system_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "shop.yml").write_text(SHOP.format(name="shop", code="taxi"), encoding="utf-8")
    zoo = SHOP.format(name="zoo", code="other") + "copies: [{services: [taxi], districts: city}]\n"
    (tmp_path / "zoo.yml").write_text(zoo, encoding="utf-8")
    assert load_registry(tmp_path).routing().route("taxi", "1").copies == ("zoo",)
    (tmp_path / "zoo.yml").write_text(zoo.replace("[taxi]", "the_rest"), encoding="utf-8")
    with pytest.raises(RegistryError, match="copies"):
        load_registry(tmp_path)


def test_complaints_about_staff_are_copied_to_nobody_who_may_not_have_them(tmp_path: Path) -> None:
    desk = SHOP.format(name="desk", code="staff_conduct") + "answers_for_staff: true\n"
    (tmp_path / "desk.yml").write_text(desk, encoding="utf-8")
    zoo = SHOP.format(name="zoo", code="other") + 'copies: [{services: [staff_conduct], districts: ["1"]}]\n'
    (tmp_path / "zoo.yml").write_text(zoo, encoding="utf-8")
    gaps = load_registry(tmp_path).check_routing(["staff_conduct", "other"])
    assert any("zoo may not" in gap.reason for gap in gaps)
