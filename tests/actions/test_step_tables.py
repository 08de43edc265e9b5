"""The table of single steps, `steps.yml`: position, message, understanding -> act, question, draft, calls, texts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.dialogue import Media, Press, Understanding
from actions.position import Draft
from tests.actions.dialogue_driver import NOON, Dialogue, place, request_of, understood
from tests.actions.positions import POSITIONS

STEPS: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("steps.yml").read_text(encoding="utf-8")
)
_FIELDS = {
    "name", "at", "says", "press", "press_first", "action", "pin", "photo", "voice", "contact", "edited", "group", "u",
    "own", "alarmed", "act", "question", "draft", "calls", "keys", "offer",
}  # fmt: skip


@pytest.mark.parametrize("row", STEPS, ids=lambda row: row["name"])
def test_step(dialogue: Dialogue, row: dict[str, Any]) -> None:
    assert set(row) <= _FIELDS, set(row) - _FIELDS
    dialogue.position = POSITIONS[row["at"]]
    dialogue.alarmed = row.get("alarmed", "")
    dialogue.own = tuple(
        request_of(id=number, status=status, created_at=NOON - timedelta(minutes=minutes), updated_at=NOON)
        for number, (status, minutes) in enumerate(row.get("own", ()), start=1)
    )
    result = _take(dialogue, row)
    said = [reply.key for reply in result.replies]
    told = f"{result.act}: {said}\n{dialogue.heard}"
    assert result.act == row["act"], told
    question = result.position.question
    if "question" in row:
        assert (question.kind if question else "none") == row["question"], told
    if "keys" in row:
        assert said == row["keys"], told
    if "calls" in row:
        assert [type(call).__name__ for call in result.calls] == row["calls"]
    if "offer" in row:
        offer = result.position.offer
        assert (offer.yes["do"] if offer else "none") == row["offer"]
    for field, value in row.get("draft", {}).items():
        assert result.position.draft is not None, told
        assert _field(result.position.draft, field) == value, f"{field}: {told}"


def _take(dialogue: Dialogue, row: dict[str, Any]) -> Any:
    if "press" in row:
        dialogue.says("چی؟")  # shows the open question with its buttons
        return dialogue.presses(row["press"])
    if "press_first" in row:
        said, pressed = row["press_first"]
        dialogue.says(said)
        return dialogue.presses(pressed)
    if "action" in row:
        return dialogue.sends(press=Press(row["action"]))
    if "pin" in row:
        return dialogue.sends(pin=tuple(row["pin"]))
    if "photo" in row or "voice" in row:
        kind = "photo" if "photo" in row else "voice"
        return dialogue.sends(media=(Media(row[kind], kind),))
    if row.get("contact"):
        return dialogue.sends(shared_contact=True)
    more = {"edited": row.get("edited", False), "in_group": row.get("group", False)}
    return dialogue.says(row["says"], _understanding(row.get("u")), **more)


def _understanding(u: dict[str, Any] | None) -> Understanding | None:
    if u is None:
        return None
    more: dict[str, Any] = {
        "confidence": u.get("confidence", 0.95),
        "service": u.get("service"),
        "locations": tuple(place(text, district) for text, district in u.get("places", ())),
        "answer_id": u.get("answer"),
    }
    if "ranking" in u:
        more["ranking"] = tuple((code, confidence) for code, confidence in u["ranking"])
    if "decision" in u:
        more["decision"] = u["decision"]
    return understood(u["intent"], **more)


def _field(draft: Draft, name: str) -> Any:
    match name:
        case "district":
            return draft.district
        case "place_name":
            return (draft.place or {}).get("name")
    value = getattr(draft, name)
    return list(value) if isinstance(value, tuple) else value
