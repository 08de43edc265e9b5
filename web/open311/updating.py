"""POST /servicerequestupdates, mySociety's: what a client adds to a request that its key has filed.

It is kept as an addition and goes the way of one from the chat. No word of a client moves the state, but for REOPEN
where the lifecycle lets a citizen open it again.
"""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from casework.additions import NewAddition, add
from casework.lifecycle import TransitionRefused
from casework.requests import change_status, held
from casework.tables import Addition, ApiKey, ServiceRequest
from casework.tasks import open_task
from web.open311.errors import Refused, format_of
from web.open311.filing import again_where_two_were_first, from_client, words_of
from web.open311.formats import Items, answer
from web.open311.parameters import Parameters
from web.open311.reading import filed_by
from web.open311.server import Server

REOPEN = "REOPEN"
STATES = (
    "OPEN",
    "CLOSED",
    "FIXED",
    "IN_PROGRESS",
    "ACTION_SCHEDULED",
    "INVESTIGATING",
    "DUPLICATE",
    "NOT_COUNCILS_RESPONSIBILITY",
    "NO_FURTHER_ACTION",
    "INTERNAL_REFERRAL",
    "FOR_TRIAGE",
    "CANCELLED",
    REOPEN,
)
"""What FixMyStreet and open311-adapter know."""
_IDENTIFIER = re.compile(r"[!-~]{1,100}")
_SHOWN = 500


async def post(server: Server, request: Request) -> Response:
    """Answers with our id of the update; the same `update_id` of the same client gets the same again."""
    given, key = await from_client(server, request)
    new, reopens = _read(server, key, given)
    number = given.get("service_request_id")

    async def work() -> int:
        async with server.store.write() as session:
            row = await _own_request(session, key, number or "")
            return (await _put(session, server, key, row, new, reopens)).id

    one = {"update_id": f"a{await again_where_two_were_first(work)}"}
    body = Items("service_request_updates", "request_update", [one])
    return answer(format_of(request), "service_request_updates", body)


def _read(server: Server, key: ApiKey, given: Parameters) -> tuple[NewAddition, bool]:
    """Raises Refused (400) with all that is wrong."""
    # Bromley's server has the name with _ext, and FixMyStreet sends that to it.
    update_id = given.get("update_id") or given.get("update_id_ext") or ""
    status = (given.get("status") or "").upper()
    reasons = [
        f"{name} is required"
        for name, value in (
            ("service_request_id", given.get("service_request_id")),
            ("update_id", update_id),
            ("updated_datetime", given.get("updated_datetime")),
            ("status", status),
            ("description", given.get("description") or given.get("media_url")),
        )
        if not value
    ]
    if update_id and not _IDENTIFIER.fullmatch(update_id):
        reasons.append("update_id has at most 100 visible ASCII characters")
    if status and status not in STATES:
        reasons.append(f"status must be one of {', '.join(STATES)}")
    if reasons:
        raise Refused(400, *reasons)
    words = words_of(server, given, given.get("description") or "")
    said_at = given.moment("updated_datetime")
    return NewAddition(f"{key.id}:{update_id}", words, said_at=said_at), status == REOPEN


async def _own_request(session: AsyncSession, key: ApiKey, number: str) -> ServiceRequest:
    """Locked. Raises Refused (404 or 403)."""
    row: ServiceRequest | None = await session.scalar(
        select(ServiceRequest).where(ServiceRequest.tracking_number == number)
    )
    if row is None:
        raise Refused(404, "service_request_id was not found")
    if (
        await session.scalar(select(ServiceRequest.id).where(ServiceRequest.id == row.id, filed_by(key)))
        is None
    ):
        raise Refused(403, "this api_key has not filed this service_request_id")
    await held(session, row)
    return row


async def _put(
    session: AsyncSession,
    server: Server,
    key: ApiKey,
    row: ServiceRequest,
    new: NewAddition,
    reopens: bool,
) -> Addition:
    known = await session.scalar(select(Addition).where(Addition.key == new.key))
    if known is not None:
        return known
    opened = reopens and await _opened_again(session, server, row)
    addition, told = await add(
        session,
        row,
        NewAddition(new.key, new.words, reopens=opened, said_at=new.said_at),
        server.routing.takes_additions,
    )
    if not told:
        words = new.words[:_SHOWN]
        reason = server.about.addition.format(client=key.name, number=row.tracking_number, words=words)
        await open_task(
            session,
            kind="reopened" if opened else "note",
            dedupe_key=f"addition:{addition.id}",
            reason=reason,
            service_request_id=row.id,
        )
    return addition


async def _opened_again(session: AsyncSession, server: Server, row: ServiceRequest) -> bool:
    try:
        return await change_status(session, server.lifecycle, row, "reopened", "citizen", tell=False)
    except TransitionRefused:
        return False
