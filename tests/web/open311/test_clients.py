"""The clients that exist find what they expect: `georeport` in both formats, `three` in JSON."""

from __future__ import annotations

import asyncio
import itertools
import sys
import types
from typing import Any

import pytest
from georeport import GeoReport

from tests.support.database import on_sqlite
from tests.web.open311.conftest import Client

pytestmark = on_sqlite


def three() -> Any:
    """`three` 0.8 was written for Python 2: what it imports from there is put in its place."""
    itertools.ifilter = filter  # type: ignore[attr-defined]
    if "relaxml" not in sys.modules:
        relaxml = types.ModuleType("relaxml")
        relaxml.xml = lambda text: text  # type: ignore[attr-defined]  (its XML side is not used)
        sys.modules["relaxml"] = relaxml
    from three.core import Three

    return Three


@pytest.mark.parametrize("format_", ["json", "xml"])
async def test_georeport_reads_services_definitions_and_requests(client: Client, format_: str) -> None:
    first, second = await client.file(), await client.file(service_code="asphalt_repair")

    def look() -> None:
        city = GeoReport(client.url, jurisdiction="mashhad.ir", output_format=format_)
        services = city.get_service_list()
        assert len(services) == 72
        assert {
            "service_code",
            "service_name",
            "description",
            "metadata",
            "type",
            "keywords",
            "group",
        } <= set(services[0])
        definition = city.get_service_definition("street_light")
        assert definition["service_code"] == "street_light"
        assert definition["attributes"]
        numbers = [row["service_request_id"] for row in city.get_service_requests()]
        assert numbers == [second, first]
        chosen = city.get_service_requests(service_request_id=f"{first},{second}", status="closed")
        assert len(chosen) == 2
        one = city.get_service_request(first)
        assert (one["service_request_id"], one["status"], one["service_code"]) == (
            first,
            "open",
            "street_light",
        )

    await asyncio.to_thread(look)


async def test_three_discovers_files_and_follows_a_request(client: Client) -> None:
    def use() -> None:
        city = three()(client.url, api_key=client.key, jurisdiction="mashhad.ir")
        found = city.discovery()
        assert found["endpoints"][0]["formats"] == ["text/xml", "application/json"]
        assert "street_light" in {service["service_code"] for service in city.services()}
        assert city.services("street_light")["service_code"] == "street_light"
        filed = city.post(
            "street_light", description="لامپ سوخته", lat="36.31", long="59.52", name="Shirin Rad"
        )
        number = filed[0]["service_request_id"]
        assert city.token(number)[0]["service_request_id"] == number
        assert city.request(number)[0]["status"] == "open"
        assert [row["service_request_id"] for row in city.requests("street_light", count=5)] == [number]

    await asyncio.to_thread(use)
