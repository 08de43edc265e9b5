"""How well the place of a message is found, by register: `python -m bench places` over tests/nlu/places.

The gazetteer is asked directly, without a model: seconds instead of minutes. *place* and *invented* as in
`bench.understanding`, which counts the same on messages with services. *district*: one of the places found has the
district that a message is marked with (only where the reference names it: `known`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.paths import ROOT
from bench.understanding import Row, overlap, share
from persian.gazetteer import Gazetteer
from persian.locations import find_locations

PLACES = ROOT / "tests" / "nlu" / "places"
_GAZETTEER = ROOT / "data" / "gazetteer"


def read(file: Path) -> list[dict[str, Any]]:
    """The messages of a JSONL file with the places that were found; the truth stands under `truth`."""
    gazetteer = Gazetteer.load(_GAZETTEER)
    rows = []
    for line in file.read_text(encoding="utf-8").splitlines():
        truth = json.loads(line)
        rows.append(
            {
                "text": truth["text"],
                "truth": truth,
                "locations": find_locations(truth["text"], gazetteer),
            }
        )
    return rows


def table(rows: Sequence[Row]) -> str:
    """Shares by register, as Markdown."""
    registers: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        registers[row["truth"]["register"]].append(row)
    lines = [
        "| register | named | place | bare | invented | known | district |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, found in [*sorted(registers.items()), ("**all**", list(rows))]:
        named = [row for row in found if row["truth"]["location"]]
        known = [row for row in named if row["truth"].get("district")]
        bare = [row for row in found if not row["truth"]["location"]]
        cells = [
            name,
            str(len(named)),
            share(overlap(row) >= 0.5 for row in named),
            str(len(bare)),
            share(bool(row["locations"]) for row in bare),
            str(len(known)),
            share(
                any(place["district"] == row["truth"]["district"] for place in row["locations"])
                for row in known
            ),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def report() -> None:
    """Print a table for each file."""
    for file in sorted(PLACES.glob("*.jsonl")):
        print(f"{file.stem}\n\n{table(read(file))}\n")
