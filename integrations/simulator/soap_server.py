"""The SOAP services of the simulated systems, played from the same WSDL, templates and pointers the driver reads."""

from __future__ import annotations

from typing import Any

import defusedxml.ElementTree  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]
from starlette.requests import Request
from starlette.responses import Response

from integrations.drivers.soap import binding, tree
from integrations.drivers.templates import at, fields_in, put
from integrations.simulator.city import SimulatedCity
from integrations.simulator.faults import Fault, Purpose
from integrations.simulator.rest_json_server import knows, shown, wanted
from integrations.system import System

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_PARTS = ("submit", "look_up", "token", "status")


async def serve_soap(
    city: SimulatedCity, system: System, request: Request, path: str, fault: Fault | None
) -> Response:
    """Answer one message. `path` is empty: there is one address."""
    if not knows(system, request):
        return _refused("Client.Authentication")
    try:
        root = defusedxml.ElementTree.fromstring(await request.body(), forbid_dtd=True)
        content = root.find(f"{{{_ENVELOPE}}}Body")[0]
    except (etree.LxmlError, SyntaxError, TypeError, IndexError):
        return _refused("Client")
    name = content.tag.rpartition("}")[2]
    part = next((one for one in _PARTS if _input_of(system, one) == name), None)
    if part is None:
        return _refused("Client")
    sent = tree(content) or {}
    asked = {field: at(sent, pointer) for field, pointer in fields_in(system.protocol[part]["body"])}
    if part == "submit":
        return _filed(city, system, request, sent, asked, fault)
    return _read(city, system, part, {name: str(value or "") for name, value in asked.items()}, fault)


async def purpose_of(system: System, request: Request) -> Purpose:
    """What a call is for: SOAP posts also what it only asks."""
    name = _input_of(system, "submit") or ""
    return "submit" if name.encode() in await request.body() else "read"


def _input_of(system: System, part: str) -> str | None:
    if part not in system.protocol:
        return None
    operation = binding(system.protocol["wsdl"]).get(system.protocol[part]["operation"])
    return str(operation.input.body.qname.localname)


def _filed(
    city: SimulatedCity,
    system: System,
    request: Request,
    sent: dict[str, Any],
    asked: dict[str, Any],
    fault: Fault | None,
) -> Response:
    if not asked.get("service_code"):
        return _refused("Client.UnknownService")
    known = system.idempotency
    key = request.headers.get(known.name or "") if known.kind == "header" else sent.get(known.name or "")
    urls = asked.get("media_urls") or []
    stored, _ = city.file(
        system.name,
        service_code=str(asked["service_code"]),
        description=str(asked.get("description") or ""),
        key=key or asked.get("key"),
        address=asked.get("address"),
        lat=float(asked["lat"]) if asked.get("lat") else None,
        lon=float(asked["lon"]) if asked.get("lon") else None,
        attributes=_attributes(asked.get("attributes")),
        media_urls=urls if isinstance(urls, list) else [urls],
    )
    answer: dict[str, Any] = {}
    if not (fault and fault.kind == "wrong_id"):
        put(answer, system.protocol["submit"]["id"], stored.number)
    return _answer(system, "submit", answer)


def _read(
    city: SimulatedCity, system: System, part: str, asked: dict[str, str], fault: Fault | None
) -> Response:
    stored = wanted(city, system, part, asked)
    if stored is None:
        return _refused(f"Client.{system.protocol.get('not_found', 'NotFound')}")
    if part != "status":
        answer: dict[str, Any] = {}
        put(answer, system.protocol[part]["id"], stored.number)
        return _answer(system, part, answer)
    document = shown(system, stored)
    if fault and fault.kind == "wrong_id":
        put(document, system.protocol["status"]["id"], "SM-1")
    return _answer(system, part, document)


def _answer(system: System, part: str, document: dict[str, Any]) -> Response:
    operation = binding(system.protocol["wsdl"]).get(system.protocol[part]["operation"])
    element = operation.output.body
    root = etree.Element(f"{{{_ENVELOPE}}}Envelope", nsmap={"soap": _ENVELOPE})
    body = etree.SubElement(root, f"{{{_ENVELOPE}}}Body")
    element.render(body, element(**document))
    return Response(etree.tostring(root, encoding="utf-8", xml_declaration=True), media_type="text/xml")


def _refused(code: str) -> Response:
    root = etree.Element(f"{{{_ENVELOPE}}}Envelope", nsmap={"soap": _ENVELOPE})
    fault = etree.SubElement(etree.SubElement(root, f"{{{_ENVELOPE}}}Body"), f"{{{_ENVELOPE}}}Fault")
    etree.SubElement(fault, "faultcode").text = f"soap:{code}"
    etree.SubElement(fault, "faultstring").text = "refused"
    return Response(etree.tostring(root, encoding="utf-8"), 500, media_type="text/xml")


def _attributes(text: Any) -> dict[str, Any]:
    """Back from the lines that the driver makes of them."""
    found: dict[str, Any] = {}
    for line in str(text or "").splitlines():
        name, _, value = line.partition(": ")
        found[name] = value.split("، ") if "، " in value else value
    return found
