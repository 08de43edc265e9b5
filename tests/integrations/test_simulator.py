"""The simulated city: its page, its control interface, its memory, its faults by seed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest

from integrations.drivers import OutgoingRequest, build_driver
from integrations.registry import load_registry
from integrations.simulator import Fault, FaultPlan, RunningSimulator, SimulatedCity
from integrations.simulator.distortions import doubled, skewed


@pytest.fixture
def number(simulator: RunningSimulator) -> str:
    stored, _ = simulator.city.file(
        "parks",
        service_code="tree_hazard",
        description='درخت <script>alert("x")</script> افتاده',
        address='<img src=x onerror="y">',
        lat=36.3,
        lon=59.5,
    )
    return stored.number


def test_the_page_shows_requests_in_persian_and_escapes_what_citizens_wrote(
    simulator: RunningSimulator, number: str
) -> None:
    answer = httpx.get(simulator.url)
    assert 'lang="fa" dir="rtl"' in answer.text
    assert number in answer.text and "سازمان پارک‌ها و فضای سبز" in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "<script" not in answer.text and "<img" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "http://" not in answer.text.replace(simulator.url, "") and "https://" not in answer.text


def test_an_empty_page_says_what_to_do(simulator: RunningSimulator) -> None:
    assert "هنوز درخواستی نرسیده است" in httpx.get(simulator.url).text
    assert httpx.get(f"{simulator.url}/page.css").status_code == 200


def test_a_request_is_moved_with_a_note_by_the_form(simulator: RunningSimulator, number: str) -> None:
    page = httpx.get(f"{simulator.url}/?system=parks").text
    action = re.search(r'action="(/move/parks/[^"]+)"', page)
    assert action
    form = {"status": "in_progress", "notes": "اکیپ فرستاده شد", "back": "parks"}
    answer = httpx.post(simulator.url + action[1], data=form, follow_redirects=True)
    assert answer.status_code == 200 and "در دست انجام" in answer.text and "اکیپ فرستاده شد" in answer.text
    moved = simulator.city.one("parks", number)
    assert (moved.status, moved.notes) == ("in_progress", "اکیپ فرستاده شد")
    assert len(moved.history) == 1


def test_a_form_from_another_site_or_with_a_wrong_status_changes_nothing(
    simulator: RunningSimulator, number: str
) -> None:
    place = f"{simulator.url}/move/parks/{number}"
    foreign = httpx.post(place, data={"status": "closed"}, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert httpx.post(place, data={"status": "burnt"}).status_code == 400
    assert httpx.post(f"{simulator.url}/move/parks/SM-1", data={"status": "closed"}).status_code == 404
    assert simulator.city.one("parks", number).status == "received"


def test_the_control_interface_moves_lists_spoils_and_heals(simulator: RunningSimulator, number: str) -> None:
    control = f"{simulator.url}/_control"
    moved = httpx.post(
        f"{control}/status", json={"system": "parks", "number": number, "status": "closed", "notes": "شد"}
    )
    assert moved.json()["status"] == "closed"
    assert [one["number"] for one in httpx.get(f"{control}/requests?system=parks").json()] == [number]
    assert (
        httpx.post(
            f"{control}/status", json={"system": "parks", "number": "x", "status": "closed"}
        ).status_code
        == 400
    )
    assert httpx.post(f"{control}/faults", json={"kind": "earthquake"}).status_code == 400
    assert httpx.post(f"{control}/faults", json={"kind": "error_500", "system": "none"}).status_code == 400
    assert (
        httpx.post(f"{control}/faults", json={"kind": "error_503", "system": "bus", "on": "all"}).status_code
        == 200
    )
    assert httpx.get(f"{simulator.url}/bus/services.json").status_code == 503
    assert httpx.get(f"{simulator.url}/parks/services.json").status_code == 200
    httpx.delete(f"{control}/faults?seed=3")
    assert httpx.get(f"{simulator.url}/bus/services.json").status_code == 200
    assert httpx.delete(f"{control}/requests").json() == {"left": 0}


def test_requests_move_on_by_themselves_only_when_asked(simulator: RunningSimulator, number: str) -> None:
    words = []
    for _ in range(4):
        words.append(simulator.city.one("parks", number).status)
        httpx.post(f"{simulator.url}/_control/progress")
    assert words == ["received", "accepted", "in_progress", "in_progress"]


async def test_a_restart_loses_nothing_and_goes_on_counting(
    tmp_path: Path, outgoing: OutgoingRequest
) -> None:
    state = tmp_path / "city.jsonl"
    with RunningSimulator(state=state) as first:
        driver = build_driver(load_registry(simulator_url=first.url).system("parks"))
        number = (await driver.submit(outgoing)).external_id or ""
        await driver.aclose()
        first.city.move("parks", number, "accepted", notes="دیده شد")
    with state.open("a", encoding="utf-8") as file:
        file.write('{"system": "parks", "numb')  # the line a crash cut off
    with RunningSimulator(state=state) as second:
        driver = build_driver(load_registry(simulator_url=second.url).system("parks"))
        (report,) = await driver.status([number])
        assert (report.status, report.notes) == ("accepted", "دیده شد")
        assert (await driver.submit(outgoing)).external_id == number
        await driver.aclose()
        other, _ = second.city.file("bus", service_code="bus_stop", description="x")
        assert other.number > number


def test_the_same_seed_gives_the_same_faults() -> None:
    def run(seed: int) -> list[bool]:
        plan = FaultPlan(seed)
        plan.add(Fault("error_500", probability=0.5))
        return [plan.next("parks", "submit") is not None for _ in range(40)]

    assert run(1) == run(1) != run(2)


def test_faults_hit_the_system_the_kind_of_call_and_the_number_of_times_they_name() -> None:
    plan = FaultPlan()
    plan.add(Fault("html", system="bus", on="read", times=1))
    assert plan.next("bus", "submit") is None and plan.next("parks", "read") is None
    assert plan.next("bus", "read") is not None and plan.next("bus", "read") is None


def test_a_fault_ends_by_itself_after_its_time() -> None:
    now = [0.0]
    plan = FaultPlan(clock=lambda: now[0])
    plan.add(Fault("outage", lasts=7200))
    now[0] = 7199
    assert plan.next("parks", "submit") is not None
    now[0] = 7200
    assert plan.next("parks", "submit") is None


def test_rows_that_come_twice_and_times_of_a_wrong_clock() -> None:
    rows = b'[{"id": "1", "at": "2026-11-30T08:00:00Z"}, {"id": "2", "at": "2026-11-30T09:00:00+03:30"}]'
    assert [row["id"] for row in json.loads(doubled(rows))] == ["2", "1", "1", "2"]
    assert [row["at"][:16] for row in json.loads(skewed(rows, 3600))] == [
        "2026-11-30T09:00",
        "2026-11-30T10:00",
    ]
    feed = doubled(b"<updates><one>1</one><one>2</one></updates>")
    assert [one.text for one in ElementTree.fromstring(feed)] == ["2", "1", "1", "2"]
    assert doubled(b"{}") == b"{}" and doubled(b"no JSON") == b"no JSON"


def test_every_lifecycle_step_has_a_word_in_every_system(simulator: RunningSimulator) -> None:
    steps = {
        "submitted",
        "accepted",
        "in_progress",
        "answered",
        "closed",
        "redirected",
        "merged",
        "rejected",
        "cancelled",
    }
    city: SimulatedCity = simulator.city
    playing = {
        name: one
        for name, one in city.systems.items()
        if one.takes and one.file_driver != "email" and one.protocol.get("type") != "blackbox"
    }
    for name, system in playing.items():
        assert set(city.words(name)) == steps, name
        assert all(system.our_status(raw) == ours for ours, raw in city.words(name).items()), name


def test_the_command_prints_its_address_and_ends_at_a_signal(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "integrations.simulator",
        "--port",
        "0",
        "--state",
        str(tmp_path / "s.jsonl"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = re.search(r"http://[^/]+/", process.stdout.readline())
        assert found
        assert httpx.get(found[0], timeout=10, trust_env=False).status_code == 200
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
    assert process.returncode in (0, -15)
