"""The places of Mashhad: what is known, what is honestly not."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persian.finglish import FinglishIndex
from persian.gazetteer import DISTRICTS, Entry, Gazetteer, GazetteerError, key_of
from persian.typos import TypoIndex, is_one_edit
from tests.persian.conftest import GAZETTEER


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GAZETTEER, tmp_path / "gazetteer"))


@pytest.mark.parametrize(
    ("name", "districts"),
    [
        ("هدایت", {"2"}),
        ("الهیه", {"12"}),
        ("قاسم آباد", {"10"}),
        ("گلشهر", {"5"}),
        ("حرم", {"samen"}),
        ("فلکه آب", {"samen"}),
        ("مهدی آباد", {"2", "5"}),
        ("بهارستان", {"7", "9"}),
        ("جایی که نیست", set()),
    ],
)
def test_a_name_has_the_districts_in_which_it_lies(
    gazetteer: Gazetteer, name: str, districts: set[str]
) -> None:
    assert gazetteer.district_of(name) == districts


def test_the_kind_parts_places_of_one_name(gazetteer: Gazetteer) -> None:
    assert gazetteer.district_of("رضوی", "landmark") == {"10"}
    kinds = {entry.kind for entry in gazetteer.candidates("هدایت")}
    assert {"street", "neighbourhood"} <= kinds


def test_a_martyrs_street_is_found_without_his_title(gazetteer: Gazetteer) -> None:
    assert "شهید فکوری" in {entry.name for entry in gazetteer.candidates("فکوری")}


@pytest.mark.parametrize("spelling", ["وکیل‌آباد", "وکيل آباد", "وکیلاباد", "وَکیل آباد"])
def test_a_name_is_found_in_every_spelling(gazetteer: Gazetteer, spelling: str) -> None:
    text = f"🌹 از {spelling} آمدم"
    (match,) = gazetteer.find(text)
    assert text[match.start : match.end] == match.text == spelling


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("کوهسنکی", "کوهسنگی"),
        ("بلوار هدایت", "هدایت"),
        ("الهيه", "الهیه"),
        ("وکیل اباد ۲۲", "وکیل‌آباد"),
        ("قاسم", "قاسم‌آباد"),
    ],
)
def test_a_short_answer_is_searched_with_its_typos(gazetteer: Gazetteer, answer: str, name: str) -> None:
    assert name in {entry.name for entry in gazetteer.search(answer)}


@pytest.mark.parametrize("answer", ["", "؟", "نمی‌دانم", "۱۲"])
def test_an_answer_without_a_place_finds_none(gazetteer: Gazetteer, answer: str) -> None:
    assert gazetteer.search(answer) == []


def test_places_outside_the_city_say_so(gazetteer: Gazetteer) -> None:
    assert gazetteer.is_outside("طرقبه")
    assert gazetteer.is_outside("شاندیز")
    assert not gazetteer.is_outside("ملک‌آباد")
    assert not gazetteer.is_outside("جایی که نیست")


@pytest.mark.parametrize(
    ("lat", "lon", "district"),
    [
        (36.2880, 59.6157, "samen"),  # the shrine
        (36.3803, 59.4743, "12"),
        (36.2982, 59.6688, "5"),
        (36.3140, 59.3760, "outside"),  # Torghabeh
        (35.6892, 51.3890, "outside"),  # Tehran
        (0.0, 0.0, "outside"),
    ],
)
def test_a_pin_has_the_district_of_the_nearest_neighbourhood(
    gazetteer: Gazetteer, lat: float, lon: float, district: str
) -> None:
    assert gazetteer.nearest(lat, lon).district == district


def test_a_neighbourhood_without_a_district_borrows_it_from_near_by(gazetteer: Gazetteer) -> None:
    near = gazetteer.nearest(36.2925, 59.6269)
    assert near.neighbourhood == "جوادیه"
    assert near.metres < 50
    assert near.district in DISTRICTS


def test_far_from_every_known_district_it_is_unknown(copied: Path) -> None:
    (copied / "centroids.tsv").write_text(
        "name\tquarter\tdistricts\tlat\tlng\tsource\nتنها\t\t\t36.3\t59.6\tx\n", encoding="utf-8"
    )
    assert Gazetteer.load(copied).nearest(36.3, 59.6).district == "unknown"


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_pin_gets_an_answer(lat: float, lon: float) -> None:
    assert _LOADED.nearest(lat, lon).district in {*DISTRICTS, "unknown", "outside"}


@pytest.mark.parametrize(
    ("file", "line", "reason"),
    [
        ("streets.tsv", "street\tبولوار\tنو\t\t14\t\t\tyes\tx", "districts: '14'"),
        ("streets.tsv", "road\tبولوار\tنو\t\t1\t\t\tyes\tx", "kind: 'road'"),
        ("places.tsv", "park\tبوستان\tنو\t\t1\tشمال\t\tyes\tx", "lat: 'شمال'"),
        ("places.tsv", "park\tبوستان\tنو\t\t1\t95\t59\tyes\tx", "lat: 95"),
        ("outside.tsv", "outside\t\tنو\t\t\t\t\tsure\tx", "alone: 'sure'"),
        ("neighbourhoods.tsv", "neighbourhood\t\t\t\t\t\t\tyes\tx", "name: is empty"),
        ("neighbourhoods.tsv", "neighbourhood\tنو", "2 cells instead of 9"),
        ("centroids.tsv", "نو\t\t1\t\t\tx", "needs lat and lng"),
    ],
)
def test_a_faulty_row_is_named_with_file_line_and_reason(
    copied: Path, file: str, line: str, reason: str
) -> None:
    path = copied / file
    rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*rows, line]), encoding="utf-8")
    with pytest.raises(GazetteerError) as caught:
        Gazetteer.load(copied)
    assert f"{file}:{len(rows) + 1}: " in str(caught.value)
    assert reason in str(caught.value)


def test_a_missing_file_and_foreign_columns_are_named(copied: Path) -> None:
    (copied / "places.tsv").write_text("a\tb\n", encoding="utf-8")
    with pytest.raises(GazetteerError, match=r"places\.tsv:1: the columns must be kind, type"):
        Gazetteer.load(copied)
    (copied / "places.tsv").unlink()
    with pytest.raises(GazetteerError, match=r"places\.tsv: cannot be read"):
        Gazetteer.load(copied)


def test_the_gazetteer_loads_in_a_blink() -> None:
    began = time.process_time()
    Gazetteer.load(GAZETTEER)
    assert time.process_time() - began < 0.3


def test_no_place_is_listed_twice(gazetteer: Gazetteer) -> None:
    seen = [(entry.kind, entry.type, key_of(entry.name)) for entry in gazetteer.entries]
    assert len(seen) == len(set(seen))


def test_every_source_is_an_address_or_is_explained(gazetteer: Gazetteer) -> None:
    explained = {line.split("\t")[0] for line in (GAZETTEER / "sources.tsv").read_text("utf-8").splitlines()}
    for entry in gazetteer.entries:
        assert entry.source.startswith("http") or entry.source in explained, entry


def test_the_vocabulary_holds_the_words_of_names(gazetteer: Gazetteer) -> None:
    assert {"هدایت", "وکیل", "بولوار"} <= gazetteer.vocabulary()


@pytest.mark.parametrize(
    ("latin", "persian"),
    [
        ("hedayat", "هدایت"),
        ("hedaayat", "هدایت"),
        ("vakilabad", "وکیلاباد"),
        ("ghasemabad", "قاسماباد"),
        ("qasemabad", "قاسماباد"),
        ("khajerabi", "خواجهربیع"),
        ("emamreza", "امامرضا"),
        ("elahieh", "الهیه"),
        ("koohsangi", "کوهسنگی"),
        ("shariati", "شریعتی"),
    ],
)
def test_finglish_is_read_in_many_spellings(latin: str, persian: str) -> None:
    index = FinglishIndex(
        ["هدایت", "وکیلاباد", "قاسماباد", "خواجهربیع", "امامرضا", "الهیه", "کوهسنگی", "شریعتی", "سعدی"]
    )
    assert persian in index.read(latin)


@pytest.mark.parametrize("latin", ["", "x", "salam", "asfalt", "sd"])
def test_finglish_that_is_no_name_is_left(latin: str) -> None:
    assert FinglishIndex(["هدایت", "سعدی", "سلامت"]).read(latin) == []


@given(st.text("ابپت", min_size=1, max_size=7), st.text("ابپت", min_size=1, max_size=7))
def test_one_edit_is_the_same_in_both_directions(left: str, right: str) -> None:
    assert is_one_edit(left, right) == is_one_edit(right, left)


def test_a_typo_with_two_meanings_has_none() -> None:
    index = TypoIndex(["کوهسنگی", "کوهسنگه"])
    assert index.near("کوهسنگ") == {"کوهسنگی", "کوهسنگه"}
    names = ("کوهسنگی", "کوهسنگه")
    both = Gazetteer([Entry("street", "", name, (), ("9",), None, None, "near", "a test") for name in names])
    assert (both.meant("کوهسنگ") or ("?",))[0] == ""
    assert TypoIndex(["کوهسنگی"]).near("کوسهنگی") == {"کوهسنگی"}


_LOADED = Gazetteer.load(GAZETTEER)
