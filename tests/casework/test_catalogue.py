"""The catalogue of data/catalogue, and what a mistake in it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from casework.catalogue import Attribute, Catalogue, CatalogueError, Value, load_catalogue
from casework.datafile import YAML

DATA = Path(__file__).parents[2] / "data" / "catalogue"

# Copied from the reference list of 2026-11: codes are never renamed. More may be added, to both.
CODES = [
    "asphalt_repair",
    "unpaved_street",
    "sidewalk_repair",
    "excavation_restoration",
    "manhole_cover",
    "gutter_channel",
    "flooding",
    "pedestrian_bridge",
    "street_widening",
    "snow_ice",
    "street_naming",
    "street_light",
    "traffic_signal",
    "traffic_sign",
    "road_marking",
    "speed_bump",
    "traffic_congestion",
    "on_street_parking",
    "illegal_parking",
    "abandoned_vehicle",
    "bus_service",
    "bus_stop",
    "transit_staff",
    "metro_service",
    "metro_facility",
    "taxi",
    "transit_card",
    "bike_share",
    "bike_lane",
    "vehicle_inspection",
    "lost_property",
    "garbage_collection",
    "garbage_bin",
    "street_sweeping",
    "construction_debris",
    "recycling",
    "waste_picking",
    "waste_burning",
    "dead_animal",
    "public_toilet",
    "tree_pruning",
    "tree_hazard",
    "tree_planting",
    "tree_cutting",
    "green_space",
    "park_facilities",
    "playground",
    "sports_facility",
    "new_park",
    "stray_dogs",
    "pests",
    "odor",
    "obstruction",
    "homeless",
    "noise",
    "graffiti_posters",
    "nuisance_trade",
    "camping",
    "illegal_construction",
    "building_permit",
    "unsafe_building",
    "vacant_lot",
    "municipal_tax",
    "air_pollution",
    "fire_safety",
    "pilgrim_services",
    "cultural_center",
    "cemetery",
    "local_market",
    "accessibility",
    "staff_conduct",
    "other",
    "not_ours_water",
    "not_ours_power",
    "not_ours_gas",
    "not_ours_police",
    "not_ours_emergency",
    "not_ours_telecom",
    "not_ours_road",
    "not_ours_other",
    "not_ours_social",
    "not_ours_shrine",
    "not_ours_outside",
]

NEVER_SHOWN = {"staff_conduct", "illegal_construction", "noise", "homeless", "nuisance_trade"}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(DATA)


def test_the_83_codes_are_those_of_the_reference(catalogue: Catalogue) -> None:
    assert sorted(catalogue.services) == sorted(CODES)


def test_72_services_can_be_filed_and_11_are_another_bodys_work(catalogue: Catalogue) -> None:
    assert len(catalogue.fileable) == 72
    others = [s for s in catalogue.services.values() if not s.ours]
    assert all(s.code.startswith("not_ours_") and s.elsewhere and s.elsewhere.advice for s in others)
    assert len(others) == 11


def test_there_are_14_groups_and_elsewhere_comes_last(catalogue: Catalogue) -> None:
    assert len(catalogue.groups) == 14
    assert list(catalogue.groups)[-1] == "elsewhere"
    assert sum(len(catalogue.in_group(code)) for code in catalogue.groups) == 83


def test_the_five_delicate_services_are_never_shown_to_the_public(catalogue: Catalogue) -> None:
    assert all(catalogue.service(code).visibility == "never" for code in NEVER_SHOWN)


def test_a_complaint_about_staff_never_goes_to_the_unit_complained_of(catalogue: Catalogue) -> None:
    assert catalogue.service("staff_conduct").never == ("route_to_unit_complained_of",)


def test_no_usual_time_is_given_out_as_confirmed(catalogue: Catalogue) -> None:
    assert all(service.sla_assumed for service in catalogue.services.values())


def test_where_no_place_is_needed_none_is_asked(catalogue: Catalogue) -> None:
    without = {code for code, service in catalogue.services.items() if service.place == "none"}
    transit = {"transit_card", "lost_property", "bus_service", "transit_staff", "metro_service", "taxi"}
    assert without == transit | {"municipal_tax", "vehicle_inspection", "cemetery", "staff_conduct"}


def test_a_service_asks_two_questions_at_most_and_rarely_insists(catalogue: Catalogue) -> None:
    questions = [a for service in catalogue.services.values() for a in service.attributes]
    assert all(len(service.attributes) <= 2 for service in catalogue.services.values())
    assert len([a for a in questions if a.required]) <= 3


def test_every_question_ends_as_a_question_and_its_answers_fit_on_buttons(catalogue: Catalogue) -> None:
    for service in catalogue.services.values():
        for attribute in service.attributes:
            assert "؟" in attribute.description or "بنویسید" in attribute.description, attribute
            assert len(attribute.values) <= 6, attribute
            keys = [value.key for value in attribute.values]
            assert len(keys) == len(set(keys)), attribute


def test_the_texts_keep_the_orthography(catalogue: Catalogue) -> None:
    for service in catalogue.services.values():
        texts = [service.name, service.description, *(a.description for a in service.attributes)]
        if service.elsewhere:
            texts += [service.elsewhere.body, service.elsewhere.advice]
        for text in texts:
            assert not set("0123456789يك,?;") & set(text), text
            assert "بلوار" not in text and "  " not in text, text


@pytest.mark.parametrize(
    ("service", "attribute", "text", "key"),
    [
        ("street_light", "fault", "چراغ کوچه‌مون چند شبه خاموشه", "dark"),
        ("street_light", "fault", "تیر چراغ برق کج شده", "pole"),
        ("street_light", "fault", "چراغ نبش اینجا کجا ثبت میشه", None),
        ("street_light", "fault", "یکی خاموشه یکی چشمک میزنه", None),
        ("speed_bump", "need", "لطفا سرعتگیر بذارید", "install"),
        ("metro_facility", "facility", "پله‌برقی ایستگاه خرابه", "escalator"),
        ("metro_service", "line", "خط ۱ مترو شلوغه", "1"),
        ("metro_service", "line", "خط ۱۲ نداریم", None),
        ("lost_property", "vehicle", "کیفم تو اتوبوسا جا موند", "bus"),
        ("pests", "animal", "مووش زیاد شده", None),
    ],
)
def test_what_she_has_already_said_is_not_asked(
    catalogue: Catalogue, service: str, attribute: str, text: str, key: str | None
) -> None:
    read = catalogue.service(service).attribute(attribute).read(text)
    assert (read.key if read else None) == key


def test_a_question_without_words_reads_nothing_from_the_text() -> None:
    question = Attribute("a", "singlevaluelist", False, 1, "?", (Value("x", "ایکس"),))
    assert question.read("ایکس") is None


def _broken(tmp_path: Path, change: str, value: object) -> Path:
    for name in ("groups.yml", "services.yml"):
        (tmp_path / name).write_text((DATA / name).read_text(encoding="utf-8"), encoding="utf-8")
    services = yaml.load((DATA / "services.yml").read_text(encoding="utf-8"), Loader=YAML)
    services["services"]["street_light"][change] = value
    # JSON is YAML, and written in no time.
    (tmp_path / "services.yml").write_text(json.dumps(services, ensure_ascii=False), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("change", "value", "says"),
    [
        ("group", "nowhere", "is not one of"),
        ("place", "perhaps", "is not one of"),
        ("sla_hours", -1, "positive whole number"),
        ("photo", True, "unknown key"),
        ("keywords", [], "at least one"),
        ("never", ["sleep"], "is not one of"),
        ("elsewhere", {"body": "x", "phones": ["122"], "advice": "x"}, "not_ours_"),
        (
            "attributes",
            [
                {"code": "a", "datatype": "string", "description": "x", "values": []},
                {"code": "a", "datatype": "string", "description": "y"},
            ],
            "stands twice",
        ),
    ],
)
def test_a_mistake_is_named_with_file_key_and_reason(
    tmp_path: Path, change: str, value: object, says: str
) -> None:
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(_broken(tmp_path, change, value))
    assert caught.value.path.name == "services.yml"
    assert "services.street_light" in caught.value.key
    assert says in caught.value.reason


def test_a_service_written_twice_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "groups.yml").write_text((DATA / "groups.yml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "services.yml").write_text("services:\n  a: {}\n  a: {}\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match="stands twice"):
        load_catalogue(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"groups\.yml: the file is missing"):
        load_catalogue(tmp_path)
