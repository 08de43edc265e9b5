"""What an operator must know of a request to file it by hand or to answer for it: one sheet on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.additions import additions_of
from casework.catalogue import Service
from casework.dates import TEHRAN
from casework.requests import by_tracking_number
from casework.tables import Attachment, Delivery, ServiceRequest
from casework.tasks import audit
from integrations.outgoing import outgoing
from persian import tracking

Row = tuple[str, str]


def in_the_city(moment: datetime) -> str:
    """Date and time by the city's clock."""
    return f"{moment.astimezone(TEHRAN):%Y-%m-%d %H:%M}"


async def sheet(session: AsyncSession, number: str, services: Mapping[str, Service]) -> list[Row] | None:
    """Names and values, in the order in which they are read; None where there is no such request. Who looks is kept in
    the audit."""
    request = await by_tracking_number(session, number)
    if request is None:
        return None
    audit(session, "operator", "looked_at", f"request:{request.id}")
    return [*_matter(request, services), *await _files(session, request), *await _ways(session, request)]


def _matter(request: ServiceRequest, services: Mapping[str, Service]) -> list[Row]:
    asked = outgoing("", request, services)
    point = f"{asked.lat}, {asked.lon}" if asked.lat is not None and asked.lon is not None else "–"
    return [
        ("tracking number", tracking.show(request.tracking_number)),
        ("status", f"{request.status} since {in_the_city(request.updated_at)}"),
        ("filed", in_the_city(request.created_at)),
        ("service", f"{asked.service_name} ({request.service_code})"),
        ("agency", f"{request.agency} ({request.system})"),
        ("district", request.district),
        ("place", asked.address or "–"),
        ("point", point),
        ("words", request.description),
        *asked.answers,
    ]


async def _files(session: AsyncSession, request: ServiceRequest) -> list[Row]:
    asked = select(Attachment).where(Attachment.service_request_id == request.id).order_by(Attachment.id)
    said = [(f"said {in_the_city(one.said_at)}", one.words) for one in await additions_of(session, request)]
    files = [(one.kind, one.path or one.state) for one in await session.scalars(asked)]
    return [*said, *files]


async def _ways(session: AsyncSession, request: ServiceRequest) -> list[Row]:
    """Into which systems it went, and how far it got."""
    asked = select(Delivery).where(Delivery.service_request_id == request.id).order_by(Delivery.id)
    rows = []
    for way in await session.scalars(asked):
        known = f", number {way.external_id}" if way.external_id else ""
        doubt = ", may have arrived" if way.ambiguous else ""
        trouble = f", {way.last_error}" if way.last_error else ""
        what = "to" if way.addition_id is None else "said later, to"
        rows.append((f"{what} {way.system}", f"{way.state}{known}{doubt}{trouble}"))
    return rows
