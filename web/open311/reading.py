"""GET /requests, one or many; /tokens; /servicerequestupdates.

By number alone one sees service, state, dates and agency. Words and places are shown once a person has reviewed them
(visibility `published`), and to the client whose key filed the request. What may never be public stands in no list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true
from starlette.requests import Request
from starlette.responses import Response

from casework.addresses import for_a_crew
from casework.requests import note_of
from casework.tables import ApiKey, Conversation, Person, ServiceRequest, StatusChange, utc_now
from web.open311.errors import Refused, format_of
from web.open311.filing import CHANNEL
from web.open311.formats import Items, answer, when
from web.open311.parameters import MOST_RESULTS, Parameters, of_query
from web.open311.server import Server

PUBLISHED = "published"
_HIDDEN = "never"


async def many(server: Server, request: Request) -> Response:
    """Newest first. `service_request_id` overrides all other filters, as the spec says."""
    await server.count_read(request)
    given = of_query(request)
    server.check_jurisdiction(given)
    offset, limit = given.page()
    async with server.store.read() as session:
        key = await server.reader(session, given)
        asked = select(ServiceRequest).where(_may_be_listed(key), *_filters(server, given))
        order = (ServiceRequest.created_at.desc(), ServiceRequest.id.desc())
        rows = (await session.scalars(asked.order_by(*order).offset(offset).limit(limit))).all()
        listed = await _described(server, session, rows, key, given)
    return answer(format_of(request), "service_requests", Items("service_requests", "request", listed))


async def one(server: Server, request: Request) -> Response:
    """A list of one, also in JSON. Raises Refused (404)."""
    await server.count_read(request)
    given = of_query(request)
    server.check_jurisdiction(given)
    async with server.store.read() as session:
        key = await server.reader(session, given)
        row = await session.scalar(
            select(ServiceRequest).where(ServiceRequest.tracking_number == request.path_params["number"])
        )
        if row is None:
            raise Refused(404, "service_request_id was not found")
        listed = await _described(server, session, [row], key, given)
    return answer(format_of(request), "service_requests", Items("service_requests", "request", listed))


async def token(server: Server, request: Request) -> Response:
    """We answer at once with a number and give no tokens; the number itself is understood as one."""
    await server.count_read(request)
    server.check_jurisdiction(of_query(request))
    number = request.path_params["token"]
    async with server.store.read() as session:
        known = await session.scalar(
            select(ServiceRequest.id).where(ServiceRequest.tracking_number == number)
        )
    if known is None:
        raise Refused(404, "token was not found")
    found = {"service_request_id": number, "token": number}
    return answer(format_of(request), "service_requests", Items("service_requests", "request", [found]))


async def updates(server: Server, request: Request) -> Response:
    """mySociety's feed of what happened to requests, oldest first; `start_date` and `end_date` as for requests."""
    await server.count_read(request)
    given = of_query(request)
    server.check_jurisdiction(given)
    start, end = given.span(utc_now())
    offset, limit = given.page()
    async with server.store.read() as session:
        key = await server.reader(session, given)
        asked = (
            select(StatusChange, ServiceRequest)
            .join(ServiceRequest, ServiceRequest.id == StatusChange.service_request_id)
            .where(_may_be_listed(key), StatusChange.at >= start, StatusChange.at <= end)
            .order_by(StatusChange.at, StatusChange.id)
        )
        wanted = given.listed("service_request_id")
        if wanted:
            asked = asked.where(ServiceRequest.tracking_number.in_(wanted[:MOST_RESULTS]))
        rows = (await session.execute(asked.offset(offset).limit(limit))).all()
        owned = await _owned(session, key, [row for _, row in rows])
    listed = [_update(server, change, row, _shows(row, owned)) for change, row in rows]
    body = Items("service_request_updates", "request_update", listed)
    return answer(format_of(request), "service_request_updates", body)


def _filters(server: Server, given: Parameters) -> list[ColumnElement[bool]]:
    numbers = given.listed("service_request_id")
    if numbers:
        return [ServiceRequest.tracking_number.in_(numbers[:MOST_RESULTS])]
    start, end = given.span(utc_now())
    filters: list[ColumnElement[bool]] = [
        ServiceRequest.created_at >= start,
        ServiceRequest.created_at <= end,
    ]
    codes = given.listed("service_code")
    if codes:
        filters.append(ServiceRequest.service_code.in_(codes))
    states = [state.lower() for state in given.listed("status")]
    if states:
        if not set(states) <= {"open", "closed"}:
            raise Refused(400, "status is open or closed")
        wanted = [code for code, state in server.lifecycle.states.items() if state.open311 in states]
        filters.append(ServiceRequest.status.in_(wanted))
    after = given.moment("updated_after")
    if after is not None:
        filters.append(ServiceRequest.updated_at > after)
    return filters


def filed_by(key: ApiKey) -> ColumnElement[bool]:
    of_key = (
        select(Conversation.id)
        .join(Person, Person.id == Conversation.person_id)
        .where(Person.channel == CHANNEL, Person.sender_id == str(key.id))
    )
    return ServiceRequest.conversation_id.in_(of_key)


def _may_be_listed(key: ApiKey | None) -> ColumnElement[bool]:
    public = ServiceRequest.visibility != _HIDDEN
    return public if key is None else or_(public, filed_by(key))


async def _owned(session: Any, key: ApiKey | None, rows: Sequence[ServiceRequest]) -> set[int]:
    if key is None or not rows:
        return set()
    asked = select(ServiceRequest.id).where(filed_by(key), ServiceRequest.id.in_([row.id for row in rows]))
    return set((await session.scalars(asked)).all())


def _shows(row: ServiceRequest, owned: set[int]) -> bool:
    return row.visibility == PUBLISHED or row.id in owned


async def _described(
    server: Server, session: Any, rows: Sequence[ServiceRequest], key: ApiKey | None, given: Parameters
) -> list[dict[str, Any]]:
    owned = await _owned(session, key, rows)
    listed = [_request(server, row, _shows(row, owned)) for row in rows]
    if given.get("extensions") == "true" and rows:
        changes: dict[int, list[StatusChange]] = {}
        asked = select(StatusChange).where(StatusChange.service_request_id.in_([row.id for row in rows]))
        for change in await session.scalars(asked.where(true()).order_by(StatusChange.id)):
            changes.setdefault(change.service_request_id, []).append(change)
        for row, described in zip(rows, listed, strict=True):
            described |= _extensions(server, row, changes.get(row.id, []), _shows(row, owned))
    return listed


def _request(server: Server, row: ServiceRequest, shows: bool) -> dict[str, Any]:
    service = server.catalogue.services.get(row.service_code)
    state = server.lifecycle.states[row.status]
    place = row.place if shows else {}
    return {
        "service_request_id": row.tracking_number,
        "status": state.open311,
        "status_notes": (note_of(row) if shows else None) or state.label,
        "service_name": service.name if service else row.service_code,
        "service_code": row.service_code,
        "description": row.description if shows else None,
        "agency_responsible": row.agency,
        "service_notice": None,
        "requested_datetime": when(row.created_at),
        "updated_datetime": when(row.updated_at),
        "expected_datetime": when(row.expected_at),
        "address": for_a_crew(place),
        "address_id": None,
        "zipcode": None,
        "lat": place.get("lat"),
        "long": place.get("lon"),
        "media_url": None,
    }


def _extensions(
    server: Server, row: ServiceRequest, changes: Sequence[StatusChange], shows: bool
) -> dict[str, Any]:
    attributes = [{"code": code, "value": value} for code, value in row.attributes.items()] if shows else []
    notes = [
        {
            "datetime": when(change.at),
            "type": change.to_status,
            "description": (change.notes if shows else None)
            or server.lifecycle.states[change.to_status].label,
        }
        for change in changes
    ]
    return {
        "district": row.district if shows else None,
        "attributes": Items("attributes", "attribute", attributes),
        "notes": Items("notes", "note", notes),
    }


def _update(server: Server, change: StatusChange, row: ServiceRequest, shows: bool) -> dict[str, Any]:
    label = server.lifecycle.states[change.to_status].label
    return {
        "update_id": str(change.id),
        "service_request_id": row.tracking_number,
        "status": server.about.extended_statuses[change.to_status],
        "updated_datetime": when(change.at),
        "description": (change.notes if shows else None) or label,
        "media_url": None,
        "external_status_code": change.to_status,
    }
