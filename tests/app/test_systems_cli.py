from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import systems_cli
from app.cli import app
from integrations.simulator import RunningSimulator

run = CliRunner().invoke


def test_every_service_has_one_system_in_every_district() -> None:
    checked = run(app, ["systems", "check"])
    assert checked.exit_code == 0 and " 0 gaps" in checked.stdout


def test_the_list_says_what_each_system_takes_and_which_take_nothing_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(systems_cli.out, "width", 200)
    lines = run(app, ["systems", "list"]).stdout.splitlines()
    listed = {line.split()[0]: line for line in lines if line.strip()}
    assert "  2  " in listed["district_2_planning"]
    assert "18 and the rest" in listed["centre_137"]
    assert "draft" in listed["water_company"] and "none yet" in listed["water_company"]
    checked = run(app, ["systems", "check"]).stdout
    assert "no service is given to them yet: e_municipality, " in checked


def test_a_route_names_system_and_agency() -> None:
    assert run(app, ["systems", "route", "bike_share", "9"]).stdout.startswith("bike_share: ")


@pytest.mark.parametrize("arguments", [["bike_share", "99"], ["flying_car", "9"]])
def test_what_does_not_exist_is_named(arguments: list[str]) -> None:
    refused = run(app, ["systems", "route", *arguments])
    assert refused.exit_code == 2 and any(word in refused.stdout for word in arguments)


def test_trying_a_system_shows_the_request_without_the_secret_and_sends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HAMYAR_SIMULATOR_URL", "http://127.0.0.1:1")
    shown = run(app, ["systems", "try", "centre_137"]).stdout
    assert "POST http://127.0.0.1:1/centre_137/requests.json" in shown
    assert "api_key=<secret>" in shown


def test_a_wrong_system_file_is_named_with_key_and_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lamp.yml").write_text("name: lamp\ndriver: telepathy\n", encoding="utf-8")
    monkeypatch.setenv("HAMYAR_SYSTEMS", str(tmp_path))
    refused = run(app, ["systems", "list"])
    assert refused.exit_code == 78 and "lamp.yml" in refused.stdout


MANUAL = """
name: {name}
agency: میز
driver: manual
state: live
takes: [{{services: {services}, districts: {districts}}}]
"""


def test_where_a_request_would_go_elsewhere_or_nowhere_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, services, districts in (("desk", "[taxi]", "city"), ("rest", "the_rest", '["unknown"]')):
        text = MANUAL.format(name=name, services=services, districts=districts)
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("HAMYAR_SYSTEMS", str(tmp_path))
    assert "note:" not in run(app, ["systems", "try", "desk"]).stdout
    elsewhere = run(app, ["systems", "try", "desk", "--service", "noise"]).stdout
    assert elsewhere.startswith("note: noise in district 9 goes to no system, not to desk")
    nowhere = run(app, ["systems", "route", "noise", "9"])
    assert nowhere.exit_code == 1 and nowhere.stdout.startswith("no system takes noise in 9")
    checked = run(app, ["systems", "check"])
    assert checked.exit_code == 1
    assert "staff_conduct in unknown: rest may not take complaints about staff" in checked.stdout
    assert "filed by an operator, for their driver is manual: desk, rest" in checked.stdout


def test_a_code_that_no_catalogue_has_is_named_with_the_system_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = MANUAL.format(name="desk", services="[lampen]", districts="everywhere")
    (tmp_path / "desk.yml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("HAMYAR_SYSTEMS", str(tmp_path))
    checked = run(app, ["systems", "check"])
    said = "lampen in all districts: the catalogue has no such service, but desk names it"
    assert checked.exit_code == 1 and said in checked.stdout


def test_a_black_box_is_tried_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path("tests/integrations/black_box")
    with RunningSimulator(folder) as played:
        monkeypatch.setenv("HAMYAR_SYSTEMS", str(folder))
        monkeypatch.setenv("SYSTEM_BLACK_BOX_URL", f"{played.url}/black_box")
        monkeypatch.setenv("SYSTEM_BLACK_BOX_KEY", "simulated")
        sent = run(app, ["systems", "try", "black_box", "--send-test"])
        assert sent.exit_code == 0 and "took the test: it gives no number (a black box)" in sent.stdout
        assert len(played.city.of("black_box")) == 1


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSimulator]:
    with RunningSimulator() as running:
        monkeypatch.setenv("HAMYAR_SIMULATOR_URL", running.url)
        yield running


def test_a_marked_test_is_filed_and_its_status_read_in_both_words(simulated: RunningSimulator) -> None:
    sent = run(app, ["systems", "try", "centre_137", "--send-test"])
    assert sent.exit_code == 0 and "took the test: number SM-" in sent.stdout
    (filed,) = simulated.city.of("centre_137")
    assert filed.description.startswith("آزمایش اتصال همیار شهر")
    simulated.city.move("centre_137", filed.number, "in_progress", notes="x")
    shown = run(app, ["systems", "try", "centre_137", "--read", filed.number])
    assert "-> in_progress" in shown.stdout and filed.status in shown.stdout
    assert "has no SM-1" in run(app, ["systems", "try", "centre_137", "--read", "SM-1"]).stdout


def test_a_marked_update_is_put_to_a_request_where_the_file_says_so(
    monkeypatch: pytest.MonkeyPatch, simulated: RunningSimulator
) -> None:
    refused = run(app, ["systems", "try", "centre_137", "--add", "SM-1"])
    assert refused.exit_code == 1 and "takes no additions" in refused.stdout
    folder = Path("tests/integrations/updates")
    with RunningSimulator(folder) as told:
        monkeypatch.setenv("HAMYAR_SYSTEMS", str(folder))
        monkeypatch.setenv("SYSTEM_TOLD_BY_ID_URL", f"{told.url}/told_by_id")
        monkeypatch.setenv("SYSTEM_TOLD_KEY", "simulated")
        filed, _ = told.city.file("told_by_id", service_code="x", description="x")
        added = run(app, ["systems", "try", "told_by_id", "--add", filed.number])
        assert added.exit_code == 0 and f"took the update: {filed.number}-u0" in added.stdout
        (posted,) = told.city.of("told_by_id")[0].additions
        assert posted["words"].startswith("آزمایش اتصال همیار شهر") and posted["status"] == "OPEN"
        unknown = run(app, ["systems", "try", "told_by_id", "--add", "SM-1"])
        assert unknown.exit_code == 1 and "HTTP 404" in unknown.stdout


def test_live_asks_every_system_and_names_what_is_wrong(
    simulated: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    well = run(app, ["systems", "check", "--live"])
    assert well.exit_code == 0 and "taxi: answers" in well.stdout
    monkeypatch.setenv("HAMYAR_SIMULATOR_URL", "http://127.0.0.1:1")
    ill = run(app, ["systems", "check", "--live"])
    assert ill.exit_code == 1 and "taxi: no connection" in ill.stdout


def test_a_sample_request_is_shown_as_it_would_be_sent(simulated: RunningSimulator, tmp_path: Path) -> None:
    sample = tmp_path / "sample.json"
    sample.write_text(json.dumps({"service_code": "taxi", "description": "کرایهٔ اضافه", "lat": 36}), "utf-8")
    shown = run(app, ["systems", "try", "taxi", "--request", str(sample)])
    assert "کرایهٔ اضافه" in shown.stdout and not simulated.city.all()
    for wrong in ("[]", "{", '{"service_code": "flying_car"}', '{"service_code": "taxi", "colour": "red"}',
                  '{"service_code": "taxi", "lat": "x"}', '{"service_code": "taxi", "district": "99"}'):  # fmt: skip
        sample.write_text(wrong, "utf-8")
        refused = run(app, ["systems", "try", "taxi", "--request", str(sample)])
        assert refused.exit_code == 1 and "sample.json" in refused.stdout, wrong


def test_no_kind_of_credentials_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = """
name: desk
agency: میز
driver: rest_json
state: shadow
address: {url_env: DESK_URL}
credentials: {kind: basic, client_env: DESK_USER, secret_env: DESK_KEY}
rest_json:
  submit: {path: "/a?channel=hamyar", body: {text: "{description}"}, id: /id}
  status: {path: "/a/{id}", id: /id, status: /s}
takes: [{services: the_rest, districts: everywhere}]
"""
    (tmp_path / "desk.yml").write_text(document, encoding="utf-8")
    for name, value in (
        ("HAMYAR_SYSTEMS", str(tmp_path)),
        ("DESK_URL", "http://127.0.0.1:1"),
        ("DESK_USER", "u"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DESK_KEY", "hunter2-hunter2")
    shown = run(app, ["systems", "try", "desk"]).stdout
    assert "POST http://127.0.0.1:1/a?channel=hamyar" in shown
    assert "authorization: <secret>" in shown and "hunter2" not in shown
    assert base64.b64encode(b"u:hunter2-hunter2").decode() not in shown


def test_of_a_system_with_tokens_the_request_is_shown_and_no_token_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = """
name: birds
agency: ادارهٔ پرندگان
driver: rest_json
state: shadow
address: {url_env: BIRDS_URL}
credentials: {kind: oauth2, token_url_env: BIRDS_TOKEN_URL, client_env: BIRDS_CLIENT, secret_env: BIRDS_SECRET}
rest_json:
  submit: {path: /cases, body: {what: "{description}"}, id: /id}
  status: {path: "/cases/{id}", id: /id, status: /s}
takes: [{services: the_rest, districts: everywhere}]
"""
    (tmp_path / "birds.yml").write_text(document, encoding="utf-8")
    for name, value in (
        ("HAMYAR_SYSTEMS", str(tmp_path)),
        ("BIRDS_URL", "http://127.0.0.1:1/api"),
        ("BIRDS_TOKEN_URL", "http://127.0.0.1:1/token"),
        ("BIRDS_CLIENT", "hamyar"),
        ("BIRDS_SECRET", "hunter2-hunter2"),
    ):
        monkeypatch.setenv(name, value)
    shown = run(app, ["systems", "try", "birds"]).stdout
    assert "POST http://127.0.0.1:1/api/cases" in shown and '{"what":' in shown
    assert "authorization: <secret>" in shown and "hunter2" not in shown and "grant_type" not in shown
