"""The conversations of `conversations.yml`, line by line, with real Rasa behind the pure step."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.dialogue import Knowledge, Understanding
from actions.menu import command_in
from bot.understanding import UnderstandingClient
from tests.actions.dialogue_driver import Dialogue
from tests.support.knowledge import knowledge  # noqa: F401  (a fixture)
from tests.support.understanding import RunningRasa, rasa  # noqa: F401  (a fixture)

SCRIPTS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("conversations.yml").read_text(encoding="utf-8")
)

pytestmark = [pytest.mark.rasa, pytest.mark.xdist_group("city")]


@pytest.mark.parametrize("name", SCRIPTS)
def test_conversation(name: str, rasa: RunningRasa, knowledge: Knowledge) -> None:  # noqa: F811
    dialogue = Dialogue(knowledge)
    for line in SCRIPTS[name]:
        _take(dialogue, line, rasa)


def _take(dialogue: Dialogue, line: dict[str, Any], server: RunningRasa) -> None:
    if "service_if_asked" in line:
        if dialogue.position.question and dialogue.position.question.kind == "service":
            guesses = dialogue.position.draft.guesses if dialogue.position.draft else ()
            assert line["service_if_asked"] in guesses, (
                f"asked for the service, but not with it among {guesses}"
            )
            dialogue.presses("choose_service", service=line["service_if_asked"])
        return
    if "me" in line:
        dialogue.says(line["me"], _understood(line["me"], dialogue.knowledge, server))
    elif "pin" in line:
        dialogue.sends(pin=tuple(line["pin"]))
    elif "photo" in line:
        dialogue.photo(line["photo"])
    else:
        wanted = {key: line[key] for key in ("group", "field") if key in line}
        if "service_button" in line:
            wanted["service"] = line["service_button"]
        dialogue.presses(line["press"], **wanted)
    assert dialogue.last is not None
    assert dialogue.last.act in line["act"].split("|"), f"{line}: {dialogue.last.act}: {dialogue.heard}"
    assert line.get("says", "") in dialogue.heard, f"{line}: {dialogue.heard}"
    if "service" in line:
        assert dialogue.filed.service_code == line["service"]


def _understood(text: str, known: Knowledge, server: RunningRasa) -> Understanding | None:
    if command_in(text, known.texts):
        return None

    async def ask() -> Understanding | None:
        client = UnderstandingClient([server.url], server.token)
        try:
            return await client.understand(text)
        finally:
            await client.close()

    return asyncio.run(ask())
