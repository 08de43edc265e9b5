"""Discovery, the list of services and their definitions."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from casework.catalogue import Attribute, Service
from web.open311.errors import Refused, format_of
from web.open311.formats import Items, answer
from web.open311.parameters import of_query
from web.open311.server import Server

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"


async def discovery(server: Server, request: Request) -> Response:
    about = server.about
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{server.public_url}/open311/v2",
        "changeset": about.changeset,
        "type": "test" if server.test else "production",
        "formats": Items("formats", "format", ["text/xml", "application/json"]),
    }
    body = {
        "changeset": about.changeset,
        "contact": about.contact,
        "key_service": about.key_service,
        "endpoints": Items("endpoints", "endpoint", [endpoint]),
    }
    return answer(format_of(request), "discovery", body)


async def services(server: Server, request: Request) -> Response:
    await server.count_read(request)
    server.check_jurisdiction(of_query(request))
    listed = [_service(server, service) for service in server.catalogue.fileable]
    return answer(format_of(request), "services", Items("services", "service", listed))


async def definition(server: Server, request: Request) -> Response:
    await server.count_read(request)
    server.check_jurisdiction(of_query(request))
    service = service_of(server, request.path_params["code"])
    body = {
        "service_code": service.code,
        "attributes": Items("attributes", "attribute", [_attribute(a) for a in service.attributes]),
    }
    return answer(format_of(request), "service_definition", body)


def service_of(server: Server, code: str) -> Service:
    """A service that can be filed. Raises Refused (404)."""
    found = server.catalogue.services.get(code)
    if found is None or not found.ours:
        raise Refused(404, f"service_code {code[:60]} was not found")
    return found


def _service(server: Server, service: Service) -> dict[str, Any]:
    return {
        "service_code": service.code,
        "service_name": service.name,
        "description": service.description,
        "metadata": bool(service.attributes),
        "type": "realtime",
        "keywords": ",".join(service.keywords),
        "group": server.catalogue.groups[service.group].name,
    }


def _attribute(attribute: Attribute) -> dict[str, Any]:
    described: dict[str, Any] = {
        "variable": attribute.variable,
        "code": attribute.code,
        "datatype": attribute.datatype,
        "required": attribute.required,
        "datatype_description": None,
        "order": attribute.order,
        "description": attribute.description,
    }
    if attribute.values:
        values = [{"key": value.key, "name": value.name} for value in attribute.values]
        described["values"] = Items("values", "value", values)
    return described
