"""The public application: page, headers, errors, health."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from web.face import STATIC, WEB_TEXTS, TextsError, load_texts
from web.health import Check
from web.public.app import create_public_app


async def _breaks(request: Request) -> Response:
    raise RuntimeError("secret detail")


def client_for(checks: dict[str, Check] | None = None, *, demo: bool = False) -> httpx.AsyncClient:
    app = create_public_app([Route("/breaks", _breaks)], checks, demo=demo)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://page.test")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_for() as client:
        yield client


async def test_the_home_page_is_persian_right_to_left_and_runs_no_inline_script(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/")
    assert page.status_code == 200
    assert '<html lang="fa" dir="rtl">' in page.text
    for attributes, content in re.findall(r"<script([^>]*)>(.*?)</script>", page.text, re.S):
        assert "application/json" in attributes or not content.strip()
    assert not re.search(r"\son\w+=|\sstyle=", page.text)


async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/", "/nothing-here", "/breaks", "/static/css/face.css", "/healthz"):
        headers = (await client.get(path)).headers
        assert "script-src 'self';" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


async def test_errors_are_persian_pages_that_tell_nothing_of_the_inside(client: httpx.AsyncClient) -> None:
    missing, broken = await client.get("/nothing-here"), await client.get("/breaks")
    assert (missing.status_code, broken.status_code) == (404, 500)
    assert "این صفحه را پیدا نکردیم" in missing.text
    assert "مشکلی از سمت ما پیش آمد" in broken.text and "secret" not in broken.text
    assert (await client.get("/chat/nothing")).json() == {"error": "not_found"}


async def test_ready_says_which_check_fails_and_how_a_slow_one_ends() -> None:
    async def well() -> str | None:
        return None

    async def ill() -> str | None:
        return "no Rasa"

    async def breaks() -> str | None:
        raise ConnectionError("postgresql://user:password@host")

    async with client_for({"database": well}) as client:
        assert (await client.get("/healthz")).text == "ok\n"
        assert (await client.get("/readyz")).status_code == 200
    async with client_for({"database": well, "rasa": ill, "queue": breaks}) as client, asyncio.timeout(5):
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"] == {"database": "ok", "rasa": "no Rasa", "queue": "ConnectionError"}


async def test_a_demo_says_so_on_the_page(client: httpx.AsyncClient) -> None:
    sentence = load_texts()["demo"]
    assert sentence not in (await client.get("/")).text
    async with client_for(demo=True) as demo:
        assert sentence in (await demo.get("/")).text


def test_a_broken_file_of_texts_is_named_with_key_and_reason(tmp_path: Path) -> None:
    broken = tmp_path / "web.yml"
    broken.write_text("client: {typing: 5}", encoding="utf-8")
    with pytest.raises(TextsError, match=r"web\.yml: client\.typing: expected a text, found 5"):
        load_texts(broken)


def test_every_sentence_the_script_says_is_there_and_every_one_there_is_said() -> None:
    texts = load_texts(WEB_TEXTS)["client"]
    script = "\n".join(path.read_text(encoding="utf-8") for path in (STATIC / "js" / "chat").glob("*.js"))
    quoted = set(re.findall(r'"([a-z_]+)"', script))
    made = {f"{start}_{end}" for start, end in (name.split("_", 1) for name in texts if "_" in name)}
    direct = {name for name in texts if not name.startswith(("kind_", "card_"))}
    from_server = {
        "too_long",
        "too_large",
        "too_many_files",
        "wrong_type",
        "bad_upload",
        "bad_request",
        "slow_down",
        "blocked",
    }
    assert direct - from_server <= quoted | made & {"card_title"}, direct - from_server - quoted
    for said in re.findall(r'say\("([a-z_]+)"', script):
        assert said in texts, said
    for kind in ("photo", "document", "voice", "audio", "video", "animation", "sticker"):
        assert f"kind_{kind}" in texts


def test_the_script_says_nothing_of_its_own() -> None:
    for path in (STATIC / "js").rglob("*.js"):
        assert not re.search(r"[\u0621-\u06cc]", path.read_text(encoding="utf-8")), path
        assert "innerHTML" not in path.read_text(encoding="utf-8"), path
