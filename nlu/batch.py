"""`python -m nlu.batch --model FILE --in IN.jsonl --out OUT.jsonl`: understand many messages, no server.

Each input line is a JSON object with `text`; its other keys are kept. `emergency` is not ours to say.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nlu.runner import finished

KEYS = (
    "service_code",
    "service_ranking",
    "decision",
    "also_reported",
    "locations",
    "tracking_numbers",
    "answer_id",
    "answer_confidence",
)
_EMPTY: dict[str, Any] = {
    "service_code": None,
    "service_ranking": [],
    "decision": "ask",
    "also_reported": [],
    "locations": [],
    "tracking_numbers": [],
    "answer_id": None,
    "answer_confidence": 0.0,
}


class Understanding:
    """A trained model in this process."""

    def __init__(self, model: Path) -> None:
        from rasa.core.agent import Agent

        import nlu.rasa_quiet  # noqa: F401
        from nlu.runner import install

        install()

        # Rasa silently takes another model of the folder where the file is missing.
        if not model.is_file():
            raise FileNotFoundError(f"no model at {model}")
        self._agent = Agent.load(str(model))

    def parse(self, text: str) -> dict[str, Any]:
        """The fields of `hamyar parse` for one message, without `emergency`."""
        # Rasa takes a leading slash for a payload; offsets are put back by what was cut off.
        bare = text.lstrip("/ \t\n\r\u200c\u00a0")
        cut = len(text) - len(bare)
        found = finished(self._agent.parse_message(bare)) if bare else {}
        intent = found.get("intent") or {}
        result: dict[str, Any] = {
            "intent": intent.get("name"),
            "confidence": float(intent.get("confidence") or 0.0),
        }
        result |= {key: found.get(key, _EMPTY[key]) for key in KEYS}
        if cut:
            result["locations"] = [
                {**place, "start": place["start"] + cut, "end": place["end"] + cut}
                for place in result["locations"]
            ]
        return result


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a file; an error names the line."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise SystemExit(f"{path}, line {number}: no JSON ({error.msg})") from None
            if not isinstance(row, dict) or not isinstance(row.get("text"), str):
                raise SystemExit(f"{path}, line {number}: needs a `text`")
            yield row


def main(arguments: list[str] | None = None) -> int:
    """Write one line for each line read."""
    parser = argparse.ArgumentParser(prog="nlu.batch", description="Understand the messages of a file.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--in", dest="source", type=Path, required=True)
    parser.add_argument("--out", dest="target", type=Path, required=True)
    options = parser.parse_args(arguments)
    rows = list(read_lines(options.source))
    print(f"Loading the model … ({len(rows)} messages)", file=sys.stderr, flush=True)
    try:
        understanding = Understanding(options.model)
    except FileNotFoundError as error:
        raise SystemExit(str(error)) from None
    began = time.monotonic()
    with options.target.open("w", encoding="utf-8") as out:
        for number, row in enumerate(rows, 1):
            out.write(json.dumps({**row, **understanding.parse(row["text"])}, ensure_ascii=False) + "\n")
            if number % 50 == 0 or number == len(rows):
                print(f"\r{number}/{len(rows)}", end="", file=sys.stderr, flush=True)
    print(f"\nDone in {time.monotonic() - began:.1f} s.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
