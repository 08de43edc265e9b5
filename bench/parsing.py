"""How long one message takes to parse, in the process, beside stock Rasa: `python -m bench parsing`."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from app.nlu_jobs import fitting_or_trained
from app.paths import RASA_PYTHON, ROOT
from bench import stock
from bench.processes import environment_of_rasa, percentile
from bench.sentences import requests

WARM = 400
REQUESTS = ROOT / "tests" / "nlu" / "dev" / "requests_a.jsonl"


def report(kept: Path) -> None:
    """Measure both, one after the other, and print the table. `kept`: where the stock model is kept."""
    rows = [
        ("Hamyar", run(fitting_or_trained(print))),
        ("stock Rasa 3.6.21", run(stock_model(kept), "--stock")),
    ]
    lengths = [f"{int(length):,}" for length in rows[0][1]["letters"]]
    print("Milliseconds by the clock (in brackets: of processor time, all threads)\n")
    print("| | p50 | mean | p95 | " + " | ".join(f"{n} characters" for n in lengths) + " | memory |")
    print("| --- |" + " --- |" * (len(lengths) + 4))
    for name, row in rows:
        columns = [(wall, cpu) for wall, cpu in zip(of(row, "wall"), of(row, "cpu"), strict=True)]
        columns += [tuple(times) for times in row["letters"].values()]
        cells = [f"{1000 * wall:.2f} ({1000 * cpu:.2f})" for wall, cpu in columns]
        print(f"| {name} | " + " | ".join(cells) + f" | {row['memory']:.0f} MB |")


def of(row: dict[str, Any], column: str) -> tuple[float, float, float]:
    """p50, mean and p95 in seconds."""
    times = row[column]
    return percentile(times, 0.5), statistics.fmean(times), percentile(times, 0.95)


def run(model: Path, *options: str) -> dict[str, Any]:
    """Parse in a process of Rasa's environment, with one model."""
    done = subprocess.run(
        [str(RASA_PYTHON), "-m", "bench.parse_in_process", str(model), *options],
        cwd=ROOT,
        env=environment_of_rasa(),
        input=json.dumps(requests(WARM)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def stock_model(kept: Path) -> Path:
    """The model of `bench turns` if it was run before, else one of the same pipeline without dialogue."""
    if kept.exists():
        return kept
    alone = kept.with_name("stock-nlu.tar.gz")
    if not alone.exists():
        print("  training stock Rasa (some minutes) …", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder)
            stock.make_project(project, action_port=5055)
            stock.run_rasa(project, "train", "nlu", "--fixed-model-name", "stock-nlu")
            alone.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(project / "models" / alone.name, alone)
    return alone
