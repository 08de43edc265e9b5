"""What an operator must know of a request to file it by hand or to answer for it: one sheet on the terminal, in Persian
as the operators' guide is (data/messages/operators.yml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.texts import Texts
from casework.additions import additions_of
from casework.catalogue import Service
from casework.dates import TEHRAN, jalali
from casework.lifecycle import Lifecycle
from casework.requests import by_tracking_number
from casework.tables import Attachment, Delivery, ServiceRequest
from casework.tasks import audit
from integrations.outgoing import outgoing
from persian import tracking
from persian.digits import to_persian

Row = tuple[str, str]


@dataclass(frozen=True)
class Names:
    """What codes are called in Persian."""

    texts: Texts
    services: Mapping[str, Service]
    lifecycle: Lifecycle

    def say(self, key: str, **variables: str) -> str:
        return self.texts.say(f"operators.{key}", variables)

    def named(self, group: str, code: str) -> str:
        """The name of a code; the code itself where it has none."""
        key = f"operators.{group}.{code}"
        return self.texts.say(key) if self.texts.has(key) else code

    def kind_of_task(self, code: str) -> str:
        name = self.named("kinds", code)
        return name if name == code else self.say("kind", name=name, code=code)

    def district(self, code: str) -> str:
        if code.isdigit():
            return to_persian(code)
        if code in ("samen", "outside"):
            return self.texts.say(f"place.{code}")
        return self.say("sheet.district_unknown")


def in_the_city(moment: datetime) -> str:
    """`۹ آذر ۱۴۰۵، ۱۹:۳۰`: date and time by the city's clock."""
    return f"{jalali(moment)}\u060c {to_persian(f'{moment.astimezone(TEHRAN):%H:%M}')}"


async def sheet(session: AsyncSession, number: str, names: Names) -> list[Row] | None:
    """Names and values, in the order in which they are read; None where there is no such request. Who looks is kept in
    the audit."""
    request = await by_tracking_number(session, number)
    if request is None:
        return None
    audit(session, "operator", "looked_at", f"request:{request.id}")
    files, ways = await _files(session, request, names), await _ways(session, request, names)
    return [*_matter(request, names), *files, *ways]


def _matter(request: ServiceRequest, names: Names) -> list[Row]:
    asked, none = outgoing("", request, names.services), names.say("sheet.none")
    # Latin digits, to be pasted into a map.
    point = f"{asked.lat}, {asked.lon}" if asked.lat is not None and asked.lon is not None else none
    status, since = names.lifecycle.states[request.status].label, in_the_city(request.updated_at)
    rows = {
        "number": tracking.show(request.tracking_number),
        "status": names.say("sheet.status_since", status=status, since=since),
        "filed": in_the_city(request.created_at),
        "service": names.say("sheet.named", name=asked.service_name, code=request.service_code),
        "agency": names.say("sheet.named", name=request.agency, code=request.system),
        "district": names.district(request.district),
        "place": asked.address or none,
        "point": point,
        "words": request.description,
    }
    return [*((names.say(f"sheet.{name}"), value) for name, value in rows.items()), *asked.answers]


async def _files(session: AsyncSession, request: ServiceRequest, names: Names) -> list[Row]:
    asked = select(Attachment).where(Attachment.service_request_id == request.id).order_by(Attachment.id)
    said = [
        (names.say("sheet.said", at=in_the_city(one.said_at)), one.words)
        for one in await additions_of(session, request)
    ]
    files = [(names.named("files", one.kind), one.path or one.state) for one in await session.scalars(asked)]
    return [*said, *files]


async def _ways(session: AsyncSession, request: ServiceRequest, names: Names) -> list[Row]:
    """Into which systems it went, and how far it got."""
    asked = select(Delivery).where(Delivery.service_request_id == request.id).order_by(Delivery.id)
    rows = []
    for way in await session.scalars(asked):
        parts = [
            names.named("ways", way.state),
            names.say("sheet.way_number", number=way.external_id) if way.external_id else "",
            names.say("sheet.doubt") if way.ambiguous else "",
            way.last_error or "",
        ]
        what = "sent_to" if way.addition_id is None else "added_to"
        told = names.texts.say("place.comma").join(filter(None, parts))
        rows.append((names.say(f"sheet.{what}", system=way.system), told))
    return rows
