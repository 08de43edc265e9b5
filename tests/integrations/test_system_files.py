"""The registry: what a wrong file is told, and what the environment does."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from integrations.file_checks import RegistryError
from integrations.registry import SYSTEMS_FOLDER, load_registry
from integrations.system import Hours

GOOD = """
name: shop
agency: سازمان نمونه
driver: open311
state: live
address: {url_env: SHOP_URL}
credentials: {kind: api_key, secret_env: SHOP_KEY}
takes:
  - {services: [taxi], districts: city}
statuses: {open: submitted, closed: closed}
"""

REST = """
name: shop
agency: سازمان نمونه
driver: rest_json
state: live
address: {url_env: SHOP_URL}
takes: [{services: [taxi], districts: everywhere}]
rest_json:
  submit: {path: /new, body: {text: "{description}"}, id: /id}
  status: {path: "/one/{id}", id: /id, status: /state}
"""


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ("state: live", "state: alive", "state", "'alive' is not one of"),
        ("agency: سازمان نمونه\n", "", "", "'agency' is a required property"),
        ("name: shop", "name: other", "name", "must be 'shop'"),
        ("districts: city", "districts: ['13']", "takes.0.districts.0", "'13' is not one of"),
        ("districts: city", "districts: [1, 2]", "takes.0.districts.0", 'must stand in quotes: "1"'),
        ("closed: closed", "no: rejected", "statuses", "YAML reads as False must stand in quotes"),
        ("closed: closed", "2: closed", "statuses", "YAML reads as 2 must stand in quotes"),
        ("agency: سازمان نمونه", "agency: 137", "agency", "in quotes where it is a number"),
        ("{url_env: SHOP_URL}", "https://shop.test", "address", "stands in the environment"),
        (
            "state: live",
            "state: live\nhours: {days: [friday], from: 7:30, to: 14:00}",
            "hours.from",
            "a time of two and two digits in quotes",
        ),
        (
            "state: live",
            "state: live\nhours: {days: [friday], from: '22:00', to: '06:00'}",
            "hours.to",
            "must be later than from",
        ),
        ("state: live", "state: live\nrate: {per_second: 0.01}", "rate", "too slow: at_once / per_second"),
        (
            "state: live",
            "state: live\nlimits: {total_seconds: 120}",
            "rate",
            "come to 240 s, and there are 200",
        ),
        ("closed: closed", "closed: finished", "statuses.closed", "'finished' is not one of"),
        ("address: {url_env: SHOP_URL}\n", "", "address", "needs the name of a variable"),
        ("kind: api_key", "kind: bearer", "credentials.kind", "open311 knows api_key or none"),
        ("state: live", "state: live\nlike: _none", "like", "there is no file _none.yml"),
        ("state: live", "state: [", "", "not readable as YAML"),
        ("state: live", "state: live\nspeed: 3", "", "'speed' was unexpected"),
        (
            "kind: api_key",
            "kind: apikey",
            "credentials.kind",
            "must be one of none, api_key, bearer, header, basic",
        ),
        ("secret_env: SHOP_KEY", "secret: hunter2", "credentials", "secret"),
        (
            "secret_env: SHOP_KEY",
            "secret_env: hunter2",
            "credentials.secret_env",
            "the name of an environment variable",
        ),
        (
            "services: [taxi]",
            "services: taxi",
            "takes.0.services",
            "must be the_rest or a list of the catalogue's codes",
        ),
        (
            "state: live",
            "state: live\nidempotency: {kind: look_up}",
            "open311.look_up",
            "so this must be reference",
        ),
        (
            "state: live",
            "state: live\nopen311: {look_up: reference}",
            "open311.description",
            "finds a request by {tracking_number}",
        ),
        (
            "state: live",
            "state: live\nopen311: {look_up: reference, type: blackbox}",
            "open311.look_up",
            "a blackbox shows no requests",
        ),
    ],
)
def test_a_wrong_file_is_told_by_file_key_and_reason(
    tmp_path: Path, old: str, new: str, key: str, reason: str
) -> None:
    (tmp_path / "shop.yml").write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(RegistryError) as caught:
        load_registry(tmp_path)
    assert (caught.value.file, caught.value.key) == ("shop.yml", key)
    assert reason in caught.value.reason and "hunter2" not in caught.value.reason
    assert str(caught.value).startswith("shop.yml: ")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("{description}", "{descripton}", "rest_json.submit.body"),
        ('"{description}"', "{description}", "rest_json.submit.body.text"),
        ("/one/{id}", "/one/{number}", "rest_json.status.path"),
        ("id: /id}", "token: /ticket}", "rest_json.token"),
        (", id: /id}", "}", "rest_json.submit"),
        ("id: /id}", "id: id}", "rest_json.submit.id"),
        ("state: live", "state: live\nidempotency: {kind: look_up}", "rest_json.look_up"),
        ("state: live", "state: live\ncredentials: {kind: api_key, secret_env: KEY}", "credentials.kind"),
        (", id: /id}", ", id: /id}\n  look_up: {path: '/by/{key}', id: /id}", "rest_json.look_up.path"),
        (", id: /id}", ", id: /id}\n  look_up: {path: /all, id: /id}", "rest_json.look_up.path"),
    ],
)
def test_a_wrong_json_service_is_told_before_anything_is_sent(
    tmp_path: Path, old: str, new: str, key: str
) -> None:
    (tmp_path / "shop.yml").write_text(REST.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RegistryError) as caught:
        load_registry(tmp_path)
    assert caught.value.key == key


@pytest.mark.parametrize(
    "url", ["shop.example", "ftp://shop.example", "https://u:p@shop.example", "https://shop.example/?k=1"]
)
def test_an_address_that_cannot_be_one_is_refused_by_the_name_of_its_variable(
    tmp_path: Path, url: str
) -> None:
    (tmp_path / "shop.yml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(RegistryError, match="SHOP_URL") as caught:
        load_registry(tmp_path, {"SHOP_URL": url, "SHOP_KEY": "k"})
    assert url not in str(caught.value)


def test_so_is_an_address_of_tokens(tmp_path: Path) -> None:
    oauth2 = "kind: oauth2, token_url_env: SHOP_TOKENS, client_env: SHOP_CLIENT"
    credentials = f"state: live\ncredentials: {{{oauth2}, secret_env: SHOP_KEY}}"
    (tmp_path / "shop.yml").write_text(REST.replace("state: live", credentials), encoding="utf-8")
    environment = {"SHOP_URL": "https://shop.example", "SHOP_CLIENT": "c", "SHOP_KEY": "k"}
    with pytest.raises(RegistryError, match=r"credentials.token_url_env: SHOP_TOKENS must hold"):
        load_registry(tmp_path, {**environment, "SHOP_TOKENS": "/oauth/token"})
    loaded = load_registry(tmp_path, {**environment, "SHOP_TOKENS": "https://shop.example/token"})
    assert loaded.system("shop").driver == "rest_json"


def test_two_systems_for_one_place_are_refused(tmp_path: Path) -> None:
    (tmp_path / "shop.yml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "zoo.yml").write_text(GOOD.replace("name: shop", "name: zoo"), encoding="utf-8")
    with pytest.raises(
        RegistryError, match=r"zoo.yml: takes: taxi in district 1 is taken already by shop.yml"
    ):
        load_registry(tmp_path)


def test_an_empty_or_missing_folder_is_an_error(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RegistryError):
            load_registry(folder)


def test_with_address_and_secret_a_system_is_live_and_without_one_by_hand(tmp_path: Path) -> None:
    (tmp_path / "shop.yml").write_text(GOOD, encoding="utf-8")
    live = load_registry(tmp_path, {"SHOP_URL": "https://shop.example/v2/", "SHOP_KEY": " k "}).system("shop")
    assert (live.driver, live.url, live.credentials.secret, live.by_hand) == (
        "open311",
        "https://shop.example/v2",
        "k",
        False,
    )
    for environment in ({}, {"SHOP_URL": "https://shop.example"}, {"SHOP_URL": "", "SHOP_KEY": "k"}):
        system = load_registry(tmp_path, environment).system("shop")
        assert system.driver == "manual" and system.by_hand and system.url is None and system.missing


def test_our_own_files_name_no_address_and_no_secret() -> None:
    registry = load_registry(environment={})
    assert len(registry.systems) == 77
    routed = [system for system in registry.systems.values() if system.takes]
    assert len(routed) == 69
    assert all(system.driver == "manual" and system.missing for system in routed)
    assert len(registry.environment_names()) == 2 * len(routed)
    # A name with a prefix of Hamyar's own settings would be refused in `.env` as a mistyped setting.
    assert all(name.startswith("SYSTEM_") for name in registry.environment_names())


@pytest.mark.parametrize("path", sorted(SYSTEMS_FOLDER.glob("*.yml")), ids=lambda path: path.stem)
def test_a_file_of_ours_says_in_comments_what_is_known_and_what_is_to_be_filled_in(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    comments = "\n".join(line for line in lines if line.lstrip().startswith("#"))
    keys = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    assert "://" not in keys
    if path.stem.startswith("_"):
        assert "SYSTEM_" not in keys
        return
    assert "Known: " in comments and "An administrator fills in" in comments
    told = set(re.findall(r"\bSYSTEM_[A-Z0-9_]+", comments))
    assert told and all(name.startswith(f"SYSTEM_{path.stem.upper()}_") for name in told)
    asked = set(re.findall(r"\bSYSTEM_[A-Z0-9_]+", keys))
    assert asked == told or (not asked and "state: draft" in keys)


def test_in_the_simulated_city_every_system_has_its_own_place() -> None:
    registry = load_registry(
        environment={"SYSTEM_PARKS_URL": "https://real.example"}, simulator_url="http://127.0.0.1:9/"
    )
    assert registry.system("parks").url == "http://127.0.0.1:9/parks"
    routed = [system for system in registry.systems.values() if system.takes]
    assert all(system.simulated and not system.by_hand for system in routed)


def test_a_file_may_take_over_a_file_that_takes_over_another(tmp_path: Path) -> None:
    files = {
        "_far": "rate: {per_second: 1, at_once: 1}\npoll: {every_seconds: 30}\nstatuses: {new: submitted}\n",
        "_near": "like: _far\nrate: {per_second: 2}\nstatuses: {over: closed}\n",
        "shop": GOOD.replace("state: live", "state: live\nlike: _near\nrate: {at_once: 3}"),
    }
    for name, text in files.items():
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
    shop = load_registry(tmp_path).system("shop")
    assert (shop.per_second, shop.at_once, shop.poll_seconds) == (2, 3, 30)
    assert shop.statuses == {
        "new": "submitted",
        "over": "closed",
        "open": "submitted",
        "closed": "closed",
    }


@pytest.mark.parametrize(
    ("near", "far", "file", "reason"),
    [
        ("_far", "_near", "_near.yml", "in a circle: _far -> _near -> _far"),
        ("_near", "", "_near.yml", "in a circle: _near -> _near"),
        ("_gone", "", "_near.yml", "there is no file _gone.yml"),
        ("shop", "", "_near.yml", "there is no file shop.yml whose name starts with _"),
        ("[_far]", "", "_near.yml", "there is no file ['_far'].yml"),
    ],
)
def test_what_leads_nowhere_is_told_by_the_file_that_leads_there(
    tmp_path: Path, near: str, far: str, file: str, reason: str
) -> None:
    (tmp_path / "shop.yml").write_text(GOOD + "like: _near\n", encoding="utf-8")
    (tmp_path / "_near.yml").write_text(f"like: {near}\n", encoding="utf-8")
    (tmp_path / "_far.yml").write_text(f"like: {far}\n" if far else "rate: {at_once: 1}\n", encoding="utf-8")
    with pytest.raises(RegistryError) as caught:
        load_registry(tmp_path)
    assert (caught.value.file, caught.value.key) == (file, "like")
    assert reason in caught.value.reason and "hunter2" not in caught.value.reason


def test_only_a_draft_may_take_nothing(tmp_path: Path) -> None:
    nothing = GOOD.replace("takes:\n  - {services: [taxi], districts: city}", "takes: []")
    for state in ("live", "shadow", "paused"):
        (tmp_path / "shop.yml").write_text(
            nothing.replace("state: live", f"state: {state}"), encoding="utf-8"
        )
        with pytest.raises(RegistryError, match=r"shop.yml: takes: may be empty only in state draft"):
            load_registry(tmp_path)
    (tmp_path / "shop.yml").write_text(nothing.replace("state: live", "state: draft"), encoding="utf-8")
    registry = load_registry(tmp_path)
    assert registry.system("shop").takes == () and not registry.routing().routes


def test_business_hours_count_only_what_lies_in_them() -> None:
    week = Hours(
        days=frozenset({5, 6, 0, 1, 2}),
        opens=datetime(2026, 1, 1, 7).time(),
        closes=datetime(2026, 1, 1, 14).time(),
    )
    thursday = datetime(2026, 11, 26, 0, tzinfo=timezone.utc)
    assert week.open_time(thursday, thursday + timedelta(days=1)) == timedelta()
    sunday = datetime(2026, 11, 28, 20, 30, tzinfo=timezone.utc)  # midnight in Mashhad
    assert timedelta(hours=6.5) <= week.open_time(sunday, sunday + timedelta(days=1)) <= timedelta(hours=7.5)
    assert Hours().open_time(thursday, thursday + timedelta(hours=5)) == timedelta(hours=5)
