"""A small model trained by Rasa in its own environment, asked through the batch door."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

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


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What a small trained model says of each odd message."""
    if not PYTHON.exists():
        pytest.skip("no .venv-rasa here")
    folder = tmp_path_factory.mktemp("model")
    (folder / "data").mkdir()
    (folder / "data" / "small.yml").write_text(TRAINING, encoding="utf-8")
    run(
        "-m",
        "nlu.train",
        "--out",
        str(folder),
        "--data",
        str(folder / "data"),
        "--dev",
        str(folder / "none"),
        "--name",
        "small.tar.gz",
        cwd=ROOT,
    )
    lines = [json.dumps({"id": key, "text": text}, ensure_ascii=False) for key, text in ODD.items()]
    (folder / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    said = run(
        "-m",
        "nlu.batch",
        "--model",
        str(folder / "small.tar.gz"),
        "--in",
        str(folder / "in.jsonl"),
        "--out",
        str(folder / "out.jsonl"),
        cwd=ROOT,
    )
    assert "چراغ" not in said, "a citizen's words in the log"
    rows = [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    return {row["id"]: row for row in rows}


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
    run("-m", "rasa", "train", "nlu", "-c", config, "-u", "nlu.yml", "--out", "models", cwd=tmp_path)
    run("-m", "rasa", "test", "nlu", "-c", config, "-u", "nlu.yml", "-m", "models", "--no-plot", cwd=tmp_path)
    report = json.loads((tmp_path / "results" / "intent_report.json").read_text(encoding="utf-8"))
    assert report["accuracy"] > 0.7
