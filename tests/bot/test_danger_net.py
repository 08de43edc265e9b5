"""The learned part of the emergency check: what it finds in other words, and how its examples and cache behave."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import danger_examples
from bot.danger import Danger, DangerCheck
from bot.danger_examples import Examples, learn, learned
from bot.danger_signals import Signals
from bot.danger_text import KINDS, DangerFileError, split
from casework.datafile import YAML

DATA = Path(__file__).parents[2] / "data"


def read(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), Loader=YAML)


HELD_OUT: dict[str, Any] = read(Path(__file__).parent / "danger_heldout.yml")
KEPT: dict[str, Any] = read(Path(__file__).parent / "danger_heldout_2.yml")


@pytest.fixture(scope="module")
def check(danger: DangerCheck) -> DangerCheck:
    return danger


@pytest.fixture(scope="module")
def examples() -> Examples:
    return Examples.load(DATA / "danger")  # raises where a text stands under two kinds


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data/ with nine sentences of each kind and one service, learned in a moment."""
    data = tmp_path_factory.mktemp("little")
    folder = data / "danger"
    (folder / "examples").mkdir(parents=True)
    for name in ("danger.yml", "english.yml", "signals.yml", "noise.yml"):
        shutil.copy(DATA / "danger" / name, folder / name)
    few = {kind: read(DATA / "danger" / "examples" / f"{kind}.yml")[kind][:9] for kind in (*KINDS, "none")}
    (folder / "examples" / "few.yml").write_text(yaml.safe_dump(few, allow_unicode=True), encoding="utf-8")
    nlu = data / "nlu" / "requests"
    nlu.mkdir(parents=True)
    shutil.copy(DATA / "nlu" / "requests" / "street_light.yml", nlu / "street_light.yml")
    return data


@pytest.fixture
def folder(little: Path, tmp_path: Path) -> Path:
    """A data/danger of the test's own."""
    shutil.copytree(little, tmp_path / "data")
    return tmp_path / "data" / "danger"


@pytest.fixture(scope="module")
def kept_net(little: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache file of what is learned from `folder`."""
    cache = tmp_path_factory.mktemp("kept")
    learned(little / "danger", cache)
    (file,) = cache.glob("danger-*.json")
    return file


def seen_in(check: DangerCheck, cases: dict[str, Any]) -> float:
    """Of 100 dangers, how many are seen."""
    texts = [text for kind in KINDS for text in cases["danger"][kind]]
    return 100 * sum(check.look(text) is not None for text in texts) / len(texts)


def alarms_in(check: DangerCheck, cases: dict[str, Any]) -> float:
    """Of 100 sentences that are no danger, at how many there is an alarm."""
    texts = cases["ordinary"]
    return 100 * sum(check.look(text) is not None for text in texts) / len(texts)


def test_of_the_first_held_out_dangers_95_in_100_are_seen_and_few_of_the_others(check: DangerCheck) -> None:
    # what was found before its errors were looked at: 92 and 5
    assert seen_in(check, HELD_OUT) >= 95
    assert alarms_in(check, HELD_OUT) <= 6


def test_of_dangers_nobody_has_read_85_in_100_are_seen_and_few_of_the_others(check: DangerCheck) -> None:
    # before their writers' other messages were learned: 71 and 7
    assert seen_in(check, KEPT) >= 85
    assert alarms_in(check, KEPT) <= 6


def test_no_held_out_sentence_is_an_example(examples: Examples) -> None:
    held_out = {
        text
        for cases in (HELD_OUT, KEPT)
        for texts in (*cases["danger"].values(), cases["ordinary"])
        for text in texts
    }
    assert not held_out & ({text for text, _ in examples.own} | set(examples.ordinary))


def test_no_sentence_is_both_a_danger_and_none(examples: Examples) -> None:
    assert min(sum(kind == one for _, kind in examples.own) for one in KINDS) >= 120
    assert sum(kind == "none" for _, kind in examples.own) >= 700


def test_danger_in_the_middle_of_a_long_letter_is_seen(check: DangerCheck) -> None:
    before = "سلام. چند ماه است که آسفالت کوچه خراب است و کسی نیامده. " * 15
    after = " خواهشمندم آسفالت را هم فراموش نکنید. با سپاس." * 10
    found = check.look(
        before + "مادرم روی صندلی نشسته بود که بی‌هوش شد و هرچه تکانش می‌دهم جواب نمی‌دهد." + after
    )
    assert found is not None and found.kind == "injury"


def test_danger_at_the_end_of_one_long_sentence_is_seen(check: DangerCheck) -> None:
    before = "می‌خواستم بپرسم برای تمدید پروانه کدام برگه‌ها لازم است و آیا باید خودم بیایم، " * 4
    found = check.look(before + "الان هم که می‌نویسم خونهٔ روبه‌رویی آتیش گرفته و شعله می‌زنه بیرون")
    assert found is not None and found.kind == "fire"


def test_what_the_next_sentence_says_counts(check: DangerCheck) -> None:
    now = check.net.highest("یه نفر افتاد تو چاه.")
    assert now - check.net.highest("یه نفر افتاد تو چاه. سه سال پیش بود، هنوز درش رو نبستین.") > 0.5
    assert check.look("سه سال پیش هم گفتیم. الان یه نفر افتاد تو چاه.") is not None


def test_words_joined_without_spaces_are_read(check: DangerCheck) -> None:
    read = check.net.reader.words
    assert read("خونموناتیشگرفتهزودبیایید") == ["خونمون", "اتیش", "گرفته", "زود", "بیاید"]
    assert read("سوزن‌بان") == ["سوزن", "بان"] and read("استان") == ["استان"]
    assert check.look("خونموناتیشگرفتهزودبیایید") == Danger("fire", "125")


def test_of_several_dangers_the_most_threatening_is_named(check: DangerCheck) -> None:
    found = check.look("سیم برق افتاده وسط کوچه و جرقه می‌زنه. خونه‌ی همسایه هم آتیش گرفته.")
    assert found is not None and found.kind == "fire"


def test_learning_twice_gives_the_same_net(folder: Path) -> None:
    examples = Examples.load(folder)
    first, second = learn(folder, examples), learn(folder, examples)
    assert (first.weights, first.bias, first.kind_weights) == (
        second.weights,
        second.bias,
        second.kind_weights,
    )


def test_the_net_is_learned_once_and_read_afterwards(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "var"
    first = learned(folder, cache)
    (kept,) = cache.glob("danger-*.json")
    written = kept.stat().st_mtime_ns
    second = learned(folder, cache)
    assert kept.stat().st_mtime_ns == written
    for text in ("خونه‌م آتیش گرفت", "لامپ کوچه سوخته", "madaram javab nemide"):
        assert first.score(text) == second.score(text)


def test_of_several_that_start_at_once_one_learns(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[int] = []

    def slowly(*given: Any) -> Any:
        times.append(1)
        time.sleep(0.2)
        return learn(*given)

    monkeypatch.setattr(danger_examples, "learn", slowly)
    with ThreadPoolExecutor(4) as roles:
        nets = list(roles.map(lambda _: learned(folder, tmp_path / "var"), range(4)))
    assert len(times) == 1
    assert len({str(net.score("خونه‌م آتیش گرفت")) for net in nets}) == 1


def test_another_example_makes_another_net(folder: Path, tmp_path: Path) -> None:
    learned(folder, tmp_path / "var")
    (before,) = (tmp_path / "var").glob("danger-*.json")
    (folder / "examples" / "mine.yml").write_text("fire: [انبار کاه شعله‌ور است]\n", encoding="utf-8")
    learned(folder, tmp_path / "var")
    (after,) = (tmp_path / "var").glob("danger-*.json")
    assert before.name != after.name


@pytest.mark.parametrize("rubbish", ["", "{", "[]", '{"weights": {}}', '{"frequency": {}, "kinds": []}'])
def test_a_broken_cache_file_is_made_again(
    folder: Path, kept_net: Path, tmp_path: Path, rubbish: str
) -> None:
    whole = learned(folder, kept_net.parent)
    broken = tmp_path / "var" / kept_net.name
    broken.parent.mkdir()
    broken.write_text(rubbish, encoding="utf-8")
    assert learned(folder, broken.parent).score("خونه‌م آتیش گرفت") == whole.score("خونه‌م آتیش گرفت")
    assert broken.read_bytes() == kept_net.read_bytes()


def test_without_a_place_for_the_cache_the_check_works_all_the_same(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file, no folder", encoding="utf-8")
    assert learned(folder, tmp_path / "var").score("خونه‌م آتیش گرفت")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("flood: [آب آمد]\n", "flood: not one of"),
        ("fire: [12]\n", "12 is no text"),
        ("gas: [خونه‌م آتیش گرفت]\n", "is an example of"),
        ("fire: [\n", "not readable as YAML"),
    ],
)
def test_a_mistake_in_the_examples_is_named(folder: Path, content: str, says: str) -> None:
    (folder / "examples" / "zz.yml").write_text(content, encoding="utf-8")
    with pytest.raises(DangerFileError) as caught:
        Examples.load(folder)
    assert "zz.yml" in str(caught.value) and says in str(caught.value)


def test_examples_that_are_missing_are_no_silence(folder: Path) -> None:
    shutil.rmtree(folder / "examples")
    with pytest.raises(DangerFileError, match="examples of every kind"):
        Examples.load(folder)


def test_a_signal_may_have_words_between_and_any_ending() -> None:
    signals = Signals({"taken": ["آب .. برد*"]})
    assert signals.find(split("آب پسر من را بردش")) == {"taken": [(0, 5)]}
    assert signals.find(split("آب کوچه ما هم از صبح برد")) == {}


def test_what_only_sounds_dangerous_counts_in_no_other_group() -> None:
    signals = Signals({"fire": ["آتش*"], "un_fire": ["آتش نشان*"]})
    assert set(signals.find(split("ایستگاه آتش نشانی"))) == {"un_fire"}
    assert set(signals.find(split("آتش نشانی آتش"))) == {"fire", "un_fire"}
