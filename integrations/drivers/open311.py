"""Open311 GeoReport v2, in JSON or XML, as a client.

The protocol has no idempotency key. What a file can say instead: a header or an attribute with our key, and a
look-up in the list of requests (`open311.look_up: reference`), where ours is found by the key in its
attribute or by our tracking number in its description. Facts: spec d65f0b9 (GeoReport/v2/index.md) and the
de facto extras.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from integrations.drivers.base import (
    AmbiguousError,
    BadAnswer,
    Driver,
    NotFound,
    OutgoingAddition,
    OutgoingRequest,
    PermanentError,
    Receipt,
    StatusReport,
)
from integrations.drivers.open311_rows import found_in, rows_of, text_of
from integrations.drivers.open311_updates import CLOCKS_APART, LIST_LIMIT, ServiceRequestUpdates
from integrations.drivers.request_values import request_values
from integrations.drivers.templates import fill
from integrations.drivers.timestamps import from_wire, to_wire
from integrations.drivers.wire import Answer, Wire
from integrations.system import System

MAX_DESCRIPTION = 4000
IDS_PER_CALL = 50


class Open311Driver(Driver):
    """One GeoReport v2 endpoint (`system.url` is the address before `/requests.json`)."""

    def __init__(self, system: System, wire: Wire) -> None:
        self._system = system
        self._wire = wire
        part = system.protocol
        self._format: str = part.get("format", "json")
        self._jurisdiction: str | None = part.get("jurisdiction_id")
        self._description: str = part.get("description", "{description}")
        self._is_black_box = part.get("type") == "blackbox"
        self._repeats_photos = part.get("photos") == "repeated"
        self._bad_request: str = part.get("bad_request", "permanent")
        self.repeats_safely = system.idempotency.kind in ("header", "attribute")
        self._key_name = system.idempotency.name if system.idempotency.kind == "attribute" else None
        self.can_look_up = part.get("look_up") == "reference"
        self._news: str = part.get("updates", "by_id")
        self.lists_changes = self._news != "by_id"
        self.says_the_same_by_id = self._news == "updated_after"
        self.longest_list = LIST_LIMIT
        self._updates = ServiceRequestUpdates(system, wire, self._query({}))
        self.takes_additions = system.additions != "none"
        self.finds_additions = system.additions == "feed"
        self.repeats_additions_safely = system.additions == "update_id"

    async def submit(self, request: OutgoingRequest) -> Receipt:
        headers = {}
        if self._system.idempotency.kind == "header" and self._system.idempotency.name:
            headers[self._system.idempotency.name] = request.key
        answer = await self._wire.call(
            "POST",
            f"/requests.{self._format}",
            files=True,
            form=self._form(request),
            headers=headers,
            tolerate=(400, 409),
            bad_request=self._bad_request,
        )
        if answer.http in (400, 409):
            return await self._refused(request, answer)
        return self._receipt(answer)

    def _receipt(self, answer: Answer) -> Receipt:
        """A number (realtime), a token (batch), or neither (blackbox), which only counts where the file says so."""
        if self._is_black_box and not answer.body.strip():
            return Receipt()
        rows = self._rows(answer)
        if len(rows) > 1 or not (rows or self._is_black_box):
            raise answer.unreadable(f"{len(rows)} receipts instead of one")
        row = rows[0] if rows else {}
        external_id, token = text_of(row.get("service_request_id")), text_of(row.get("token"))
        if not external_id and not token and (not self._is_black_box or "code" in row):
            raise answer.unreadable("a receipt without an id or a token")
        return Receipt(external_id=external_id, token=None if external_id else token, raw=row)

    async def _refused(self, request: OutgoingRequest, answer: Answer) -> Receipt:
        """400 or 409: a duplicate is a request that is there already; anything else is refused for good,
        unless the file says that this server answers 400 when it is down."""
        try:
            said = " ".join(str(row.get("description") or "") for row in self._rows(answer)).lower()
        except (AmbiguousError, BadAnswer):
            said = ""
        if "duplicate" in said or answer.http == 409:
            found = await self.look_up(request) if self.can_look_up else None
            if found is not None:
                return found
            raise AmbiguousError("the system calls it a duplicate but does not show it")
        if self._bad_request == "temporary":
            raise AmbiguousError("HTTP 400 from a system that says 400 also when it is down")
        raise PermanentError("HTTP 400: the system refuses the request")

    async def look_up(self, request: OutgoingRequest) -> Receipt | None:
        if not self.can_look_up:
            return await super().look_up(request)
        params = {
            "service_code": self._system.their_code(request.service_code),
            "start_date": to_wire(request.requested_at - CLOCKS_APART),
            "extensions": "true",
        }
        rows = self._rows(
            await self._wire.call("GET", f"/requests.{self._format}", params=self._query(params))
        )
        found = found_in(rows, request, self._key_name, self._description)
        if found is not None:
            return Receipt(external_id=text_of(found["service_request_id"]), raw=found)
        if len(rows) >= LIST_LIMIT:
            raise BadAnswer("the list is cut off, so it does not show that the request is missing")
        return None

    async def resolve_token(self, token: str) -> str | None:
        path = f"/tokens/{quote(token, safe='')}.{self._format}"
        rows = self._rows(await self._wire.call("GET", path, params=self._query({})))
        if not rows:
            return None
        if text_of(rows[0].get("token")) not in (None, token):
            raise BadAnswer("the answer is about another token")
        return text_of(rows[0].get("service_request_id"))

    async def status(self, external_ids: Sequence[str]) -> list[StatusReport]:
        reports: list[StatusReport] = []
        for start in range(0, len(external_ids), IDS_PER_CALL):
            wanted = list(external_ids[start : start + IDS_PER_CALL])
            reports += await self._status_of(wanted)
        return reports

    async def _status_of(self, wanted: list[str]) -> list[StatusReport]:
        if len(wanted) == 1:
            path, params = f"/requests/{quote(wanted[0], safe='')}.{self._format}", {"extensions": "true"}
        else:
            path = f"/requests.{self._format}"
            params = {"service_request_id": ",".join(wanted), "extensions": "true"}
        try:
            rows = self._rows(await self._wire.call("GET", path, params=self._query(params)))
        except NotFound:
            return []
        reports = self._reports(rows)
        if any(report.external_id not in wanted for report in reports):
            raise BadAnswer("the answer is about a request that was not asked for")
        return reports

    async def statuses(self, since: datetime) -> list[StatusReport]:
        if self._news == "servicerequestupdates":
            return await self._updates.reports(since)
        params = {"updated_after": to_wire(since), "extensions": "true"}
        rows = self._rows(
            await self._wire.call("GET", f"/requests.{self._format}", params=self._query(params))
        )
        return sorted(
            self._reports(rows), key=lambda report: (report.updated_at or since, report.external_id)
        )

    async def add(self, addition: OutgoingAddition) -> Receipt:
        if not self.takes_additions:
            return await super().add(addition)
        return await self._updates.post(addition)

    async def find_addition(self, addition: OutgoingAddition) -> Receipt | None:
        if not self.finds_additions:
            return await super().find_addition(addition)
        return await self._updates.find(addition)

    async def probe(self) -> str:
        """No call of the protocol shows that a key is right but the one that files."""
        rows = self._rows(await self._wire.call("GET", f"/services.{self._format}", params=self._query({})))
        key = "; its key is only tried by `try --send-test`" if self._system.credentials.secret else ""
        return f"answers with {len(rows)} services{key}"

    async def aclose(self) -> None:
        await self._wire.aclose()

    def _query(self, params: Mapping[str, str]) -> dict[str, str]:
        jurisdiction = {"jurisdiction_id": self._jurisdiction} if self._jurisdiction else {}
        return {**jurisdiction, **params}

    def _form(self, request: OutgoingRequest) -> dict[str, Any]:
        form: dict[str, Any] = {
            "jurisdiction_id": self._jurisdiction,
            "api_key": self._system.credentials.secret
            if self._system.credentials.kind == "api_key"
            else None,
            "service_code": self._system.their_code(request.service_code),
            "description": self._words(request),
            "address_string": request.address,
            "media_url": None,
        }
        if request.media_urls:
            form["media_url"] = list(request.media_urls) if self._repeats_photos else request.media_urls[0]
        if request.lat is not None and request.lon is not None:
            form |= {"lat": f"{request.lat:.6f}", "long": f"{request.lon:.6f}"}
        for code, value in request.attributes.items():
            name = self._system.attributes.get(code, code)
            if isinstance(value, str):
                form[f"attribute[{name}]"] = value
            else:
                form[f"attribute[{name}][]"] = list(value)
        if self._key_name is not None:
            form[f"attribute[{self._key_name}]"] = request.key
        return {name: value for name, value in form.items() if value is not None}

    def _words(self, request: OutgoingRequest) -> str:
        """The description, and below it the photos for which the protocol has no place. Where all is too long, the
        citizen's words are cut: by ours the request is found again."""
        below = "" if self._repeats_photos else "".join(f"\n{url}" for url in request.media_urls[1:])
        values = request_values(request, self._system)
        words = str(fill({"text": self._description}, values).get("text", "")) + below
        over = len(words) - MAX_DESCRIPTION
        if over > 0:
            values["description"] = request.description[: max(0, len(request.description) - over)]
            words = str(fill({"text": self._description}, values).get("text", "")) + below
        return words[:MAX_DESCRIPTION]

    def _rows(self, answer: Answer) -> list[dict[str, Any]]:
        return rows_of(answer, self._format)

    def _reports(self, rows: Iterable[Mapping[str, Any]]) -> list[StatusReport]:
        reports = []
        for row in rows:
            external_id, raw = text_of(row.get("service_request_id")), text_of(row.get("status"))
            if not external_id or not raw:
                raise BadAnswer("a request without an id or a status")
            more = row.get("extended_attributes")
            if isinstance(more, Mapping) and text_of(more.get("status")):
                raw = str(text_of(more["status"]))
            reports.append(
                StatusReport(
                    external_id=external_id,
                    raw_status=raw,
                    status=self._system.our_status(raw),
                    notes=text_of(row.get("status_notes")),
                    updated_at=from_wire(row.get("updated_datetime")),
                    agency=text_of(row.get("agency_responsible")),
                    is_present=True,
                    raw=row,
                )
            )
        return reports
