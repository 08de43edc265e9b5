"""How well messages are understood, by register: `python -m bench understanding [--set second]` over tests/nlu/dev, the
set that nobody works with (tests/nlu/second), or turns of a dialogue (tests/nlu/turns).

Every file is read by the door that citizens' messages go through, `hamyar parse`. Shares in percent:
first / three: the service in first place / within three · intent · accepted: share taken without asking, and how many
of those are right · place: at least half overlap (intersection over union) · invented: a place where none is named.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.nlu_jobs import fitting_or_trained, parse_file
from app.paths import ROOT

DEV = ROOT / "tests" / "nlu" / "dev"
SETS = {"dev": DEV, "second": ROOT / "tests" / "nlu" / "second", "turns": ROOT / "tests" / "nlu" / "turns"}
Row = Mapping[str, Any]


def parsed(folder: Path = DEV, model: Path | None = None) -> list[dict[str, Any]]:
    """All dev messages with what was understood; the truth stands under `true_…`."""
    asked = []
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip():
                row = json.loads(line)
                asked.append({"text": row["text"], "truth": row, "file": file.stem})
    with tempfile.TemporaryDirectory() as where:
        source, target = Path(where) / "in.jsonl", Path(where) / "out.jsonl"
        source.write_text(
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in asked), encoding="utf-8"
        )
        parse_file(source, target, model or fitting_or_trained(print))
        return [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]


def share(values: Iterable[bool]) -> str:
    """Percent with one digit; a dash where there is nothing to count."""
    counted = list(values)
    return f"{100 * sum(counted) / len(counted):.1f}" if counted else "–"


def service_table(rows: Sequence[Row]) -> str:
    """Services by register, as Markdown."""
    registers: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["truth"].get("service_code") and row["truth"]["intent"] == "request":
            registers[row["truth"].get("register") or row["file"]].append(row)
    lines = [
        "| register | n | intent | first | three | accepted | right of these | place | invented |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    everything = [row for found in registers.values() for row in found]
    for name, found in [*sorted(registers.items()), ("**all**", everything)]:
        accepted = [row for row in found if row["decision"] == "accept"]
        named = [row for row in found if row["truth"].get("location")]
        bare = [row for row in found if "location" in row["truth"] and not row["truth"]["location"]]
        cells = [
            name,
            str(len(found)),
            share(row["intent"] == "request" for row in found),
            share(_right(row) for row in found),
            share(row["truth"]["service_code"] in _three(row) for row in found),
            share(row["decision"] == "accept" for row in found),
            share(_right(row) for row in accepted),
            share(overlap(row) >= 0.5 for row in named),
            share(bool(row["locations"]) for row in bare),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _right(row: Row) -> bool:
    """The service is the true one; of several problems in one message, any of them may be first."""
    return row["service_code"] in (row["truth"]["service_code"], *(row["truth"].get("also") or ()))


def _three(row: Row) -> list[str]:
    return [guess["service_code"] for guess in row["service_ranking"][:3]]


def overlap(row: Row) -> float:
    """Characters shared by the named place and the nearest found one, over those of both."""
    start = row["text"].find(row["truth"]["location"])
    true = set(range(start, start + len(row["truth"]["location"])))
    found = [set(range(place["start"], place["end"])) for place in row["locations"]]
    found.append(set().union(*found))
    return max((len(true & one) / len(true | one) for one in found if one), default=0.0)


def other_lines(rows: Sequence[Row]) -> str:
    """Intents, further issues and answers, a line each."""
    intents = [
        row for row in rows if row["truth"]["intent"] != "request" and row["file"].startswith("intents")
    ]
    several = [(row, other) for row in rows for other in row["truth"].get("also") or ()]
    requests = [
        row for row in rows if row["truth"]["intent"] == "request" and row["truth"].get("service_code")
    ]
    single = [row for row in requests if not row["truth"].get("also")]
    covered = [row for row in rows if row["truth"].get("answer_id")]
    uncovered = [
        row for row in rows if row["file"].startswith("answers") and not row["truth"].get("answer_id")
    ]
    wrong = [row for row in covered if row["answer_id"] not in (None, row["truth"]["answer_id"])]
    return "\n".join(
        [
            f"- other intents: {share(row['intent'] == row['truth']['intent'] for row in intents)} of {len(intents)}",
            f"- further issues found: {share(_reported(row, other) for row, other in several)} of {len(several)}; "
            f"named wrongly where there is one: {share(_invented(row) for row in single)} of {len(single)}",
            f"- answered rightly: {share(row['answer_id'] == row['truth']['answer_id'] for row in covered)} "
            f"of {len(covered)}; wrongly: {100 * len(wrong) / max(1, len(covered)):.1f}; "
            f"answered though not covered: {share(bool(row['answer_id']) for row in uncovered)} of {len(uncovered)}",
        ]
    )


def _reported(row: Row, other: str) -> bool:
    return other in row["also_reported"] or row["service_code"] == other


def _invented(row: Row) -> bool:
    """A further issue is named that is not in the message."""
    return any(code != row["truth"]["service_code"] for code in row["also_reported"])


def confusions(rows: Sequence[Row], most: int = 25) -> str:
    """The pairs of services that are still taken for each other."""
    counted: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        true, said = row["truth"].get("service_code"), row["service_code"]
        if row["truth"]["intent"] == "request" and true and not _right(row):
            counted[true, str(said)] += 1
    ordered = sorted(counted.items(), key=lambda pair: -pair[1])[:most]
    return "\n".join(f"- {true} taken for {said}: {count}" for (true, said), count in ordered)


def report(folder: Path = DEV, model: Path | None = None) -> None:
    """Print everything."""
    rows = parsed(folder, model)
    print(service_table(rows), other_lines(rows), confusions(rows), sep="\n\n")
