"""Client credentials: one token for many calls, a new one in time, and never a request filed twice for it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest

from integrations.drivers import CredentialsRefused, OutgoingRequest, TemporaryError, build_driver, oauth2
from integrations.drivers.oauth2 import ClientCredentials
from integrations.registry import Registry, load_registry
from integrations.simulator import RunningSimulator
from integrations.system import Credentials, System


@dataclass
class Office:
    """A city office with a token address of its own, behind httpx's transport."""

    tokens: list[str] = field(default_factory=list)
    filed: list[str] = field(default_factory=list)
    seconds: int | None = 3600
    revoked: set[str] = field(default_factory=set)
    answer: httpx.Response | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "login.test":
            if self.answer is not None:
                return self.answer
            assert request.headers["authorization"] == "Basic " + base64.b64encode(b"hamyar:s3cret").decode()
            assert parse_qs(request.content.decode())["grant_type"] == ["client_credentials"]
            self.tokens.append(f"t{len(self.tokens)}")
            body = {"access_token": self.tokens[-1], "token_type": "Bearer"}
            return httpx.Response(200, json=body | ({"expires_in": self.seconds} if self.seconds else {}))
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens or token in self.revoked:
            return httpx.Response(401)
        self.filed.append(token)
        return httpx.Response(201, json={"id": str(len(self.filed)), "ref": "1"})


BIRDS = """
name: birds
agency: ادارهٔ پرندگان
driver: rest_json
state: live
address: {url_env: BIRDS_URL}
credentials: {kind: oauth2, token_url_env: BIRDS_TOKEN_URL, client_env: BIRDS_CLIENT, secret_env: BIRDS_SECRET}
rest_json:
  submit: {path: /cases, body: {type: "{service_code}", what: "{description}"}, id: /number}
  status: {path: "/cases/{id}", id: /number, status: /state}
takes: [{services: [birds], districts: city}]
statuses: {NEW: submitted}
"""


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def taxi(registry: Registry) -> System:
    credentials = Credentials("oauth2", None, "s3cret", "hamyar", "https://login.test/token")
    protocol = {
        "submit": {"path": "/cases", "body": {"text": "{description}"}, "id": "/id"},
        "status": {"path": "/cases/{id}", "id": "/id", "status": "/status"},
    }
    return replace(
        registry.system("taxi"),
        url="https://taxi.test",
        credentials=credentials,
        protocol=protocol,
        per_second=500.0,
    )


async def test_many_calls_share_one_token(office: Office, taxi: System, outgoing: OutgoingRequest) -> None:
    driver = build_driver(taxi, httpx.MockTransport(office))
    await asyncio.gather(*(driver.submit(outgoing) for _ in range(6)))
    assert office.filed == ["t0"] * 6
    await driver.aclose()


async def test_a_token_taken_back_is_fetched_anew_and_the_request_filed_once(
    office: Office, taxi: System, outgoing: OutgoingRequest
) -> None:
    driver = build_driver(taxi, httpx.MockTransport(office))
    await driver.submit(outgoing)
    office.revoked.add("t0")
    await driver.submit(outgoing)
    assert office.filed == ["t0", "t1"]
    office.revoked |= {"t1", "t2"}
    with pytest.raises(CredentialsRefused):
        await driver.submit(outgoing)
    assert office.tokens == ["t0", "t1", "t2"]  # once, not for ever
    await driver.aclose()


async def test_a_token_is_fetched_anew_before_it_ends(office: Office) -> None:
    now = [0.0]
    source = ClientCredentials(
        "https://login.test/t",
        "hamyar",
        "s3cret",
        transport=httpx.MockTransport(office),
        clock=lambda: now[0],
    )
    assert await source.header() == "Bearer t0"
    now[0] = 3560.0
    assert await source.header() == "Bearer t0"
    now[0] = 3580.0
    assert await source.header() == "Bearer t1"
    await source.aclose()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(401), CredentialsRefused),
        (httpx.Response(400, json={"error": "invalid_client"}), CredentialsRefused),
        (httpx.Response(503), TemporaryError),
        (httpx.Response(200, text="<html>"), TemporaryError),
        (httpx.Response(200, json={"access_token": "a\r\nX: b"}), TemporaryError),
        (httpx.Response(200, json=["t"]), TemporaryError),
    ],
)
async def test_without_a_token_nothing_is_filed_and_nothing_is_in_doubt(
    office: Office, taxi: System, outgoing: OutgoingRequest, answer: httpx.Response, error: type[Exception]
) -> None:
    office.answer = answer
    driver = build_driver(taxi, httpx.MockTransport(office))
    with pytest.raises(error) as raised:
        await driver.submit(outgoing)
    assert "s3cret" not in str(raised.value) and office.filed == []
    await driver.aclose()


async def test_a_slow_token_address_is_not_waited_for_for_ever(
    taxi: System, outgoing: OutgoingRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth2, "TOTAL_SECONDS", 0.1)

    async def drops() -> AsyncIterator[bytes]:
        while True:  # each within the time limit of one read
            yield b" "
            await asyncio.sleep(0.02)

    driver = build_driver(taxi, httpx.MockTransport(lambda _: httpx.Response(200, content=drops())))
    with pytest.raises(TemporaryError, match="no token in"):
        await driver.submit(outgoing)
    await driver.aclose()


async def test_user_name_and_password_are_sent_as_basic(taxi: System, outgoing: OutgoingRequest) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(201, json={"id": "1"})

    basic = replace(taxi, credentials=Credentials("basic", None, "s3cret", "hamyar"))
    driver = build_driver(basic, httpx.MockTransport(answer))
    await driver.submit(outgoing)
    assert seen == ["Basic " + base64.b64encode(b"hamyar:s3cret").decode()]
    assert "s3cret" not in repr(basic)
    await driver.aclose()


async def test_the_simulated_city_gives_tokens_and_asks_for_them(
    tmp_path: Path, outgoing: OutgoingRequest
) -> None:
    (tmp_path / "birds.yml").write_text(BIRDS, encoding="utf-8")
    with RunningSimulator(tmp_path) as simulated:
        birds = load_registry(tmp_path, simulator_url=simulated.url).system("birds")
        driver = build_driver(birds)
        receipt = await driver.submit(outgoing)
        assert [one.number for one in simulated.city.of("birds")] == [receipt.external_id]
        stranger = build_driver(replace(birds, credentials=replace(birds.credentials, secret="guessed")))
        with pytest.raises(CredentialsRefused):
            await stranger.submit(outgoing)
        bare = build_driver(replace(birds, credentials=Credentials()))
        with pytest.raises(CredentialsRefused):
            await bare.submit(outgoing)
        for one in (driver, stranger, bare):
            await one.aclose()
