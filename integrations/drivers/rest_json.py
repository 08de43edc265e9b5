"""A JSON service of any shape: paths, body template and pointers stand in the system's file.

Look-up answers 404, an empty list or no id where the system has no such request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from integrations.drivers.base import BadAnswer, Driver, NotFound, OutgoingRequest, Receipt, StatusReport
from integrations.drivers.open311 import request_values
from integrations.drivers.templates import PLACEHOLDER, at, fill
from integrations.drivers.timestamps import from_wire, to_wire
from integrations.drivers.wire import Wire
from integrations.system import System


class RestJsonDriver(Driver):
    """`system.protocol` is the file's `rest_json:` part, checked by the registry."""

    def __init__(self, system: System, wire: Wire) -> None:
        self._system = system
        self._wire = wire
        self._submit: Mapping[str, Any] = system.protocol["submit"]
        self._status: Mapping[str, Any] = system.protocol["status"]
        self._look_up: Mapping[str, Any] | None = system.protocol.get("look_up")
        self._token: Mapping[str, Any] | None = system.protocol.get("token")
        self._changes: Mapping[str, Any] | None = system.protocol.get("changes")
        self._duplicate: Mapping[str, Any] | None = system.protocol.get("duplicate")
        self.can_look_up = self._look_up is not None
        self.lists_changes = self._changes is not None
        self.repeats_safely = system.idempotency.kind in ("header", "attribute")

    async def submit(self, request: OutgoingRequest) -> Receipt:
        body = fill(self._submit["body"], request_values(request, self._system))
        headers = {}
        if self._system.idempotency.kind == "header" and self._system.idempotency.name:
            headers[self._system.idempotency.name] = request.key
        if self._system.idempotency.kind == "attribute" and self._system.idempotency.name:
            body.setdefault(self._system.idempotency.name, request.key)
        answer = await self._wire.call(
            self._submit.get("method", "POST"),
            self._submit["path"],
            files=True,
            body=body,
            headers=headers,
            tolerate=(self._duplicate["http"],) if self._duplicate else (),
        )
        document = answer.json()
        if self._duplicate and answer.http == self._duplicate["http"]:
            there = _id(at(document, self._duplicate["id"]))
            if there is None:
                raise answer.unreadable("a duplicate without its id")
            return Receipt(external_id=there, raw=_object(document))
        external_id = _id(at(document, self._submit["id"])) if "id" in self._submit else None
        token = _id(at(document, self._submit["token"])) if "token" in self._submit else None
        if external_id is None and token is None:
            raise answer.unreadable("a receipt without an id or a token")
        return Receipt(external_id=external_id, token=None if external_id else token, raw=_object(document))

    async def look_up(self, request: OutgoingRequest) -> Receipt | None:
        if self._look_up is None:
            return await super().look_up(request)
        path = _path(self._look_up["path"], key=request.key, tracking_number=request.tracking_number)
        try:
            document = (await self._wire.call("GET", path)).json()
        except NotFound:
            return None
        external_id = _id(at(document, self._look_up["id"]))
        return Receipt(external_id=external_id, raw=_object(document)) if external_id else None

    async def resolve_token(self, token: str) -> str | None:
        if self._token is None:
            return await super().resolve_token(token)
        document = (await self._wire.call("GET", _path(self._token["path"], token=token))).json()
        return _id(at(document, self._token["id"]))

    async def status(self, external_ids: Sequence[str]) -> list[StatusReport]:
        reports = []
        for external_id in external_ids:
            try:
                document = (await self._wire.call("GET", _path(self._status["path"], id=external_id))).json()
            except NotFound:
                continue
            report = self._report(document)
            if report.external_id != external_id:
                raise BadAnswer("the answer is about a request that was not asked for")
            reports.append(report)
        return reports

    async def statuses(self, since: datetime) -> list[StatusReport]:
        if self._changes is None:
            return []
        path = _path(self._changes["path"], since=to_wire(since))
        rows = at((await self._wire.call("GET", path)).json(), self._changes["list"])
        if rows is None:
            return []
        if not isinstance(rows, list):
            raise BadAnswer("the list of changes is not a list")
        reports = [self._report(row) for row in rows]
        return sorted(reports, key=lambda report: (report.updated_at or since, report.external_id))

    async def probe(self) -> str:
        """Asks for a request that cannot be there: 404 shows that address and credentials are right."""
        try:
            await self._wire.call("GET", _path(self._status["path"], id="0"))
        except NotFound:
            pass
        return "answers"

    async def aclose(self) -> None:
        await self._wire.aclose()

    def _report(self, document: Any) -> StatusReport:
        external_id = _id(at(document, self._status["id"]))
        raw = _id(at(document, self._status["status"]))
        if external_id is None or raw is None:
            raise BadAnswer("a request without an id or a status")
        more = {
            name: at(document, self._status[name]) for name in ("notes", "agency") if name in self._status
        }
        updated_at = at(document, self._status["updated_at"]) if "updated_at" in self._status else None
        return StatusReport(
            external_id=external_id,
            raw_status=raw,
            status=self._system.our_status(raw),
            notes=_id(more.get("notes")),
            updated_at=from_wire(updated_at),
            agency=_id(more.get("agency")),
            raw=_object(document),
        )


def _path(template: str, **values: str) -> str:
    return PLACEHOLDER.sub(lambda found: quote(values[found[1]], safe=""), template)


def _id(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def _object(document: Any) -> Mapping[str, Any]:
    return document if isinstance(document, dict) else {"answer": document}
