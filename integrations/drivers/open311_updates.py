"""mySociety's `servicerequestupdates`, both ways: the feed of what happened to requests, and what a citizen says later.

As FixMyStreet posts it (perllib/Open311.pm) and open311-adapter takes it (Role/mySociety.pm): ids are letters, digits
and `_`, states are in capitals, times have no fractions. Names, phones and e-mail addresses are optional there; we send
none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from integrations.drivers.base import BadAnswer, OutgoingAddition, Receipt, StatusReport, TooLong
from integrations.drivers.open311_rows import rows_of, text_of
from integrations.drivers.timestamps import from_wire, to_wire
from integrations.drivers.wire import Wire
from integrations.system import System

LONGEST = 4000
CLOCKS_APART = timedelta(hours=2)
LIST_LIMIT = 1000
"""So many rows a server shows at most, as the standard says."""
SHORTEST = timedelta(seconds=2)
MOST_CALLS = 30
"""For one look at the feed."""


class ServiceRequestUpdates:
    """The one address of a server. `common`: what goes along with every call (the jurisdiction)."""

    def __init__(self, system: System, wire: Wire, common: Mapping[str, str]) -> None:
        self._system = system
        self._wire = wire
        self._common = common
        part = system.protocol
        self._format: str = part.get("format", "json")
        self._reopen: str = part.get("reopens_as", "REOPEN")
        self._bad_request: str = part.get("bad_request", "permanent")
        self._path = f"/servicerequestupdates.{self._format}"

    async def reports(self, since: datetime) -> list[StatusReport]:
        """Each step of each request by itself, with its text, oldest first."""
        reports = []
        rows, _ = await self._feed(since)
        for row in rows:
            external_id = text_of(row.get("service_request_id"))
            raw = text_of(row.get("external_status_code")) or text_of(row.get("status"))
            if not external_id or not raw:
                raise BadAnswer("an update without a request or a status")
            reports.append(
                StatusReport(
                    external_id=external_id,
                    raw_status=raw,
                    status=self._system.our_status(raw),
                    notes=text_of(row.get("description")),
                    updated_at=from_wire(row.get("updated_datetime")),
                    photos=_urls(row.get("media_url")),
                    update_id=text_of(row.get("update_id")),
                    raw=row,
                )
            )
        return sorted(reports, key=lambda report: report.updated_at or since)

    async def _feed(self, since: datetime) -> tuple[list[dict[str, Any]], bool]:
        """The rows since then, and whether they are all. Where a list is so long that its end may be cut off, or longer
        than we take, each half of its time is asked for by itself."""
        spans, rows, whole = (
            [(since, datetime.now(timezone.utc) + CLOCKS_APART)],
            list[dict[str, Any]](),
            True,
        )
        for call in range(MOST_CALLS):
            if not spans:
                break
            start, end = spans.pop()
            last = end - start <= SHORTEST or call + len(spans) + 2 >= MOST_CALLS
            try:
                found = await self._within(start, end)
            except TooLong:
                if last:
                    raise
                found = None
            if found is not None and (last or len(found) < LIST_LIMIT):
                rows += found
                whole = whole and len(found) < LIST_LIMIT
            else:
                middle = start + (end - start) / 2
                spans += [(middle, end), (start, middle)]
        return rows, whole and not spans

    async def _within(self, start: datetime, end: datetime) -> list[dict[str, Any]]:
        params = {**self._common, "start_date": to_wire(start), "end_date": to_wire(end)}
        return rows_of(await self._wire.call("GET", self._path, params=params), self._format)

    async def post(self, addition: OutgoingAddition) -> Receipt:
        answer = await self._wire.call(
            "POST",
            self._path,
            files=True,
            form=self._form(addition),
            tolerate=(409,),
            bad_request=self._bad_request,
        )
        if answer.http == 409:  # it has this update_id already
            return Receipt(external_id=addition.key)
        rows = rows_of(answer, self._format)
        if len(rows) != 1:
            raise answer.unreadable(f"{len(rows)} receipts instead of one")
        update_id = text_of(rows[0].get("update_id")) or text_of(rows[0].get("token"))
        if not update_id:
            raise answer.unreadable("a receipt without an update_id")
        return Receipt(external_id=update_id, raw=rows[0])

    async def find(self, addition: OutgoingAddition) -> Receipt | None:
        """Ours has our key in its text (`_form`)."""
        rows, whole = await self._feed(addition.said_at - CLOCKS_APART)
        for row in rows:
            if text_of(row.get("service_request_id")) != addition.number:
                continue
            if addition.key in (text_of(row.get("description")) or ""):
                return Receipt(external_id=text_of(row.get("update_id")) or addition.key, raw=row)
        if not whole:
            raise BadAnswer("the feed is cut off, so it does not show that the addition is missing")
        return None

    def _form(self, addition: OutgoingAddition) -> dict[str, Any]:
        words = addition.words
        if self._system.additions == "feed":
            # The feed shows the server's own ids, so nothing else tells ours from the same words said twice.
            mark = f"\n({addition.key})"
            words = words[: LONGEST - len(mark)] + mark
        form: dict[str, Any] = {
            **self._common,
            "service_request_id": addition.number,
            "service_request_id_ext": addition.tracking_number,
            "update_id": addition.key,
            "updated_datetime": to_wire(addition.said_at),
            "status": self._reopen if addition.reopens else "OPEN",
            "description": words[:LONGEST],
        }
        if self._system.credentials.kind == "api_key":
            form["api_key"] = self._system.credentials.secret
        if addition.media_urls:
            form["media_url"] = list(addition.media_urls)
        return form


def _urls(value: Any) -> tuple[str, ...]:
    """One address, or a list of them."""
    found = map(text_of, value if isinstance(value, list) else [value])
    return tuple(url for url in found if url)
