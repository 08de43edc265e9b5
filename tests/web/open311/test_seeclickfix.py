"""The rules of SeeClickFix's open311-validator (tests/discovery.rb, services.rb, service_definition.rb), on our server.

One of them, "xml endpoint should be an array", wants two endpoints: its parser makes an array only of what comes twice.
The spec wants a list, and one endpoint is a list of one; the rules that build on it are kept with such a list.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest_asyncio

from tests.support.database import on_sqlite
from tests.web.open311.conftest import Client

pytestmark = on_sqlite

FORMATS = ("xml", "json")


def parsed(content: bytes) -> dict[str, Any]:
    """As HTTParty reads XML: the root stays, what comes once is no array, text is text."""
    root = fromstring(content)
    return {root.tag: _parsed(root)}


def _parsed(element: Element) -> Any:
    if not len(element):
        return element.text
    read: dict[str, Any] = {}
    for child in element:
        value = _parsed(child)
        if child.tag not in read:
            read[child.tag] = value
        else:
            before = read[child.tag]
            read[child.tag] = [*(before if isinstance(before, list) else [before]), value]
    return read


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def moment(text: str) -> datetime:
    """Ruby's `Time.iso8601`: date, T, time and an offset."""
    assert "T" in text
    read = datetime.fromisoformat(text.replace("Z", "+00:00"))
    assert read.tzinfo is not None
    return read


@pytest_asyncio.fixture
async def discovery(client: Client) -> dict[str, dict[str, Any]]:
    """What stands at the address that ends with "discovery", by format."""
    address = f"{client.url}/discovery"
    assert address[-9:] == "discovery"
    xml, json = await client.http.get(f"{address}.xml"), await client.http.get(f"{address}.json")
    assert xml.content.strip() and json.content.strip()
    return {"xml": parsed(xml.content)["discovery"], "json": json.json()}


def endpoints_of(discovery: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Of both formats, `formats` as an array in each."""
    xml = [
        {**one, "formats": one["formats"]["format"]}
        for one in as_list(discovery["xml"]["endpoints"]["endpoint"])
    ]
    return xml + list(discovery["json"]["endpoints"])


async def test_both_formats_of_the_discovery_say_whom_to_ask_and_since_when(
    discovery: dict[str, dict[str, Any]],
) -> None:
    for form in FORMATS:
        said = discovery[form]
        assert said["contact"].strip() and said["key_service"].strip()
        assert moment(said["changeset"]) < datetime.now(timezone.utc)
    assert discovery["xml"].get("contacts") == discovery["json"].get("contacts")
    assert {**discovery["xml"], "endpoints": 0} == {**discovery["json"], "endpoints": 0}


async def test_every_endpoint_is_whole(discovery: dict[str, dict[str, Any]]) -> None:
    endpoints = endpoints_of(discovery)
    assert len(endpoints) == 2 and endpoints[0] == endpoints[1]
    for one in endpoints:
        assert one["specification"] and one["url"] and one["type"] in ("test", "production")
        assert moment(one["changeset"]) < datetime.now(timezone.utc)
        assert isinstance(one["formats"], list) and one["formats"]
        assert one["specification"].lower().endswith("_v2") and "text/xml" in one["formats"]


async def test_the_services_behind_every_endpoint_have_codes_and_definitions(
    client: Client, discovery: dict[str, dict[str, Any]]
) -> None:
    for endpoint in endpoints_of(discovery):
        assert (
            endpoint["url"] == "http://open311.test/open311/v2"
        )  # our public address, here reached by another
        for kind in endpoint["formats"]:
            form = kind.split("/")[1]
            answer = await client.get(f"services.{form}", jurisdiction_id="")
            services = parsed(answer.content)["services"]["service"] if form == "xml" else answer.json()
            assert services and all(one["service_code"] for one in services)
            asking = [one["service_code"] for one in services if one["metadata"] not in ("false", False)]
            assert asking
            for code in asking[:3]:
                defined = await client.get(f"services/{code}.{form}", jurisdiction_id="")
                assert defined.status_code == 200 and code in defined.text


async def test_what_it_would_file_is_answered_in_every_format(client: Client) -> None:
    (first, *_) = (await client.get("services.json")).json()
    for form in FORMATS:
        filed = await client.post(
            f"requests.{form}",
            jurisdiction_id="mashhad.ir",
            service_code=first["service_code"],
            address_string="بولوار هدایت ۱۲",
            email="foo@bar.com",
            description="I know",
        )
        assert filed.status_code == 200 and "service_request_id" in filed.text
