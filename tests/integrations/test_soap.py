"""What is particular to SOAP: faults of both versions, WSDL files that do not fit, XML that attacks."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import yaml

from integrations.drivers import (
    AmbiguousError,
    CredentialsRefused,
    IntegrationError,
    OutgoingRequest,
    PermanentError,
    build_driver,
)
from integrations.file_checks import RegistryError
from integrations.registry import Registry, load_registry
from integrations.system import System

FILES = Path(__file__).parent / "soap"


@pytest.fixture
def office(registry: Registry) -> System:
    return registry.system("soap_office")


def fault(code: str, detail: str = "", version: str = "1.1") -> str:
    if version == "1.1":
        space = "http://schemas.xmlsoap.org/soap/envelope/"
        inside = f"<faultcode>s:{code}</faultcode><faultstring>x</faultstring>{detail}"
    else:
        space = "http://www.w3.org/2003/05/soap-envelope"
        inside = f"<s:Code><s:Value>s:{code}</s:Value>{detail}</s:Code>"
    return f'<s:Envelope xmlns:s="{space}"><s:Body><s:Fault>{inside}</s:Fault></s:Body></s:Envelope>'


def answering(body: str, http: int = 500) -> httpx.MockTransport:
    return httpx.MockTransport(
        lambda _: httpx.Response(http, text=body, headers={"content-type": "text/xml"})
    )


@pytest.mark.parametrize(
    ("body", "http", "error"),
    [
        (fault("Client"), 500, PermanentError),
        (fault("Sender", version="1.2"), 400, PermanentError),
        (fault("Server"), 500, AmbiguousError),
        (fault("Receiver", version="1.2"), 500, AmbiguousError),
        (fault("Client.Authentication"), 500, CredentialsRefused),
        (fault("Client", "<detail><x>1</x></detail>"), 200, PermanentError),
        ("<a>no SOAP</a>", 200, AmbiguousError),
        ("<a>no SOAP</a>", 500, AmbiguousError),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 200, AmbiguousError),
        ("<html><body>login</body></html>", 200, AmbiguousError),
        (fault("x").replace("Fault", "Other"), 200, AmbiguousError),
    ],
)
async def test_what_an_answer_means(
    office: System, outgoing: OutgoingRequest, body: str, http: int, error: type[IntegrationError]
) -> None:
    driver = build_driver(office, answering(body, http))
    with pytest.raises(error):
        await driver.submit(outgoing)
    await driver.aclose()


async def test_a_case_that_is_not_there_is_none(office: System, outgoing: OutgoingRequest) -> None:
    for body in (
        fault("Client", "<detail><UnknownCase>1</UnknownCase></detail>"),
        fault("Client.UnknownCase"),
    ):
        driver = build_driver(office, answering(body))
        assert await driver.look_up(outgoing) is None
        assert await driver.status(["1"]) == []
        await driver.aclose()


async def test_the_message_is_what_the_wsdl_wants(office: System, outgoing: OutgoingRequest) -> None:
    seen: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(503)

    driver = build_driver(office, httpx.MockTransport(keep))
    with pytest.raises(IntegrationError):
        await driver.submit(outgoing)
    await driver.aclose()
    (request,) = seen
    assert request.headers["SOAPAction"] == '"urn:register"'
    assert request.headers["Content-Type"] == "text/xml; charset=utf-8"
    text = request.content.decode()
    assert "&lt;جلوی&gt;" in text and "urn:hamyar:tests:office" in text and "<soap-env:Envelope" in text


async def test_what_the_wsdl_cannot_carry_is_an_operators(office: System, outgoing: OutgoingRequest) -> None:
    driver = build_driver(office, answering("", 200))
    with pytest.raises(PermanentError) as raised:
        await driver.submit(replace(outgoing, description=None, address="secret words"))  # type: ignore[arg-type]
    assert "secret" not in str(raised.value)
    await driver.aclose()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"wsdl": "missing.wsdl"}, "soap.wsdl"),
        ({"wsdl": "broken.wsdl"}, "soap.wsdl"),
        ({"submit": {"operation": "NoSuch", "body": {"a": "{key}"}, "id": "/x"}}, "soap.submit"),
        ({"submit": {"operation": "FindCase", "body": {"nothing": "{key}"}, "id": "/x"}}, "soap.submit"),
        (
            {"look_up": {"operation": "FindCase", "body": {"reference": "{id}"}, "id": "/x"}},
            "soap.look_up.body",
        ),
    ],
)
def test_a_file_that_does_not_fit_its_wsdl_is_refused_at_start(
    tmp_path: Path, change: dict[str, object], key: str
) -> None:
    for file in FILES.iterdir():
        shutil.copy(file, tmp_path)
    (tmp_path / "broken.wsdl").write_text("<no wsdl", encoding="utf-8")
    target = tmp_path / "soap_office.yml"
    document = yaml.safe_load(target.read_text(encoding="utf-8"))
    document["soap"] |= change
    target.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    with pytest.raises(RegistryError) as raised:
        load_registry(tmp_path, simulator_url="http://city.test")
    assert raised.value.key == key
