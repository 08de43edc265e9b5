"""What each kind of feature is worth: service in first place and within three, by register.

`.venv-rasa/bin/python bench/nlu_bench.py [--dev tests/nlu/dev]`: with a dev folder the models learn from all training
sentences and are measured on it; without one, a fifth of the training sentences is held out. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nlu.colloquial import load_table  # noqa: E402
from nlu.features import Terms, Vectorizer  # noqa: E402
from nlu.fitting import fit_margins  # noqa: E402
from nlu.hazm_words import KnownWords, shared  # noqa: E402
from nlu.noise import noisy  # noqa: E402
from nlu.standard import Standard  # noqa: E402
from nlu.thesaurus import Thesaurus  # noqa: E402
from nlu.training import read_dev, service_of  # noqa: E402
from nlu.words import read_words, spelled  # noqa: E402

Row = tuple[str, str, str]


def sentences() -> list[Row]:
    """(text, service, register) of every training sentence that has a service."""
    rows = []
    for file in sorted((ROOT / "data" / "nlu").rglob("*.yml")):
        for block in yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            meta = block.get("metadata") or {}
            if meta.get("service"):
                rows += [
                    (line.strip()[2:], meta["service"], meta.get("register", "-"))
                    for line in block["examples"].splitlines()
                    if line.strip()
                ]
    return rows


def held_out(text: str) -> bool:
    """A fifth of the sentences, the same on every run."""
    return zlib.crc32("".join(map(spelled, text.split())).encode()) % 5 == 0


def plain(words: list[str]) -> Terms:
    return Terms(tuple(words))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--dev", type=Path)
    options = parser.parse_args()
    rows = sentences()
    if options.dev:
        train = rows
        test = [
            (str(r["text"]), str(service_of(r)), str(r.get("register", r["file"])))
            for r in read_dev(options.dev)
            if service_of(r)
        ]
    else:
        train = [r for r in rows if not held_out(r[0])]
        test = [r for r in rows if held_out(r[0])]
    split = shared().split
    words = [read_words(t, split) for t, _, _ in train]
    thesaurus = ROOT / "data" / "thesaurus"
    standard = Standard.fit(
        (w for w, r in zip(words, train, strict=True) if r[2] not in ("typo", "finglish")),
        load_table(thesaurus / "colloquial.yml"),
        Thesaurus.load(thesaurus / "thesaurus.yml"),
        KnownWords(),
    )
    asked = [read_words(t, split) for t, _, _ in test]
    noise = [standard.terms(read_words(noisy(t), split)) for t, _, _ in train]

    def bare(message: list) -> Terms:  # type: ignore[type-arg]
        return plain([w.standard for w in message if w.kind != "break"])

    off = {"w": 0.0, "c": 0.0, "l": 0.0, "t": 0.0}
    full = {"w": 1.0, "c": 1.0, "l": 0.6, "t": 0.5}
    table = [
        ("words 1-2", {**off, "w": 1.0}, bare, False),
        ("characters 2-5", {**off, "c": 1.0}, bare, False),
        ("words + characters", {**off, "w": 1.0, "c": 1.0}, bare, False),
        ("+ Finglish, spoken forms", {**off, "w": 1.0, "c": 1.0}, standard.terms, False),
        ("+ concepts", {**full, "l": 0.0}, standard.terms, False),
        ("+ bases", full, standard.terms, False),
        ("+ noisy copies", full, standard.terms, True),
    ]
    labels = np.array([s for _, s, _ in train])
    names = np.unique(labels)
    truth = np.array([s for _, s, _ in test])
    registers = np.array([r for _, _, r in test])
    kinds = sorted(set(registers))
    print(f"{len(train)} training sentences, {len(test)} measured; first place / within three, %\n")
    print("| features | all | " + " | ".join(kinds) + " | s |\n|" + "---|" * (len(kinds) + 3))
    for name, scales, terms, with_noise in table:
        began = time.monotonic()
        documents = [terms(w) for w in words] + (noise if with_noise else [])
        y = np.concatenate([labels, labels]) if with_noise else labels
        vectorizer = Vectorizer(least=3 if with_noise else 2, scales=scales).fit(documents)
        weight, bias = fit_margins(vectorizer.matrix(documents), y, 0.15)
        margins = vectorizer.matrix([terms(w) for w in asked]) @ weight.T + bias
        best = names[np.argsort(-margins, axis=1)[:, :3]]
        first, third = best[:, 0] == truth, (best == truth[:, None]).any(axis=1)
        cells = [
            f"{100 * first[registers == k].mean():.0f} / {100 * third[registers == k].mean():.0f}"
            for k in kinds
        ]
        print(
            f"| {name} | {100 * first.mean():.1f} / {100 * third.mean():.1f} | "
            + " | ".join(cells)
            + f" | {time.monotonic() - began:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
