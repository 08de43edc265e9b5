"""A small model trained by Rasa in its own environment, asked through the batch door."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

# The small model is trained once, not by every worker.
pytestmark = pytest.mark.xdist_group("small model")

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
TRAINING = """version: "3.1"
nlu:
- intent: request
  metadata: {service: street_light}
  examples: |
    - چراغ کوچه ما خاموش است
    - تیر چراغ برق سوخته
    - کوچه تاریکه چراغ نداره
    - لامپ روشنایی معبر خراب شده
    - چراغای خیابون خاموشه
    - لطفا روشنایی کوچه را درست کنید
- intent: request
  metadata: {service: asphalt_repair}
  examples: |
    - آسفالت خیابان چاله دارد
    - یه چاله بزرگ وسط خیابونه
    - چاله‌ها را لکه‌گیری کنید
    - آسفالت کوچه خراب شده
    - ماشینم افتاد تو چاله
    - روکش آسفالت می‌خواهیم
- intent: greet
  examples: |
    - سلام
    - سلام وقت بخیر
    - درود بر شما
    - صبح بخیر
    - salam
- intent: thanks
  examples: |
    - ممنون
    - مرسی از شما
    - خیلی ممنونم
    - دستتون درد نکنه
    - سپاسگزارم
"""
ODD = {
    "lamp": "چراغ کوچه‌مون خاموشه، هدایت ۱۲",
    "finglish": "cheraghe kuche khamushe",
    "greeting": "سلام",
    "empty": "",
    "blank": " \n\u200c ",
    "emoji": "🙂👍🏽🙂",
    "payload": ' //photo{"a": 1}',
    "number": "شماره ۱۲۳ ۴۵۶ ۷۸۹ چی شد",
    "long": "سلام. چراغ کوچه ما خاموش است و شب‌ها می‌ترسیم. " * 85,
    "mixed": "\u200c\u200c😀 ok چراغ\u200c\u200cها\u0651 كوچه ي ما\u202b test@x.ir",
}


def run(*arguments: str, cwd: Path) -> str:
    """Run in Rasa's environment; all output of a failure is shown."""
    done = subprocess.run(
        [str(PYTHON), *arguments],
        cwd=cwd,
        text=True,
        capture_output=True,
        timeout=400,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "RASA_TELEMETRY_ENABLED": "false",
            "PYTHONWARNINGS": "ignore",
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


_TRAIN_AND_ASK = """
import json, sys
from nlu import batch, train
training, asking = json.loads(sys.argv[1])
assert train.main(training) == 0
print("trained", file=sys.stderr, flush=True)
assert batch.main(asking) == 0
"""


def understood(
    folder: Path, rows: list[dict[str, Any]], config: Path = ROOT / "config.yml"
) -> list[dict[str, Any]]:
    """What a model of this configuration says of the rows' texts, trained on the small sentences. One process for both:
    half of the time goes into importing Rasa."""
    (folder / "data").mkdir()
    (folder / "data" / "small.yml").write_text(TRAINING, encoding="utf-8")
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    training = {"--out": folder, "--config": config, "--data": folder / "data", "--dev": folder / "none"}
    training["--name"] = Path("small.tar.gz")
    model, source, target = (folder / name for name in ("small.tar.gz", "in.jsonl", "out.jsonl"))
    asking = {"--model": model, "--in": source, "--out": target}
    options = [[str(part) for pair in each.items() for part in pair] for each in (training, asking)]
    said = run("-c", _TRAIN_AND_ASK, json.dumps(options), cwd=ROOT).partition("trained\n")[2]
    assert said and "چراغ" not in said, "a citizen's words in the log"
    return [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What a small trained model says of each odd message."""
    if not PYTHON.exists():
        pytest.skip("no .venv-rasa here")
    rows = [{"id": key, "text": text} for key, text in ODD.items()]
    return {row["id"]: row for row in understood(tmp_path_factory.mktemp("model"), rows)}


def test_a_request_gets_intent_service_and_ranking(answers: dict[str, dict[str, Any]]) -> None:
    row = answers["lamp"]
    assert (row["intent"], row["service_code"]) == ("request", "street_light")
    assert row["service_ranking"][0]["service_code"] == "street_light"
    assert row["text"] == ODD["lamp"]


def test_finglish_is_understood_through_the_persian_sentences(answers: dict[str, dict[str, Any]]) -> None:
    assert answers["finglish"]["service_code"] == "street_light"


def test_a_greeting_has_no_service(answers: dict[str, dict[str, Any]]) -> None:
    assert (answers["greeting"]["intent"], answers["greeting"]["service_code"]) == ("greet", None)


@pytest.mark.parametrize("key", sorted(ODD))
def test_every_message_gets_every_field(answers: dict[str, dict[str, Any]], key: str) -> None:
    row = answers[key]
    assert row["decision"] in ("accept", "confirm", "ask")
    assert 0.0 <= row["confidence"] <= 1.0
    assert isinstance(row["also_reported"], list) and isinstance(row["service_ranking"], list)
    assert row["answer_id"] is None
    for place in row["locations"]:
        assert row["text"][place["start"] : place["end"]] == place["text"]


@pytest.mark.parametrize("key", ["empty", "blank"])
def test_nothing_said_is_asked_about(answers: dict[str, dict[str, Any]], key: str) -> None:
    assert (answers[key]["intent"], answers[key]["decision"]) == (None, "ask")


def test_a_payload_typed_by_a_citizen_is_only_text(answers: dict[str, dict[str, Any]]) -> None:
    assert answers["payload"]["intent"] != "photo"


def test_a_tracking_number_is_read_in_persian_digits(answers: dict[str, dict[str, Any]]) -> None:
    assert answers["number"]["tracking_numbers"] == ["123456789"]


_RASA_TWICE = """
import json, runpy, sys
for words in json.loads(sys.argv[1]):
    sys.argv[1:] = words
    runpy.run_module("rasa", run_name="__main__", alter_sys=True)
"""
"""Two commands as `python -m rasa` runs them, in one process: importing Rasa takes longer than either."""


def test_the_pipeline_serves_any_other_training_data(tmp_path: Path) -> None:
    """`rasa train nlu` and `rasa test nlu` with our config.yml, without services, in another folder."""
    if not PYTHON.exists():
        pytest.skip("no .venv-rasa here")
    other = 'version: "3.1"\nnlu:\n' + "".join(
        f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {s}\n" for s in sentences)
        for intent, sentences in {
            "weather": ["هوا چطوره", "باران می‌آید؟", "فردا برف می‌بارد؟", "دمای امروز چند است"],
            "alarm": ["ساعت هفت بیدارم کن", "زنگ بگذار برای شش", "wake me at seven", "زنگ ساعت را خاموش کن"],
        }.items()
    )
    (tmp_path / "nlu.yml").write_text(other, encoding="utf-8")
    config = str(ROOT / "config.yml")
    train = ["train", "nlu", "-c", config, "-u", "nlu.yml", "--out", "models"]
    test = ["test", "nlu", "-c", config, "-u", "nlu.yml", "-m", "models", "--no-plot"]
    run("-c", _RASA_TWICE, json.dumps([train, test]), cwd=tmp_path)
    report = json.loads((tmp_path / "results" / "intent_report.json").read_text(encoding="utf-8"))
    assert report["accuracy"] > 0.7
