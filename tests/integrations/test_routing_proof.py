"""Every service that can be filed has exactly one system in every one of the 15 districts."""

from __future__ import annotations

from pathlib import Path

import pytest

from casework.catalogue import load_catalogue
from casework.routing import DISTRICTS, Route, RoutingError, RoutingTable
from integrations.registry import Registry, load_registry

CATALOGUE = Path("data/catalogue")


@pytest.fixture(scope="module")
def loaded() -> Registry:
    return load_registry()


@pytest.fixture(scope="module")
def codes() -> list[str]:
    return [service.code for service in load_catalogue(CATALOGUE).fileable]


def test_there_are_72_services_in_15_districts_and_no_gap(loaded: Registry, codes: list[str]) -> None:
    assert (len(codes), len(DISTRICTS)) == (72, 15)
    assert loaded.check_routing(codes) == []


def test_complaints_about_staff_never_reach_the_unit_complained_of(loaded: Registry) -> None:
    for district in DISTRICTS:
        assert loaded.routing().route("staff_conduct", district).system == "centre_137"
    assert [name for name, system in loaded.systems.items() if system.answers_for_staff] == ["centre_137"]


def test_what_has_no_place_or_no_other_desk_lies_at_the_triage_desk(loaded: Registry) -> None:
    table = loaded.routing()
    for district in DISTRICTS:
        assert table.route("other", district).system == "centre_137"
        assert table.route("not_ours_water", district).system == "centre_137"
    for district in ("unknown", "outside", None, "", "13"):
        assert table.route("asphalt_repair", district).system == "centre_137"
        assert table.route("bike_share", district).system == "centre_137"


def test_a_draft_without_services_gets_nothing(loaded: Registry) -> None:
    idle = {name for name, system in loaded.systems.items() if not system.takes}
    assert {"e_municipality", "water_company"} <= idle
    assert all(loaded.system(name).state == "draft" for name in idle)
    assert not idle & {route.system for route in loaded.routing().routes.values()}


def test_what_needs_no_place_goes_to_its_organisation_without_one(loaded: Registry) -> None:
    wanted = {
        "taxi": "taxi",
        "transit_card": "mancard",
        "bus_service": "bus",
        "metro_service": "urban_rail",
        "cemetery": "ferdows",
    }
    for code, system in wanted.items():
        assert {loaded.routing().route(code, district).system for district in DISTRICTS} == {system}


def test_each_desk_of_a_district_gets_its_own(loaded: Registry) -> None:
    for district in DISTRICTS[:13]:
        assert loaded.routing().route("asphalt_repair", district).system == f"district_{district}_civil_works"
        assert loaded.routing().route("garbage_bin", district).system == f"district_{district}_urban_services"
    assert loaded.routing().route("asphalt_repair", "9").agency == "شهرداری منطقهٔ ۹ (عمران)"


def test_the_example_of_the_bicycle_station(loaded: Registry) -> None:
    route = loaded.routing().route("bike_share", "2")
    assert route.system == "bike_share" and "بایدو" in route.agency


def test_parking_at_the_kerb_is_parted_by_district(loaded: Registry) -> None:
    table = loaded.routing()
    assert [d for d in DISTRICTS if table.route("on_street_parking", d).system == "parking_elit"] == [
        "3",
        "4",
        "9",
        "10",
        "11",
    ]
    both = {table.route("on_street_parking", district).system for district in DISTRICTS[:13]}
    assert both == {"parking_elit", "parking_centre"}


def test_a_gap_and_a_code_that_no_catalogue_has_are_found(loaded: Registry) -> None:
    gaps = loaded.check_routing(["brand_new", "taxi"])
    assert ("brand_new", "7", "no system takes it") in {(g.service_code, g.district, g.reason) for g in gaps}
    assert ("brand_new", "unknown") not in {(g.service_code, g.district) for g in gaps}
    said = {g.reason for g in gaps if g.service_code == "bus_stop"}
    assert said == {"the catalogue has no such service, but bus names it"}


def test_an_empty_table_says_that_nobody_takes_it() -> None:
    with pytest.raises(RoutingError):
        RoutingTable({}).route("taxi", "1")
    assert RoutingTable({}, {"unknown": Route("a", "b")}).route("taxi", None) == Route("a", "b")
