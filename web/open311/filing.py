"""POST /requests: the same filing as in the chat, for clients with a key."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from casework.catalogue import Attribute, Service
from casework.conversations import conversation_of
from casework.requests import NewRequest, file_request
from casework.tables import ApiKey, ServiceRequest
from persian import tracking
from persian.locations import find_locations
from web.open311.catalogue import service_of
from web.open311.errors import Refused, format_of
from web.open311.formats import Items, answer
from web.open311.parameters import Parameters, of_body
from web.open311.server import Server

Row = TypeVar("Row")
CHANNEL = "open311"
LONGEST_DESCRIPTION = 4000
MOST_PHOTOS = 10
_LONGEST = 500
_ATTEMPTS = 5


async def file(server: Server, request: Request) -> Response:
    given, key = await from_client(server, request)
    code = given.get("service_code")
    if code is None:
        raise Refused(400, "service_code was not provided")
    service = service_of(server, code)
    if key.services is not None and service.code not in key.services:
        raise Refused(403, f"this api_key may not file {service.code}")
    place, district = _place(server, service, given)
    draft = _draft(key, request.headers.get("idempotency-key"))
    new = NewRequest(
        tracking_number=tracking.new(),
        draft_id=draft,
        service=service,
        route=server.routing.route(service.code, district),
        description=words_of(server, given, given.get("description") or service.name),
        district=district,
        place=place,
        attributes=_attributes(service, given.attributes()),
    )

    async def work() -> ServiceRequest:
        async with server.store.write() as session:
            return await _file(session, key, draft, new)

    filed = await again_where_two_were_first(work)
    notice = server.about.notice(service.sla_hours) if service.sla_hours else None
    one = {"service_request_id": filed.tracking_number, "service_notice": notice, "account_id": None}
    return answer(format_of(request), "service_requests", Items("service_requests", "request", [one]))


async def from_client(server: Server, request: Request) -> tuple[Parameters, ApiKey]:
    """What a client with a key has posted, and whose key it is. Raises Refused."""
    given = await of_body(request)
    async with server.store.read() as session:
        key = await server.client(session, request, given)
    await server.count("file", str(key.id), key.per_minute)
    server.check_jurisdiction(given)
    return given, key


async def again_where_two_were_first(work: Callable[[], Awaitable[Row]]) -> Row:
    """A client's calls come at once: where another has put down the same row meanwhile, it is found the next time."""
    for _ in range(_ATTEMPTS - 1):
        with suppress(IntegrityError):
            return await work()
    return await work()


async def _file(session: AsyncSession, key: ApiKey, draft: str, new: NewRequest) -> ServiceRequest:
    """A conversation for each request, so that two filings of one client never wait for each other."""
    while await session.scalar(
        select(ServiceRequest.id).where(ServiceRequest.tracking_number == new.tracking_number)
    ):
        new = NewRequest(**{**vars(new), "tracking_number": tracking.new()})
    conversation = await conversation_of(
        session, channel=CHANNEL, chat_id=draft, chat_kind="api", sender_id=str(key.id), name=key.name
    )
    return await file_request(session, conversation, new)


def _draft(key: ApiKey, given: str | None) -> str:
    """The same for the same `Idempotency-Key` of the same client, else a new one each time."""
    if not given:
        return secrets.token_hex(16)
    return hashlib.sha256(f"{key.id}:{given}".encode()).hexdigest()[:32]


def words_of(server: Server, given: Parameters, text: str) -> str:
    """The words with the addresses of the photos below them. Raises Refused (400)."""
    if len(text) > LONGEST_DESCRIPTION:
        raise Refused(400, f"description has at most {LONGEST_DESCRIPTION} characters")
    photos = given.all("media_url")
    if len(photos) > MOST_PHOTOS:
        raise Refused(400, f"media_url may be given {MOST_PHOTOS} times at most")
    for url in photos:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > _LONGEST:
            raise Refused(400, "media_url is no address of the web")
    # Fetching from an undeclared host is not done (docs/open311.md); the agency finds the address in the words.
    return "\n".join([text, *(server.about.photo.format(url=url) for url in photos)]).strip()


def _place(server: Server, service: Service, given: Parameters) -> tuple[dict[str, Any], str]:
    """The place and its district: of the point where one is given, else of what the address names."""
    lat, lon = given.number("lat", -90, 90), given.number("long", -180, 180)
    if (lat is None) != (lon is None):
        raise Refused(400, "lat and long go together")
    address = (given.get("address_string") or "")[:_LONGEST]
    if lat is None and not address:
        if given.get("address_id"):
            raise Refused(400, "address_id is not known here: give lat and long, or address_string")
        if service.place == "required":
            raise Refused(400, "a location is required: lat and long, or address_string")
        return {}, "unknown"
    place: dict[str, Any] = {"text": address} if address else {}
    named = find_locations(address, server.gazetteer) if address else []
    if named:
        place |= {"name": named[0]["name"], "kind": named[0]["kind"]}
    districts = {found["district"] for found in named if found["district"]}
    district = next(iter(districts)) if len(districts) == 1 else "unknown"
    if lat is not None and lon is not None:
        nearest = server.gazetteer.nearest(lat, lon)
        place |= {"lat": lat, "lon": lon}
        place.setdefault("name", nearest.neighbourhood or address)
        district = nearest.district
    return place, district


def _attributes(service: Service, given: Mapping[str, list[str]]) -> dict[str, Any]:
    known = {attribute.code: attribute for attribute in service.attributes if attribute.variable}
    reasons = [f"attribute[{code[:60]}] is not one of {service.code}" for code in given if code not in known]
    missing = [a.code for a in known.values() if a.required and a.code not in given]
    reasons += [f"attribute[{code}] is required" for code in missing]
    read: dict[str, Any] = {}
    for code, attribute in known.items():
        if code in given:
            try:
                read[code] = _value(attribute, given[code])
            except Refused as refused:
                reasons += refused.reasons
    if reasons:
        raise Refused(400, *reasons)
    return read


def _value(attribute: Attribute, given: list[str]) -> Any:
    if attribute.datatype == "multivaluelist":
        return [_key(attribute, value) for value in given]
    if len(given) > 1:
        raise Refused(400, f"attribute[{attribute.code}] takes one value")
    if attribute.datatype == "singlevaluelist":
        return _key(attribute, given[0])
    parameters = Parameters.of([(attribute.code, given[0])])
    if attribute.datatype == "number":
        number = parameters.number(attribute.code, -math.inf, math.inf)
        if number is None or not math.isfinite(number):
            raise Refused(400, f"attribute[{attribute.code}] is no number")
    elif attribute.datatype == "datetime":
        parameters.moment(attribute.code)
    return given[0][:LONGEST_DESCRIPTION]


def _key(attribute: Attribute, value: str) -> str:
    keys = [one.key for one in attribute.values]
    if value not in keys:
        raise Refused(400, f"attribute[{attribute.code}] must be one of {', '.join(keys)}")
    return value
