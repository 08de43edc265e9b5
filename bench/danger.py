"""How well the emergency check does on sentences it has not learned from, and which thresholds to set.

    .venv/bin/python -m bench.danger [--held-out [--set second]]

Cross-validation in four parts: a quarter of the examples and of the ordinary requests is kept out of learning in turn.
The rules of danger.yml are the same in each part. Recall: of the examples of danger; false alarms: of the hard
negatives (`none`, written to mislead) and of the ordinary requests of data/nlu.
--held-out: tests/bot/danger_heldout.yml (or tests/nlu/second) instead, learning from everything. It looks, it changes
nothing: thresholds are set by hand in bot/danger_examples.py.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from bot.danger import DangerCheck
from bot.danger_examples import THRESHOLD, Examples, learn
from bot.danger_net import NONE, Example
from bot.danger_text import KINDS

ROOT = Path(__file__).parents[1]
PARTS = 4
THRESHOLDS = (-1.6, -1.3, -1.0, -0.8, -0.6, -0.4, -0.2, 0.0, 0.3, 0.6, 1.0)
ORDINARY = "ordinary"
SETS = {
    "dev": ROOT / "tests" / "bot" / "danger_heldout.yml",
    "second": ROOT / "tests" / "nlu" / "second" / "danger_b.yml",
}


def crossed(folder: Path) -> list[tuple[Example, float, str | None, str | None]]:
    """Each sentence (kind ORDINARY for data/nlu), the net's score, its kind, the kind of the rules."""
    examples = Examples.load(folder)
    base = DangerCheck.load(folder / "danger.yml")
    own = list(examples.own)
    ordinary = list(examples.ordinary)
    random.Random(5).shuffle(own)
    random.Random(6).shuffle(ordinary)
    found: list[tuple[Example, float, str | None, str | None]] = []
    for part in range(PARTS):
        rest = Examples(
            tuple(e for at, e in enumerate(own) if at % PARTS != part),
            tuple(t for at, t in enumerate(ordinary) if at % PARTS != part),
        )
        net = learn(folder, rest)
        kept_out = own[part::PARTS] + [(text, ORDINARY) for text in ordinary[part::PARTS]]
        for example in kept_out:
            judged = net.score(example[0])
            by_rule = base.by_rule(example[0])
            found.append(
                (
                    example,
                    judged[0].score if judged else -99.0,
                    judged[0].kind if judged else None,
                    by_rule.kind if by_rule else None,
                )
            )
        print(f"part {part + 1} of {PARTS}", flush=True)
    return found


def _table(found: Sequence[tuple[Example, float, str | None, str | None]]) -> None:
    def share(chosen: Callable[[str], bool], threshold: float, rule_threshold: float) -> float:
        of = [(score, rule) for (_, kind), score, _, rule in found if chosen(kind)]
        hits = sum(score >= threshold or (rule is not None and score >= rule_threshold) for score, rule in of)
        return 100 * hits / max(1, len(of))

    print("threshold  rules from   recall   hard none   ordinary    recall by kind")
    for threshold in THRESHOLDS:
        for rule_threshold in (-99.0, -2.0, -1.0):
            if rule_threshold > threshold:
                continue
            by_kind = " ".join(
                f"{kind} {share(lambda k, kind=kind: k == kind, threshold, rule_threshold):.0f}"
                for kind in KINDS
            )
            print(
                f"{threshold:9.1f} {rule_threshold:11.1f}"
                f" {share(lambda k: k in KINDS, threshold, rule_threshold):8.1f}"
                f" {share(lambda k: k == NONE, threshold, rule_threshold):11.1f}"
                f" {share(lambda k: k == ORDINARY, threshold, rule_threshold):10.2f}    {by_kind}"
            )
    right = [kind == guess for (_, kind), score, guess, _ in found if kind in KINDS and score >= THRESHOLD]
    print(f"kind right, of what the net finds: {100 * sum(right) / max(1, len(right)):.1f} %")


def _held_out(folder: Path, sentences: Path) -> None:
    cases = yaml.safe_load(sentences.read_text(encoding="utf-8"))
    check = DangerCheck.load(folder / "danger.yml")
    rules = replace(check, net=replace(check.net, threshold=99.0))
    total = hits = right = by_rules = 0
    for kind, texts in cases["danger"].items():
        seen = [check.look(text) for text in texts]
        of_kind = sum(one is not None for one in seen)
        kind_right = sum(one is not None and one.kind == kind for one in seen)
        old = sum(rules.by_rule(text) is not None for text in texts)
        print(f"{kind:9} {of_kind:3} of {len(texts)}, kind right {kind_right}, rules alone {old}")
        total, hits, right, by_rules = total + len(texts), hits + of_kind, right + kind_right, by_rules + old
    alarms = sum(check.look(text) is not None for text in cases["ordinary"])
    old = sum(rules.by_rule(text) is not None for text in cases["ordinary"])
    print(f"found {hits} of {total}, kind right {right}; rules alone {by_rules}")
    print(f"false alarms {alarms} of {len(cases['ordinary'])}; rules alone {old}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--held-out", action="store_true")
    options.add_argument("--set", choices=list(SETS), default="dev")
    folder, asked = ROOT / "data" / "danger", options.parse_args()
    if asked.held_out:
        _held_out(folder, SETS[asked.set])
    else:
        _table(crossed(folder))


if __name__ == "__main__":
    main()
