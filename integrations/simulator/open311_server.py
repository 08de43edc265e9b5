"""Open311 GeoReport v2 as the simulated systems speak it: requests, tokens, services, in JSON and XML."""

from __future__ import annotations

import re
from typing import Any

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import Response

from integrations.simulator.city import SimulatedCity, SimulatedRequest
from integrations.simulator.faults import Fault
from integrations.simulator.open311_answers import MOST_ROWS, answer, error
from integrations.simulator.open311_updates import take_update, update_feed
from integrations.system import System

_ATTRIBUTE = re.compile(r"attribute\[([^\]]+)\](\[\])?")
BATCH_SECONDS = 1.0


async def serve_open311(
    city: SimulatedCity, system: System, request: Request, path: str, fault: Fault | None
) -> Response:
    """Answer one call below `/<system>/`."""
    place, _, form = path.rpartition(".")
    if form not in ("json", "xml"):
        return error("xml", 404, "not found")
    if place == "requests" and request.method == "POST":
        return _file(city, system, request, await request.form(), form, fault)
    if place == "servicerequestupdates" and request.method == "POST":
        return take_update(city, system, await request.form(), form, fault)
    if request.method != "GET":
        return error(form, 404, "not found")
    if place == "services":
        return answer(form, "services", _services(system))
    if place == "requests":
        return answer(form, "service_requests", _listed(city, system, request.query_params))
    if place == "servicerequestupdates":
        return answer(form, "service_request_updates", update_feed(city, system, request.query_params))
    if place.startswith("requests/"):
        return _one(city, system, place.removeprefix("requests/"), form, fault)
    if place.startswith("tokens/"):
        return _token(city, system, place.removeprefix("tokens/"), form)
    return error(form, 404, "not found")


def _file(
    city: SimulatedCity, system: System, request: Request, sent: FormData, form: str, fault: Fault | None
) -> Response:
    fields = {name: value for name, value in sent.multi_items() if isinstance(value, str)}
    if system.credentials.kind == "api_key" and fields.get("api_key") != system.credentials.secret:
        return error(form, 403, "api_key missing or invalid")
    if not fields.get("service_code"):
        return error(form, 400, "service_code was not provided")
    if not (fields.get("lat") and fields.get("long")) and not fields.get("address_string"):
        # The standard asks for a place; the simulated systems take services without one as well.
        fields.setdefault("address_string", "")
    attributes, kind = _attributes(sent), system.protocol.get("type", "realtime")
    batch = fault.seconds if fault and fault.kind == "batch" else BATCH_SECONDS if kind == "batch" else None
    key = attributes.get(system.idempotency.name or "") if system.idempotency.kind == "attribute" else None
    if system.idempotency.kind == "header":
        key = request.headers.get(system.idempotency.name or "")
    stored, _ = city.file(
        system.name,
        service_code=fields["service_code"],
        description=fields.get("description", ""),
        key=key if isinstance(key, str) else None,
        token_seconds=batch,
        address=fields.get("address_string") or None,
        lat=_number(fields.get("lat")),
        lon=_number(fields.get("long")),
        attributes=attributes,
        media_urls=[url for url in sent.getlist("media_url") if isinstance(url, str) and url],
    )
    if fault and fault.kind == "wrong_id":
        return answer(form, "service_requests", [{"service_request_id": "", "service_notice": ""}])
    if stored.token:
        return answer(form, "service_requests", [{"token": stored.token}])
    if kind == "blackbox":
        return answer(form, "service_requests", [{"service_notice": "received"}])
    return answer(form, "service_requests", [{"service_request_id": stored.number}])


def _attributes(sent: FormData) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in sent.multi_items():
        named = _ATTRIBUTE.fullmatch(name)
        if named and isinstance(value, str):
            if named[2]:
                found.setdefault(named[1], []).append(value)
            else:
                found[named[1]] = value
    return found


def _listed(city: SimulatedCity, system: System, asked: QueryParams) -> list[dict[str, Any]]:
    ids = asked.get("service_request_id")
    if ids:
        wanted = set(ids.split(","))
        rows = [row for row in city.of(system.name) if row.number in wanted]
    else:
        rows = city.changed_since(system.name, asked.get("updated_after") or "")
        if asked.get("service_code"):
            rows = [row for row in rows if row.service_code in asked["service_code"].split(",")]
        if asked.get("start_date"):
            rows = [row for row in rows if row.requested_at >= asked["start_date"].removesuffix("Z")]
        if asked.get("status"):
            rows = [row for row in rows if _open_or_closed(city, row) in asked["status"].split(",")]
    if system.protocol.get("type") == "blackbox":
        return []
    return [_shown(city, row) for row in rows[:MOST_ROWS] if row.number_known()]


def _one(city: SimulatedCity, system: System, number: str, form: str, fault: Fault | None) -> Response:
    try:
        shown = _shown(city, city.one(system.name, number))
    except KeyError:
        return error(form, 404, "service_request_id was not found")
    if fault and fault.kind == "wrong_id":
        shown["service_request_id"] = "SM-1"
    return answer(form, "service_requests", [shown])


def _token(city: SimulatedCity, system: System, token: str, form: str) -> Response:
    stored = city.by_token(system.name, token)
    if stored is None:
        return error(form, 404, "token was not found")
    row = {"token": token, "service_request_id": stored.number if stored.number_known() else None}
    return answer(form, "service_requests", [row])


def _services(system: System) -> list[dict[str, Any]]:
    kind = system.protocol.get("type", "realtime")
    codes = [code for part in system.takes if part.services != "the_rest" for code in part.services]
    return [
        {"service_code": system.their_code(code), "service_name": code, "metadata": False, "type": kind}
        for code in sorted(set(codes))
    ]


def _shown(city: SimulatedCity, row: SimulatedRequest) -> dict[str, Any]:
    return {
        "service_request_id": row.number,
        "status": _open_or_closed(city, row),
        "status_notes": row.notes,
        "service_code": row.service_code,
        "description": row.description,
        "agency_responsible": row.agency,
        "requested_datetime": _seconds(row.requested_at),
        "updated_datetime": row.updated_at,
        "address": row.address,
        "lat": row.lat,
        "long": row.lon,
        "attributes": [{"code": code, "value": value} for code, value in row.attributes.items()],
        "extended_attributes": {"status": row.status},
    }


def _open_or_closed(city: SimulatedCity, row: SimulatedRequest) -> str:
    return "closed" if city.is_closed(row) else "open"


def _seconds(moment: str) -> str:
    return moment[:19] + "Z"


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
