"""Our pipeline on other people's sentences: `python -m bench massive --data FILE.jsonl`.

For a file of Amazon's MASSIVE (`1.0/data/fa-IR.jsonl` of its archive) or any other with `utt`, `intent` and `partition`
(train, dev, test) in each line. `rasa train nlu` with our config.yml learns the train lines, `rasa test nlu` reads the
test lines: what anybody would run by hand.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from app.paths import ROOT
from bench.stock import run_rasa, write_yaml

PARTITIONS = ("train", "test")


def as_rasa(rows: Iterable[Mapping[str, Any]], partition: str) -> dict[str, Any]:
    """The lines of a partition as Rasa's training data, in order of intents."""
    sentences: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["partition"] == partition:
            sentences[row["intent"]].append(" ".join(row["utt"].split()))
    return {
        "version": "3.1",
        "nlu": [
            {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
            for intent, texts in sorted(sentences.items())
        ],
    }


def report(file: Path, config: Path = ROOT / "config.yml") -> None:
    """Train, test, print the share of right intents."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        counts = []
        for partition in PARTITIONS:
            data = as_rasa(rows, partition)
            write_yaml(folder / f"{partition}.yml", data)
            counts.append(sum(block["examples"].count("\n") for block in data["nlu"]))
        begin = time.monotonic()
        run_rasa(folder, "train", "nlu", "-c", str(config), "-u", "train.yml", "--out", "models")
        seconds = time.monotonic() - begin
        run_rasa(folder, "test", "nlu", "-c", str(config), "-u", "test.yml", "-m", "models", "--no-plot")
        result = json.loads((folder / "results" / "intent_report.json").read_text(encoding="utf-8"))
    print(f"{counts[0]} sentences learned in {seconds:.0f} s, {counts[1]} asked:")
    print(
        f"intent right {100 * result['accuracy']:.1f} %, F1 {100 * result['weighted avg']['f1-score']:.1f} %"
    )
