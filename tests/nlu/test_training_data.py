"""The files that non-programmers edit: well-formed, right codes, no sentence twice, nothing of the dev set."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from nlu.words import spelled

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data" / "nlu"
INTENTS = set(
    "request status my_requests info greet thanks goodbye affirm deny correct cancel handoff help bot_challenge "
    "bot_complaint abuse out_of_scope".split()
)


def blocks() -> list[tuple[Path, dict]]:  # type: ignore[type-arg]
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = []
    for file in sorted(DATA.rglob("*.yml")):
        for block in yaml.load(file.read_text(encoding="utf-8"), Loader=loader)["nlu"]:
            found.append((file, block))
    return found


def sentences(block: dict) -> list[str]:  # type: ignore[type-arg]
    return [line.strip()[1:].strip() for line in block["examples"].splitlines() if line.strip()]


def key(sentence: str) -> str:
    """A sentence as it counts for comparing."""
    return "".join(spelled(w) for w in sentence.split())


def codes() -> set[str]:
    services = yaml.safe_load((ROOT / "data" / "catalogue" / "services.yml").read_text(encoding="utf-8"))
    listed = services["services"] if isinstance(services, dict) and "services" in services else services
    return {s["code"] for s in listed} if isinstance(listed, list) else set(listed)


def test_every_block_has_a_known_intent_and_every_line_a_dash() -> None:
    for file, block in blocks():
        assert block["intent"] in INTENTS, f"{file}: {block['intent']}"
        for line in block["examples"].splitlines():
            assert not line.strip() or line.strip().startswith("- "), f"{file}: {line}"


def test_every_service_of_the_data_is_in_the_catalogue_and_has_sentences() -> None:
    known = codes()
    used = {(b.get("metadata") or {}).get("service") for _, b in blocks()} - {None}
    assert used <= known, used - known
    assert known <= used, known - used


def test_no_sentence_has_two_meanings() -> None:
    seen: dict[str, tuple[str, str | None, Path]] = {}
    for file, block in blocks():
        label = (block["intent"], (block.get("metadata") or {}).get("service"))
        for sentence in sentences(block):
            other = seen.setdefault(key(sentence), (*label, file))
            assert other[:2] == label, f"{file} and {other[2]}: {sentence}"


def test_a_question_of_an_answer_means_the_same_where_it_is_a_training_sentence() -> None:
    labels = {key(s): (block["intent"], file) for file, block in blocks() for s in sentences(block)}
    for file in sorted((ROOT / "data" / "answers").glob("*.yml")):
        for answer in yaml.safe_load(file.read_text(encoding="utf-8"))["answers"]:
            intent = answer.get("intent", "info")
            assert intent in INTENTS | {"several"}, f"{file}, {answer['id']}: {intent}"
            for question in answer["questions"] if intent != "several" else []:
                other, where = labels.get(key(question), (intent, file))
                assert other == intent, f"{answer['id']} has {intent}, {where.name} {other}: {question}"


def test_no_held_out_sentence_is_in_the_training_data() -> None:
    training = {key(s) for _, b in blocks() for s in sentences(b)}
    held_out = [
        file
        for kind in ("dev", "second", "places", "turns")
        for file in (ROOT / "tests/nlu" / kind).glob("*.jsonl")
    ]
    for file in sorted(held_out):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip():
                text = json.loads(line)["text"]
                assert key(text) not in training, f"{file}: {text}"
