"""Old model against new on the dev set: the guard before a model is replaced."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from nlu.batch import Understanding
from nlu.training import read_dev, service_of

logger = logging.getLogger(__name__)
# A difference of half a point is noise on some hundred messages.
TOLERANCE = 0.005


@dataclass(frozen=True)
class Verdict:
    """`worse` when the new model is behind the old one in services or intents."""

    worse: bool
    text: str


def score(model: Path, dev: list[dict[str, object]]) -> dict[str, float]:
    """Share of right intents, of right services in first place and within three."""
    understanding = Understanding(model)
    intents, first, third = [], [], []
    for row in dev:
        found = understanding.parse(str(row["text"]))
        if row.get("intent"):
            intents.append(found["intent"] == row["intent"])
        truth = service_of(row)
        if truth:
            codes = [entry["service_code"] for entry in found["service_ranking"]]
            first.append(codes[:1] == [truth])
            third.append(truth in codes[:3])
    return {
        name: sum(values) / len(values)
        for name, values in (("intent", intents), ("service", first), ("service within three", third))
        if values
    }


def _score_of_old(old: Path, dev: list[dict[str, object]]) -> dict[str, float]:
    """The scores of the model before; none where the code has changed so much that it cannot be run."""
    try:
        return score(old, dev)
    except Exception as error:  # whatever an old pickle may raise
        logger.warning("the model before cannot be compared: %s", error)
        return {}


def compare(old: Path | None, new: Path, dev_folder: Path) -> Verdict:
    """Measure the new model, and the old one where there is one."""
    dev = read_dev(dev_folder)
    if not dev:
        return Verdict(False, f"      no dev set in {dev_folder}: nothing compared")
    now = score(new, dev)
    before = _score_of_old(old, dev) if old else {}
    lines = [
        f"      {name}: {share:.1%}" + (f" (before {before[name]:.1%})" if name in before else "")
        for name, share in now.items()
    ]
    worse = any(now[name] < before.get(name, 0.0) - TOLERANCE for name in now)
    return Verdict(worse, "\n".join(lines))
