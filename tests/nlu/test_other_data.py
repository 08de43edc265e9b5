"""Sentences of other projects become Rasa's training data."""

from __future__ import annotations

from bench.configurations import by_register, mean
from bench.other_data import as_rasa

ROWS = [
    {"partition": "train", "intent": "weather", "utt": "هوا چطور است"},
    {"partition": "test", "intent": "weather", "utt": "باران می‌آید"},
    {"partition": "train", "intent": "alarm", "utt": "ساعت هفت\nبیدارم کن"},
    {"partition": "dev", "intent": "alarm", "utt": "زنگ بگذار"},
]


def test_the_lines_of_one_partition_are_gathered_by_intent() -> None:
    assert as_rasa(ROWS, "train")["nlu"] == [
        {"intent": "alarm", "examples": "- ساعت هفت بیدارم کن\n"},
        {"intent": "weather", "examples": "- هوا چطور است\n"},
    ]
    assert [block["intent"] for block in as_rasa(ROWS, "test")["nlu"]] == ["weather"]


def test_two_rankings_are_joined_by_the_mean_of_their_confidences() -> None:
    joined = mean([("hole", 0.6), ("lamp", 0.4)], [("lamp", 0.7), ("bin", 0.3)])
    assert [service for service, _ in joined] == ["lamp", "hole", "bin"]
    assert abs(dict(joined)["lamp"] - 0.55) < 1e-9


def test_shares_are_counted_by_register_and_any_problem_of_a_message_may_be_first() -> None:
    rows = [
        {"service_code": "hole", "register": "typos"},
        {"service_code": "lamp", "register": "multi", "also": ["bin"]},
    ]
    shares = by_register([[("lamp", 0.5), ("hole", 0.4)], [("bin", 0.9)]], rows)
    assert shares == {"all": "50.0 / 50.0", "typos": "0.0 / 100.0", "multi": "100.0 / 0.0"}
