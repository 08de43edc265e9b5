"""Each of the 13 districts has four desks, which share what its municipality answers for."""

from __future__ import annotations

import pytest

from casework.routing import DISTRICTS
from integrations.registry import Registry, load_registry
from integrations.system import System

CITY = DISTRICTS[:13]
DESKS = {
    "civil_works": "عمران",
    "urban_services": "خدمات شهری",
    "green_space": "فضای سبز",
    "planning": "شهرسازی",
}
SERVICES = {
    "civil_works": "asphalt_repair unpaved_street sidewalk_repair excavation_restoration manhole_cover gutter_channel "
    "flooding pedestrian_bridge street_widening snow_ice street_naming accessibility",
    "urban_services": "garbage_collection garbage_bin street_sweeping waste_burning dead_animal public_toilet "
    "stray_dogs pests odor obstruction noise graffiti_posters camping vacant_lot abandoned_vehicle",
    "green_space": "green_space",
    "planning": "building_permit municipal_tax",
}
OF_A_DISTRICT = {code for codes in SERVICES.values() for code in codes.split()}


@pytest.fixture(scope="module")
def loaded() -> Registry:
    return load_registry()


def desks_of(district: str, loaded: Registry) -> dict[str, System]:
    return {name: one for name, one in loaded.systems.items() if name.startswith(f"district_{district}_")}


@pytest.mark.parametrize("district", CITY)
def test_a_district_has_four_desks_that_say_which_they_are(district: str, loaded: Registry) -> None:
    desks = desks_of(district, loaded)
    assert set(desks) == {f"district_{district}_{desk}" for desk in DESKS}
    for desk, persian in DESKS.items():
        agency = desks[f"district_{district}_{desk}"].agency
        number = {"samen": "ثامن"}.get(
            district, district.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
        )
        assert agency == f"شهرداری منطقهٔ {number} ({persian})"


@pytest.mark.parametrize("district", CITY)
def test_the_desks_share_what_the_district_answers_for(district: str, loaded: Registry) -> None:
    table = loaded.routing()
    for desk, codes in SERVICES.items():
        found = {table.route(code, district).system for code in codes.split()}
        assert found == {f"district_{district}_{desk}"}
    desks = desks_of(district, loaded)
    theirs = {
        code for (code, where), route in table.routes.items() if route.system in desks and where == district
    }
    elsewhere = {where for (_, where), route in table.routes.items() if route.system in desks} - {district}
    assert theirs == OF_A_DISTRICT and len(theirs) == 30 and not elsewhere


def test_there_are_no_other_desks_of_districts(loaded: Registry) -> None:
    assert len([name for name in loaded.systems if name.startswith("district_")]) == 13 * 4
