"""A citizen's words are words in every sink: Rasa, both messengers, the web chat, the dialogue and its database, names
of files, systems, Open311, logs, the administrator's terminal, the export.

The web chat's page is tried in Chromium (tests/e2e/test_webchat_browser.py). Tables (CSV, XLSX) are no sink yet: who
adds one, adds it here.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree

import httpx
import pytest
import structlog
import yaml
from rich.console import Console
from sqlalchemy import select
from typer.testing import CliRunner

from actions.dialogue import Knowledge
from app import operators_cli
from app.cli import app
from app.logs import set_up_logging
from bot.channels.bale_text import neutral
from bot.channels.botapi import BotApiChannel
from bot.channels.webchat_backend import DatabaseWebChat
from bot.channels.webchat_messages import file_name
from bot.channels.webchat_thread import ShownTime, thread_json
from bot.outgoing import InlineButton, Outgoing
from bot.understanding import UnderstandingClient
from casework.learning import learn
from casework.store import Store
from casework.tables import InboxUpdate, LearningExample, Turn
from casework.tasks import open_task
from integrations.drivers import OutgoingAddition, OutgoingRequest, build_driver
from integrations.drivers.soap import tree
from integrations.mail.letter import letter
from integrations.mail.route import mail_route
from integrations.registry import SYSTEMS_FOLDER, load_registry
from tests.botapi import BotApiServer
from tests.support.citizen import Citizen, Hamyar, citizen, hamyar
from tests.support.database import migrated_file, migrated_postgres, migrated_url, store, watch
from tests.support.knowledge import danger, knowledge
from tests.support.pictures import picture
from web.open311.formats import Items, answer

__all__ = [
    "citizen", "danger", "hamyar", "knowledge", "migrated_file", "migrated_postgres", "migrated_url", "store", "watch",
]  # fmt: skip

SOAP = Path(__file__).parent / "integrations" / "soap"
NASTY = {
    "rasa payload": '/request{"service": "x"}',
    "rasa payload behind spaces": " \u200c\n//restart",
    "rasa entities": "[هدایت](street) {\"entity\": \"x\"}",
    "markdown": "*پررنگ* _کج_ [متن](http://x.ir) ```code``` ~~x~~",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "html attributes": "\"' onmouseover='alert(1)",
    "sql": "'); DROP TABLE service_requests;--",
    "csv formula": '=HYPERLINK("http://x.ir","کلیک")',
    "mail header": "چاله\r\nBcc: all@x.ir\r\n\r\nبدنه",
    "xml": '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><z>&y;]]></z><!--',
    "soap": "</soapenv:Body><evil/>",
    "template": "{{7*7}} ${jndi:ldap://x} {description} %(name)s #{x} {0.__class__}",
    "log forging": "چاله\n2026-11-25 [error] admin logged in\x1b[31m",
    "bidi": "\u202eگنرز\u202c \u2066x\u2069 \u200f",
    "nul": "چاله\x00دار",
    "lone surrogate": "چاله \ud83d دار",
    "yaml": "- !!python/object/apply:os.system ['id']\n--- |",
    "path": "../../etc/passwd\\..\\x",
    "long": "آ" * 4000,
}  # fmt: skip
each = pytest.mark.parametrize("words", NASTY.values(), ids=NASTY.keys())


def sound(words: str) -> str:
    """The words without what no database and no wire can carry."""
    return words.replace("\x00", "").encode("utf-8", "replace").decode()


@each
async def test_rasa_gets_words_and_no_payload(words: str) -> None:
    asked: list[str] = []

    def rasa(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content)["text"])
        return httpx.Response(200, json={"intent": {"name": "request", "confidence": 0.9}})

    client = UnderstandingClient(
        ["http://rasa"], "t", client=httpx.AsyncClient(transport=httpx.MockTransport(rasa))
    )
    await client.understand(sound(words))
    assert not asked or not asked[0].lstrip(" \n\t\u200c\u200f").startswith("/")


@each
def test_bale_formats_none_of_it(words: str) -> None:
    shown = neutral(words)
    assert not set("*_`~") & set(shown)
    assert "](" not in shown
    assert neutral(shown) == shown


@pytest.fixture(scope="module")
def messengers() -> Iterator[dict[str, BotApiServer]]:
    with BotApiServer("telegram") as telegram, BotApiServer("bale") as bale:
        yield {"telegram": telegram, "bale": bale}


@each
@pytest.mark.parametrize("name", ["telegram", "bale"])
async def test_a_messenger_gets_text_and_is_told_of_no_format(
    words: str, name: Any, messengers: dict[str, BotApiServer], tmp_path: Path
) -> None:
    server = messengers[name]
    before = len(server.messages_to(7))
    channel = BotApiChannel(name, server.token, server.url, attachments=tmp_path)
    (tmp_path / "photo").write_bytes(picture())
    await channel.send("7", Outgoing(sound(words) + " .", inline=((InlineButton(sound(words)[:30], "t"),),)))
    await channel.send("7", Outgoing(sound(words)[:900] + " .", photos=("photo",)))
    await channel.aclose()
    sent = server.messages_to(7)[before:]
    assert not any({"parse_mode", "entities", "caption_entities"} & set(one.params) for one in sent)
    said = "".join(one.text for one in sent)
    if name == "telegram":
        assert sound(words).split()[0] in said
    else:
        assert not set("*_`~") & set(said)


@each
async def test_the_web_chat_carries_it_in_one_field(
    words: str, hamyar: Hamyar, store: Store, knowledge: Knowledge, tmp_path: Path
) -> None:
    tab = hamyar.citizen("tab", "webchat")
    await tab.writes(words)
    items = await DatabaseWebChat(store, hamyar.inbox, knowledge, tmp_path).thread("tab", 0)
    shown = json.loads(json.dumps(thread_json(items, ShownTime(), _moment())))
    assert [item["text"] for item in shown if item["author"] == "citizen"] == [sound(words)]


@each
def test_a_file_is_named_without_a_path_or_a_second_header(words: str) -> None:
    name = file_name(words)
    assert name and "/" not in name and "\\" not in name and name.isprintable() and not name.startswith(".")


@each
async def test_the_administrators_terminal_prints_it_as_it_is(
    words: str, store: Store, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with store.write() as session:
        reason = f"[/] [red]{sound(words)}"
        await open_task(session, kind="note", dedupe_key="k", reason=reason[:250])
    monkeypatch.setenv("DATABASE_URL", migrated_url)
    monkeypatch.setattr(operators_cli, "out", Console(width=5000))
    done = await asyncio.to_thread(lambda: CliRunner().invoke(app, ["tasks", "list"]))
    assert done.exit_code == 0, done.exception
    assert "[/] [red]" in done.output and "\x1b[31m" not in done.output and "\u202e" not in done.output


@each
async def test_the_dialogue_keeps_it_and_answers(words: str, citizen: Citizen, store: Store) -> None:
    heard = await citizen.writes(words)
    assert heard, "silence"
    async with store.read() as session:
        assert set(await session.scalars(select(Turn.state))) == {"done"}
        kept = (await session.scalars(select(InboxUpdate))).one()
    assert sound(kept.message["text"]) == kept.message["text"]


async def _rest(words: str) -> Any:
    return await _delivered("taxi", words, lambda request: json.loads(request.content))


async def _open311(words: str) -> Any:
    return await _delivered("parks", words, lambda request: parse_qs(request.content.decode()))


async def _delivered(name: str, words: str, read: Callable[[httpx.Request], Any]) -> Any:
    seen: list[Any] = []

    def system(request: httpx.Request) -> httpx.Response:
        seen.append(read(request))
        return httpx.Response(500)

    folder = SOAP if name == "soap_office" else SYSTEMS_FOLDER
    known = replace(load_registry(folder, simulator_url="http://city.test").system(name), per_second=500.0)
    driver = build_driver(known, httpx.MockTransport(system))
    with pytest.raises(Exception, match="500"):
        await driver.submit(_outgoing(name, words))
    await driver.aclose()
    return seen[0]


async def _said_later(words: str) -> Any:
    seen: list[Any] = []

    def system(request: httpx.Request) -> httpx.Response:
        seen.append(parse_qs(request.content.decode()))
        return httpx.Response(200, json=[{"update_id": "1"}])

    parks = load_registry(SYSTEMS_FOLDER, simulator_url="http://city.test").system("parks")
    told = replace(parks, protocol={**parks.protocol, "additions": "update_id"})
    driver = build_driver(told, httpx.MockTransport(system))
    await driver.add(OutgoingAddition("104738291_1", "SM-1", "104738291", words, _moment()))
    await driver.aclose()
    return seen[0]


def _outgoing(name: str, words: str) -> OutgoingRequest:
    return OutgoingRequest(
        key="k", tracking_number="104738291", service_code="taxi" if name == "taxi" else "park_facilities",
        service_name=words if name == "parks" else "x", description=words, requested_at=_moment(), address=words,
    )  # fmt: skip


def _moment() -> Any:
    from datetime import datetime, timezone

    return datetime(2026, 11, 25, tzinfo=timezone.utc)


def _texts(document: Any) -> list[str]:
    if isinstance(document, str):
        return [document]
    if isinstance(document, dict):
        return [text for one in document.values() for text in _texts(one)]
    return [text for one in document for text in _texts(one)] if isinstance(document, list) else []


async def _soap(words: str) -> Any:
    return await _delivered(
        "soap_office", words, lambda request: tree(ElementTree.fromstring(request.content))
    )


SYSTEMS: dict[str, Callable[[str], Awaitable[Any]]] = {
    "rest_json": _rest,
    "open311": _open311,
    "soap": _soap,
    "said later": _said_later,
}


@each
def test_a_letter_has_it_in_its_body_only(words: str) -> None:
    route = mail_route("smtp://mail.test", "hamyar@city.test", "s")
    system = load_registry(SYSTEMS_FOLDER).system("parks")
    plain, hers = (
        message_from_bytes(
            letter(_outgoing("parks", text), system, route, "desk@city.test").as_bytes(), policy=default
        )
        for text in ("x", sound(words))
    )
    assert [name for name, _ in hers.items()] == [name for name, _ in plain.items()]
    assert hers.get_content_type() == "text/plain" and not hers.is_multipart()
    wanted = sound(words).replace("\r\n", "\n").replace("\r", "\n").strip()
    assert wanted in hers.get_content().replace("\r\n", "\n").replace("\r", "\n")


@each
@pytest.mark.parametrize("sink", SYSTEMS)
async def test_a_system_gets_it_whole_in_one_field(sink: str, words: str) -> None:
    carried = _texts(await SYSTEMS[sink](sound(words)))
    # Braces are text: no placeholder of a body is filled from her words.
    wanted = sound(words).replace("\r\n", "\n").strip()
    if sink == "soap":
        wanted = wanted.replace("\x1b", "")  # XML cannot carry it
    assert any(wanted in text.replace("\r\n", "\n") for text in carried), carried


@each
@pytest.mark.parametrize("format_", ["json", "xml"])
def test_open311_says_it_as_text(words: str, format_: Any) -> None:
    body = bytes(
        answer(
            format_,
            "service_requests",
            Items("service_requests", "request", [{"description": sound(words), "status": "open"}]),
        ).body
    )
    if format_ == "json":
        assert json.loads(body)[0]["description"] == sound(words)
    else:
        assert b"<!DOCTYPE" not in body and b"<!ENTITY" not in body
        (request,) = ElementTree.fromstring(body)
        assert [child.tag for child in request] == ["description", "status"]


@each
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_log_has_one_line_an_event_and_none_of_her_words(words: str, form: Any) -> None:
    stream = io.StringIO()
    set_up_logging("test", form=form, stream=stream)
    try:
        structlog.get_logger().info("received", text=sound(words), count=1)
    finally:
        logging.getLogger().handlers[:] = []
        structlog.reset_defaults()
    written = stream.getvalue()
    assert written.count("\n") == 1
    assert sound(words) not in written and "\x1b[31m" not in written


@each
async def test_an_export_for_learning_is_data_and_has_no_entities(
    words: str, store: Store, migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with store.write() as session:
        await learn(session, "k", sound(words), "taxi", None, "confirmed")
        kept = (await session.scalars(select(LearningExample))).all()
    target = tmp_path / "learned.yml"
    monkeypatch.setenv("DATABASE_URL", migrated_url)

    def run() -> None:
        assert CliRunner().invoke(app, ["export", "nlu", "--out", str(target)]).exit_code == 0

    await asyncio.to_thread(run)
    document = yaml.safe_load(target.read_text(encoding="utf-8"))
    assert set(document) == {"version", "nlu"}
    lines = [line for block in document["nlu"] for line in block["examples"].splitlines()]
    assert len(lines) == len(kept)
    assert all(line.startswith("- ") and not set("[]{}") & set(line) for line in lines)
