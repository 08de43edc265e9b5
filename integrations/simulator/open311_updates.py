"""mySociety's `servicerequestupdates` of the simulated Open311 servers: the feed, and what is posted to a request."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData, QueryParams
from starlette.responses import Response

from integrations.drivers.timestamps import from_wire
from integrations.simulator.city import SimulatedCity
from integrations.simulator.faults import Fault
from integrations.simulator.open311_answers import MOST_ROWS, answer, error
from integrations.system import System

_REQUIRED = ("service_request_id", "update_id", "updated_datetime", "status", "description")
_IDENTIFIER = re.compile(r"\w+", re.ASCII)
_STATES = ("OPEN", "CLOSED", "FIXED", "IN_PROGRESS", "REOPEN")


def update_feed(city: SimulatedCity, system: System, asked: QueryParams) -> list[dict[str, Any]]:
    """Every step from `start_date` to `end_date` and all that was posted then, oldest first; so many that it is cut off
    as the standard says."""
    since, until = from_wire(asked.get("start_date") or ""), from_wire(asked.get("end_date") or "")
    rows = [
        {
            "update_id": f"{row.number}-{number}",
            "service_request_id": row.number,
            "status": "closed" if city.is_closed(row) else "open",
            "external_status_code": step["status"],
            "updated_datetime": step["at"],
            "description": step["notes"],
            "media_url": _one_or_several(step.get("photos")),
        }
        for row in city.of(system.name)
        for number, step in enumerate(row.history)
    ]
    rows += [
        {
            "update_id": one["update_id"],
            "service_request_id": row.number,
            "status": str(one["status"]).lower(),
            "updated_datetime": one["at"],
            "description": one["words"],
            "media_url": _one_or_several(one["media_urls"]),
        }
        for row in city.of(system.name)
        for one in row.additions
    ]
    within = [row for row in rows if _lies_within(from_wire(row["updated_datetime"]), since, until)]
    return sorted(within, key=lambda row: str(row["updated_datetime"]))[:MOST_ROWS]


def _lies_within(moment: datetime | None, since: datetime | None, until: datetime | None) -> bool:
    return moment is None or ((since is None or moment >= since) and (until is None or moment <= until))


def take_update(
    city: SimulatedCity, system: System, sent: FormData, form: str, fault: Fault | None
) -> Response:
    """As strict as open311-adapter is. Where the file says `feed` or `once`, a second copy counts."""
    fields = {name: value for name, value in sent.multi_items() if isinstance(value, str)}
    if system.credentials.kind == "api_key" and fields.get("api_key") != system.credentials.secret:
        return error(form, 403, "api_key missing or invalid")
    for name in _REQUIRED:
        if not fields.get(name):
            return error(form, 400, f"{name} was not provided")
    if not _IDENTIFIER.fullmatch(fields["update_id"]) or fields["status"] not in _STATES:
        return error(form, 400, "update_id or status is not acceptable")
    if from_wire(fields["updated_datetime"]) is None:
        return error(form, 400, "updated_datetime is not acceptable")
    try:
        stored = city.put_to(
            system.name,
            fields["service_request_id"],
            key=fields["update_id"],
            drops_copies=system.additions not in ("feed", "once"),
            status=fields["status"],
            words=fields["description"],
            media_urls=[url for url in sent.getlist("media_url") if isinstance(url, str)],
        )
    except KeyError:
        return error(form, 404, "service_request_id was not found")
    update_id = "" if fault and fault.kind == "wrong_id" else stored["update_id"]
    return answer(form, "service_request_updates", [{"update_id": update_id}])


def _one_or_several(photos: list[str] | None) -> str | list[str] | None:
    return photos if photos and len(photos) > 1 else next(iter(photos or ()), None)
