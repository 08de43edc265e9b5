"""The messages that are measured with: a fixed sample of the training sentences, the same for both sides."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import yaml

from app.paths import DATA

Labelled = tuple[str, str]
"""(intent, text)"""


def labelled(folder: Path = DATA / "nlu") -> Iterator[Labelled]:
    """Every training sentence with its intent."""
    for file in sorted(folder.rglob("*.yml")):
        for block in yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            for line in block["examples"].splitlines():
                if line.strip():
                    yield block["intent"], line.strip().removeprefix("-").strip()


def requests(count: int, seed: int = 137) -> list[str]:
    """So many requests of citizens, in random but fixed order."""
    texts = sorted({text for intent, text in labelled() if intent == "request"})
    return random.Random(seed).sample(texts, count)
