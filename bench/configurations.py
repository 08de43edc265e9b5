"""Whole configurations beside each other, by register: `python -m bench configurations`.

Stock Rasa (whitespace, CountVectors over words and characters, DIET), the same with words by hazm, our linear model,
and ours joined with DIET (the mean of both probabilities). All learn the same request sentences, `--sentences` of each
service (all without it), one label: the service; measured on tests/nlu/dev/requests_a.jsonl. Training takes one core,
DIET `--epochs` rounds. Models are kept in var/bench/configurations with the time they took.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from app.paths import DATA, RASA_PYTHON, VAR
from bench import parsing
from bench.processes import environment_of_rasa, percentile
from bench.stock import write_yaml

KEPT = VAR / "bench" / "configurations"
TITLES = {
    "stock": "stock: whitespace, CountVectors, DIET",
    "hazm": "hazm, CountVectors, DIET",
    "ours": "ours: hazm, linear over words, bases, concepts, characters",
    "joined": "ours and hazm with DIET, joined",
}
HAZM = "nlu.components.hazm_tokenizer.HazmTokenizer"
ONE_CORE = {
    "OMP_NUM_THREADS": "1",
    "TF_INTRA_OP_PARALLELISM_THREADS": "1",
    "TF_INTER_OP_PARALLELISM_THREADS": "1",
}
Ranking = list[tuple[str, float]]


def pipeline(name: str, epochs: int) -> list[dict[str, Any]]:
    """Of a configuration: Rasa's usual features and classifier behind a tokenizer, or ours."""
    if name == "ours":
        ours = {
            "name": "nlu.components.classifier.ServiceIntentClassifier",
            "thesaurus": str(DATA / "thesaurus"),
        }
        return [{"name": HAZM, "lemmas": False}, ours]
    return [
        {"name": {"stock": "WhitespaceTokenizer", "hazm": HAZM}[name]},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": epochs, "entity_recognition": False, "random_seed": 1},
    ]


def with_services(folder: Path = DATA / "nlu") -> Iterator[tuple[str, str]]:
    """(service, sentence) of every training sentence that has a service."""
    for file in sorted(folder.rglob("*.yml")):
        for block in yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            if service := (block.get("metadata") or {}).get("service"):
                for line in block["examples"].splitlines():
                    if line.strip():
                        yield service, line.strip().removeprefix("-").strip()


def learned(most: int | None) -> dict[str, list[str]]:
    """Sentences by service, at most so many of each: the same ones on every run, of all writers."""
    sentences: dict[str, list[str]] = defaultdict(list)
    for service, text in with_services():
        sentences[service].append(text)
    shuffled = random.Random(7)
    return {
        service: sorted(shuffled.sample(texts, min(most or len(texts), len(texts))))
        for service, texts in sorted(sentences.items())
    }


def trained(name: str, epochs: int, most: int | None) -> tuple[Path, float]:
    """The model of a configuration and the seconds its training took; trained where it is not kept."""
    model = KEPT / f"{name}-{epochs}-{most or 'all'}.tar.gz"
    noted = model.with_suffix(".json")
    if not model.exists():
        print(f"  training {TITLES[name]} …", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            seconds = _train(Path(folder), pipeline(name, epochs), learned(most), model)
        noted.write_text(json.dumps({"seconds": seconds}), encoding="utf-8")
    return model, float(json.loads(noted.read_text(encoding="utf-8"))["seconds"])


def _train(
    folder: Path, components: list[dict[str, Any]], sentences: dict[str, list[str]], target: Path
) -> float:
    blocks = [
        {"intent": service, "examples": "".join(f"- {text}\n" for text in texts)}
        for service, texts in sentences.items()
    ]
    write_yaml(folder / "nlu.yml", {"version": "3.1", "nlu": blocks})
    config = {"recipe": "default.v1", "assistant_id": "bench", "language": "fa"}
    write_yaml(folder / "config.yml", {**config, "pipeline": components, "policies": None})
    begin = time.monotonic()
    command = [
        str(RASA_PYTHON),
        "-m",
        "rasa",
        "train",
        "nlu",
        "-c",
        "config.yml",
        "-u",
        "nlu.yml",
        "--out",
        "models",
    ]
    subprocess.run(
        ["nice", "-n", "19", *command, "--fixed-model-name", "made"],
        cwd=folder,
        env={**environment_of_rasa(), **ONE_CORE},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    seconds = time.monotonic() - begin
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / "models" / "made.tar.gz", target)
    return seconds


def mean(one: Sequence[Sequence[Any]], other: Sequence[Sequence[Any]]) -> Ranking:
    """Two rankings joined: the mean of the probabilities, nothing where one does not name a service."""
    joined: dict[str, float] = defaultdict(float)
    for service, confidence in [*one, *other]:
        joined[service] += confidence / 2
    return sorted(joined.items(), key=lambda pair: -pair[1])


def by_register(
    rankings: Sequence[Sequence[Sequence[Any]]], rows: Sequence[dict[str, Any]]
) -> dict[str, str]:
    """`first / three` in percent for each register and for `all`; any problem of a message may be first."""
    counted: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for ranking, row in zip(rankings, rows, strict=True):
        names = [service for service, _ in ranking[:3]]
        right = {row["service_code"], *(row.get("also") or ())}
        for register in ("all", row["register"]):
            counted[register].append((bool(names) and names[0] in right, row["service_code"] in names))
    return {
        register: " / ".join(f"{100 * sum(column) / len(column):.1f}" for column in zip(*hits, strict=True))
        for register, hits in counted.items()
    }


def report(epochs: int, most: int | None, names: Sequence[str] = ("stock", "hazm", "ours")) -> None:
    """Train what is missing, measure, print the table."""
    text = parsing.REQUESTS.read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines() if line]
    measured: dict[str, dict[str, Any]] = {}
    for name in names:
        model, seconds = trained(name, epochs, most)
        options = () if name == "ours" else ("--stock",)
        measured[name] = {**parsing.run(model, *options), "seconds": seconds, "size": model.stat().st_size}
    if {"ours", "hazm"} <= measured.keys():
        pairs = zip(measured["ours"]["rankings"], measured["hazm"]["rankings"], strict=True)
        measured["joined"] = {"rankings": [mean(one, other) for one, other in pairs]}
    registers = ["all", *sorted({row["register"] for row in rows})]
    count = sum(map(len, learned(most).values()))
    print(f"First place / within three, %; {count} sentences learned, DIET with {epochs} epochs\n")
    print("| configuration | " + " | ".join(registers) + " | p50 | trained | model | memory |")
    print("| --- |" + " --- |" * (len(registers) + 4))
    for name, row in measured.items():
        shares = by_register(row["rankings"], rows)
        cells = [shares[register] for register in registers]
        print(f"| {TITLES[name]} | " + " | ".join([*cells, *_costs(row)]) + " |")


def _costs(row: dict[str, Any]) -> list[str]:
    """Parse time by the clock and of processor time, training time, size, memory; a dash where not measured."""
    if "wall" not in row:
        return ["–"] * 4
    wall, cpu = (1000 * percentile(row[column], 0.5) for column in ("wall", "cpu"))
    return [
        f"{wall:.1f} ms ({cpu:.1f})",
        f"{row['seconds'] / 60:.1f} min",
        f"{row['size'] / 1e6:.0f} MB",
        f"{row['memory']:.0f} MB",
    ]
