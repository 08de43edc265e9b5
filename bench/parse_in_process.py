"""Runs in .venv-rasa: `python -m bench.parse_in_process MODEL [--stock]` prints how long parsing takes, as JSON.

One message after another in this process: warm by other sentences first, then each dev request once, as a service meets
them; letters are made of the longest requests, best of five. Seconds: `wall` by the clock, `cpu` of all threads (on a
shared machine the clock counts other people's work too).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REQUESTS = ROOT / "tests" / "nlu" / "dev" / "requests_a.jsonl"
LENGTHS = (1000, 2000, 4000, 8000)
BEST_OF = 5


def letters(texts: list[str]) -> dict[int, str]:
    """A letter of each length in characters, made of the longest texts, none twice before all were there."""
    whole = "\n".join(sorted(texts, key=len, reverse=True))
    return {length: (whole + "\n") * (length // len(whole) + 1) for length in LENGTHS}


def reader(model: Path, stock: bool) -> Callable[[str], Any]:
    """What parses one text: Rasa's agent with our shortcuts (`nlu.runner`), or as it is."""
    import asyncio

    from rasa.core.agent import Agent

    from nlu.runner import finished, install

    if not stock:
        install()
        ours = Agent.load(str(model))
        return lambda text: finished(ours.parse_message(text))
    agent, loop = Agent.load(str(model)), asyncio.new_event_loop()
    return lambda text: loop.run_until_complete(agent.parse_message(text))


def timed(read: Callable[[str], Any], text: str) -> tuple[float, float, Any]:
    """(seconds by the clock, of processor time, what was read)."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = read(text)
    return time.perf_counter() - wall, time.process_time() - cpu, found


def ranking(found: dict[str, Any]) -> list[tuple[str, float]]:
    """The labels with their confidence: services where the model tells them, else intents."""
    rows = found.get("service_ranking") or found.get("intent_ranking") or []
    return [(row.get("service_code") or row["name"], row["confidence"]) for row in rows]


def measure(model: Path, stock: bool, warm: list[str]) -> dict[str, object]:
    """Times in seconds: of each dev request, of each letter, of loading; resident memory in MB; the rankings."""
    begin = time.perf_counter()
    read = reader(model, stock)
    loaded = time.perf_counter() - begin
    texts = [json.loads(line)["text"] for line in REQUESTS.read_text(encoding="utf-8").splitlines() if line]
    for text in warm:
        read(text)
    requests = [timed(read, text) for text in texts]
    of_letters = {}
    for length, letter in letters(texts).items():
        times = [timed(read, letter[:length])[:2] for _ in range(BEST_OF)]
        of_letters[length] = [min(column) for column in zip(*times, strict=True)]
    status = Path("/proc/self/status").read_text().split("VmRSS:")[1].split()
    return {
        "wall": [wall for wall, _, _ in requests],
        "cpu": [cpu for _, cpu, _ in requests],
        "rankings": [ranking(found) for _, _, found in requests],
        "letters": of_letters,
        "load": loaded,
        "memory": int(status[0]) * 1024 / 1e6,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--stock", action="store_true")
    options = parser.parse_args()
    warm = json.loads(sys.stdin.read())
    print(json.dumps(measure(options.model, options.stock, warm)), flush=True)


if __name__ == "__main__":
    main()
