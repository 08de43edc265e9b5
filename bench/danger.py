"""How well the emergency check does on sentences it has not learned from, and which thresholds to set.

    .venv/bin/python -m bench.danger [--held-out [--set kept|later|second]]

Cross-validation in four parts: a quarter of the examples and of the ordinary requests is kept out of learning in turn.
Recall: of the examples of danger; false alarms: of the hard negatives (`none`, written to mislead) and of the ordinary
requests of data/nlu. *rules from*: how it would be if a rule that is met raised an alarm from that score on. *writers*:
recall and false alarms of the messages of five writers who knew nothing of the program (WRITERS), nearest to what
citizens will send.
--held-out: tests/bot/danger_heldout.yml (or danger_heldout_2.yml, _3.yml, or tests/nlu/second) instead, learning from
everything. It looks, it changes nothing: thresholds are set by hand in bot/danger_examples.py.
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
THRESHOLDS = (-0.6, -0.5, -0.4, -0.35, -0.3, -0.25, -0.2, -0.15, -0.1, -0.05, 0.0, 0.1, 0.2)
RULES_FROM = (-0.5, 99.0)  # the last: no rule raises an alarm, as in bot/danger.py
ORDINARY = "ordinary"
WRITERS = ("fifth.yml", "sixth.yml", "eleventh.yml", "twelfth.yml", "thirteenth.yml")
SETS = {
    "dev": ROOT / "tests" / "bot" / "danger_heldout.yml",
    "kept": ROOT / "tests" / "bot" / "danger_heldout_2.yml",
    "later": ROOT / "tests" / "bot" / "danger_heldout_3.yml",
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


def _table(found: Sequence[tuple[Example, float, str | None, str | None]], of_writers: set[str]) -> None:
    def share(chosen: Callable[[Example], bool], threshold: float, rule_threshold: float) -> float:
        of = [(score, rule) for example, score, _, rule in found if chosen(example)]
        hits = sum(score >= threshold or (rule is not None and score >= rule_threshold) for score, rule in of)
        return 100 * hits / max(1, len(of))

    def of_kind(*kinds: str) -> Callable[[Example], bool]:
        return lambda example: example[1] in kinds

    def written(*kinds: str) -> Callable[[Example], bool]:
        return lambda example: example[1] in kinds and example[0] in of_writers

    columns = [of_kind(*KINDS), of_kind(NONE), of_kind(ORDINARY), written(*KINDS), written(NONE)]
    print("threshold  rules from   recall   hard none  ordinary  writers: recall  none    recall by kind")
    for threshold in THRESHOLDS:
        for rule_threshold in RULES_FROM:
            if threshold < rule_threshold < 99:
                continue
            shares = [f"{share(column, threshold, rule_threshold):10.2f}" for column in columns]
            by_kind = [f"{kind} {share(of_kind(kind), threshold, rule_threshold):.0f}" for kind in KINDS]
            print(f"{threshold:9.2f} {rule_threshold:11.1f} {' '.join(shares)}    {' '.join(by_kind)}")
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
        files = [yaml.safe_load((folder / "examples" / name).read_text(encoding="utf-8")) for name in WRITERS]
        of_writers = {text for file in files for texts in file.values() for text in texts}
        _table(crossed(folder), of_writers)


if __name__ == "__main__":
    main()
