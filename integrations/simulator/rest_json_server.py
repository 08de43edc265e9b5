"""The JSON services of the simulated systems, played from the same paths, templates and pointers the driver
reads."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from integrations.drivers.templates import PLACEHOLDER, at, fields_in, put
from integrations.simulator.city import SimulatedCity, SimulatedRequest
from integrations.simulator.faults import Fault
from integrations.simulator.open311_server import BATCH_SECONDS
from integrations.simulator.tokens import secret_of_basic, token_of
from integrations.system import System


async def serve_rest_json(
    city: SimulatedCity, system: System, request: Request, path: str, fault: Fault | None
) -> Response:
    """Answer one call below `/<system>/`."""
    if not knows(system, request):
        return JSONResponse({"error": "unauthorised"}, 401)
    protocol = system.protocol
    submit = protocol["submit"]
    if request.method == submit.get("method", "POST") and "/" + path == submit["path"]:
        return _file(city, system, request, await request.body(), fault)
    if request.method != "GET":
        return JSONResponse({"error": "not found"}, 404)
    for name in ("look_up", "token", "status", "changes"):
        found = _matched(protocol[name]["path"], path, request) if name in protocol else None
        if found is not None:
            return _read(city, system, name, found, fault)
    return JSONResponse({"error": "not found"}, 404)


def knows(system: System, request: Request) -> bool:
    kind, secret = system.credentials.kind, system.credentials.secret
    if kind == "bearer":
        return request.headers.get("authorization") == f"Bearer {secret}"
    if kind == "oauth2":
        return request.headers.get("authorization") == f"Bearer {token_of(system)}"
    if kind == "header":
        return request.headers.get(system.credentials.header or "") == secret
    if kind == "basic":
        return secret_of_basic(request) == secret
    return True


def _file(
    city: SimulatedCity, system: System, request: Request, body: bytes, fault: Fault | None
) -> Response:
    try:
        sent = json.loads(body)
    except ValueError:
        return JSONResponse({"error": "not JSON"}, 400)
    submit = system.protocol["submit"]
    fields = {name: at(sent, pointer) for name, pointer in fields_in(submit["body"])}
    if not fields.get("service_code"):
        return JSONResponse({"error": "the service is missing"}, 422)
    batch = "token" in submit or (fault is not None and fault.kind == "batch")
    stored, fresh = city.file(
        system.name,
        service_code=str(fields["service_code"]),
        description=str(fields.get("description") or ""),
        key=_key(system, request, sent, fields),
        token_seconds=(fault.seconds if fault and fault.kind == "batch" else BATCH_SECONDS)
        if batch
        else None,
        address=fields.get("address"),
        lat=fields.get("lat"),
        lon=fields.get("lon"),
        attributes=fields.get("attributes") or {},
        media_urls=fields.get("media_urls") or [],
    )
    answer: dict[str, Any] = {}
    if fault and fault.kind == "wrong_id":
        return JSONResponse({"data": {}})
    if stored.token and "token" in submit:
        put(answer, submit["token"], stored.token)
        return JSONResponse(answer, 202)
    duplicate = system.protocol.get("duplicate")
    if not fresh and duplicate:
        put(answer, duplicate["id"], stored.number)
        return JSONResponse(answer, duplicate["http"])
    put(answer, submit["id"], stored.number)
    return JSONResponse(answer, 201)


def _key(system: System, request: Request, sent: Any, fields: dict[str, Any]) -> str | None:
    kind, name = system.idempotency.kind, system.idempotency.name or ""
    if kind == "header":
        return request.headers.get(name) or fields.get("key")
    if kind == "attribute" and isinstance(sent, dict):
        return sent.get(name)
    return fields.get("key")


def _read(
    city: SimulatedCity, system: System, name: str, asked: dict[str, str], fault: Fault | None
) -> Response:
    part = system.protocol[name]
    if name == "changes":
        rows = [shown(system, row) for row in city.changed_since(system.name, asked.get("since", ""))]
        if part["list"] == "":
            return JSONResponse(rows)
        listed: dict[str, Any] = {}
        put(listed, part["list"], rows)
        return JSONResponse(listed)
    stored = wanted(city, system, name, asked)
    if stored is None:
        return JSONResponse({"error": "not found"}, 404)
    if name == "status":
        document = shown(system, stored)
        if fault and fault.kind == "wrong_id":
            put(document, part["id"], "SM-1")
        return JSONResponse(document)
    answer: dict[str, Any] = {}
    put(answer, part["id"], stored.number if stored.number_known() else None)
    return JSONResponse(answer)


def wanted(city: SimulatedCity, system: System, name: str, asked: dict[str, str]) -> SimulatedRequest | None:
    if name == "token":
        return city.by_token(system.name, asked.get("token", ""))
    if name == "look_up":
        if "key" in asked:
            return city.by_key(system.name, asked["key"])
        number = asked.get("tracking_number", "")
        return next((row for row in city.of(system.name) if row.key and number in row.key), None)
    try:
        return city.one(system.name, asked.get("id", ""))
    except KeyError:
        return None


def shown(system: System, row: SimulatedRequest) -> dict[str, Any]:
    part = system.protocol["status"]
    values = {
        "id": row.number,
        "status": row.status,
        "notes": row.notes,
        "updated_at": row.updated_at,
        "agency": row.agency,
        "photos": row.photos,
    }
    document: dict[str, Any] = {}
    for name, value in values.items():
        if name in part:
            put(document, part[name], value)
    return document


def _matched(template: str, path: str, request: Request) -> dict[str, str] | None:
    """The placeholders of a path template as this call fills them; None where it is another path."""
    parts = urlsplit(template)
    pattern = "".join(
        f"(?P<{piece[1:-1]}>[^/]+)" if PLACEHOLDER.fullmatch(piece) else re.escape(piece)
        for piece in re.split(r"(\{[a-z_]+\})", parts.path)
    )
    found = re.fullmatch(pattern, "/" + path)
    if found is None:
        return None
    asked = dict(found.groupdict())
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in request.query_params:
            return None
        if PLACEHOLDER.fullmatch(value):
            asked[value[1:-1]] = request.query_params[name]
    return asked
