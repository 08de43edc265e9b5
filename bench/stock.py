"""The peer: stock Rasa 3.6.21 with its default pipeline and policies, REST channel, one action that stores a row.

Fewer epochs than the default 100 are trained (they change what it learns, not how fast it answers).
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import textwrap
import time
import uuid
from pathlib import Path

import httpx
import yaml

from app.paths import RASA_PYTHON
from app.rasa_service import free_port
from bench.ours import Measured
from bench.processes import QUIET, answers, environment_of_rasa, megabytes, percentile, process, until
from bench.sentences import labelled

EPOCHS = 2

CONFIG = {
    "recipe": "default.v1",
    "assistant_id": "stock",
    "language": "fa",
    "pipeline": [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": EPOCHS},
        {"name": "EntitySynonymMapper"},
        {"name": "ResponseSelector", "epochs": EPOCHS},
        {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
    ],
    "policies": [
        {"name": "MemoizationPolicy"},
        {"name": "TEDPolicy", "max_history": 5, "epochs": EPOCHS},
        {"name": "RulePolicy"},
    ],
}

ACTION = """
import sqlite3, time
from rasa_sdk import Action

class ActionStore(Action):
    def name(self):
        return "action_store"

    def run(self, dispatcher, tracker, domain):
        with sqlite3.connect({database!r}, timeout=15) as connection:
            connection.execute("pragma journal_mode=wal")
            connection.execute("create table if not exists rows (at real, sender text, words text)")
            row = (time.time(), tracker.sender_id, tracker.latest_message.get("text"))
            connection.execute("insert into rows values (?, ?, ?)", row)
        dispatcher.utter_message(text="stored")
        return []
"""


def make_project(folder: Path, action_port: int) -> None:
    """The stock project over our own training sentences."""
    intents: dict[str, list[str]] = {}
    for intent, text in labelled():
        intents.setdefault(intent, []).append(text)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "actions").mkdir(exist_ok=True)
    write_yaml(folder / "config.yml", CONFIG)
    write_yaml(
        folder / "data" / "nlu.yml",
        {
            "version": "3.1",
            "nlu": [
                {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
                for intent, texts in intents.items()
            ],
        },
    )
    write_yaml(
        folder / "data" / "rules.yml",
        {
            "version": "3.1",
            "rules": [
                {"rule": f"store {intent}", "steps": [{"intent": intent}, {"action": "action_store"}]}
                for intent in [*intents, "nlu_fallback"]
            ],
        },
    )
    first = next(iter(intents))
    write_yaml(
        folder / "data" / "stories.yml",
        {
            "version": "3.1",
            "stories": [{"story": "one", "steps": [{"intent": first}, {"action": "action_store"}]}],
        },
    )
    write_yaml(
        folder / "domain.yml",
        {"version": "3.1", "intents": [*intents, "nlu_fallback"], "actions": ["action_store"]},
    )
    write_yaml(folder / "credentials.yml", {"rest": None})
    write_yaml(
        folder / "endpoints.yml", {"action_endpoint": {"url": f"http://127.0.0.1:{action_port}/webhook"}}
    )
    (folder / "actions" / "__init__.py").write_text("")
    (folder / "actions" / "actions.py").write_text(
        textwrap.dedent(ACTION).replace("{database!r}", repr(str(folder / "rows.db")))
    )


def write_yaml(path: Path, content: object) -> None:
    """One YAML file, Persian as it is."""
    path.write_text(
        yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000), encoding="utf-8"
    )


def measure(texts: list[str], at_once: int, folder: Path, kept: Path) -> Measured:
    """The same texts, one conversation each, over the REST channel. `kept`: where its trained model is kept."""
    action_port, port = free_port(), free_port()
    make_project(folder, action_port)
    models = folder / "models"
    if kept.exists():
        models.mkdir()
        shutil.copy(kept, models / kept.name)
    else:
        print("  training stock Rasa (some minutes) …", flush=True)
        run_rasa(folder, "train", "--fixed-model-name", "stock", "--quiet")
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(models / "stock.tar.gz", kept)
    rasa = [str(RASA_PYTHON), "-m", "rasa", "run", "-i", "127.0.0.1", "-p", str(port), "-m", "models", "--credentials",
            "credentials.yml", "--endpoints", "endpoints.yml"]  # fmt: skip
    actions = [str(RASA_PYTHON), "-m", "rasa", "run", "actions", "-p", str(action_port)]
    with (
        process(actions, QUIET, folder / "actions.log", folder) as server,
        process(rasa, QUIET, folder / "rasa.log", folder) as core,
    ):
        until(lambda: answers(f"http://127.0.0.1:{action_port}/health"), 120, "stock action server")
        load = until(lambda: answers(f"http://127.0.0.1:{port}/"), 300, "stock Rasa")
        latencies, wall = asyncio.run(
            _drive(f"http://127.0.0.1:{port}/webhooks/rest/webhook", texts, at_once)
        )
        memory = {"Rasa": megabytes(core.pid), "action server": megabytes(server.pid)}
    return Measured(
        "stock Rasa 3.6.21",
        len(latencies) / wall,
        percentile(latencies, 0.5),
        percentile(latencies, 0.95),
        memory,
        load,
    )


async def _drive(url: str, texts: list[str], at_once: int) -> tuple[list[float], float]:
    gate = asyncio.Semaphore(at_once)
    async with httpx.AsyncClient(timeout=120, trust_env=False) as client:

        async def one(text: str) -> float:
            async with gate:
                begin = time.monotonic()
                answer = await client.post(
                    url, content=json.dumps({"sender": uuid.uuid4().hex, "message": text})
                )
                assert answer.status_code == 200 and answer.json(), (
                    "stock Rasa did not answer with the stored row"
                )
                return time.monotonic() - begin

        for text in texts[:20]:
            await one(text)
        begin = time.monotonic()
        latencies = await asyncio.gather(*(one(text) for text in texts))
        return list(latencies), time.monotonic() - begin


def run_rasa(folder: Path, *arguments: str) -> None:
    """Rasa's command line in a project's folder."""
    subprocess.run(
        [str(RASA_PYTHON), "-m", "rasa", *arguments],
        cwd=folder,
        env=environment_of_rasa(),
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
