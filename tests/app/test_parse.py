"""`hamyar parse`, the door for every measurement of understanding, with the trained model and no server."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app import nlu_jobs
from app.cli import app

INTENTS = {
    "request",
    "status",
    "my_requests",
    "info",
    "greet",
    "thanks",
    "goodbye",
    "affirm",
    "deny",
    "correct",
    "cancel",
    "handoff",
    "help",
    "bot_challenge",
    "bot_complaint",
    "abuse",
    "out_of_scope",
}
FIELDS = {
    "intent", "confidence", "service_code", "service_ranking", "decision", "also_reported", "locations",
    "tracking_numbers", "answer_id", "emergency",
}  # fmt: skip
MESSAGES = [
    {"text": "لطفا به بولوار هدایت ایستگاه دوچرخه اضافه کنید", "id": 1},
    {"text": "سلام"},
    {"text": "بوی گاز شدید میاد تو ساختمون"},
    {"text": "🙂"},
    {"text": ""},
    {"text": "/photo{}"},
]


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    if nlu_jobs.fitting_model() is None and os.environ.get("CI") != "true":
        pytest.skip("no trained model fits the data (make train)")
    folder = tmp_path_factory.mktemp("parse")
    source, target = folder / "in.jsonl", folder / "out.jsonl"
    source.write_text(
        "\n".join(json.dumps(message, ensure_ascii=False) for message in MESSAGES), encoding="utf-8"
    )
    run = CliRunner().invoke(app, ["parse", "--in", str(source), "--out", str(target)])
    assert run.exit_code == 0, run.output
    return [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]


pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300), pytest.mark.xdist_group("rasa")]


def test_every_line_comes_back_in_order_with_its_own_keys_and_every_field(
    parsed: list[dict[str, Any]],
) -> None:
    assert [line["text"] for line in parsed] == [message["text"] for message in MESSAGES]
    assert parsed[0]["id"] == 1
    for line in parsed:
        assert set(line) >= FIELDS
        assert line["intent"] is None or line["intent"] in INTENTS
        assert line["decision"] in ("accept", "confirm", "ask")


def test_the_request_of_the_example_is_understood_with_its_place(parsed: list[dict[str, Any]]) -> None:
    request = parsed[0]
    assert request["intent"] == "request" and request["service_code"] == "bike_share"
    assert next(entry["service_code"] for entry in request["service_ranking"]) == "bike_share"
    assert len(request["service_ranking"]) == 5
    (place,) = request["locations"]
    assert request["text"][place["start"] : place["end"]] == place["text"]
    assert place["name"] == "بولوار هدایت"


def test_present_danger_is_told_beside_what_rasa_says(parsed: list[dict[str, Any]]) -> None:
    assert [line["emergency"] for line in parsed[:3]] == [None, None, "gas"]


def test_a_line_without_text_stops_with_its_number(tmp_path: Path) -> None:
    if nlu_jobs.fitting_model() is None:
        pytest.skip("no trained model fits the data (make train)")
    source = tmp_path / "in.jsonl"
    source.write_text('{"text": "x"}\n{"message": "y"}\n', encoding="utf-8")
    with pytest.raises(nlu_jobs.NluJobError, match="line 2"):
        nlu_jobs.parse_file(source, tmp_path / "out.jsonl", nlu_jobs.fitting_or_trained(print))
