"""What the drivers of a system's own web service share: a file says what to send and where in an answer things stand.

Look-up answers "not found", an empty list or no id where the system has no such request.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from integrations.drivers.base import BadAnswer, Driver, NotFound, OutgoingRequest, Receipt, StatusReport
from integrations.drivers.templates import at
from integrations.drivers.timestamps import from_wire, to_wire
from integrations.drivers.wire import Wire
from integrations.system import System


class DocumentDriver(Driver):
    """`system.protocol` is the file's `rest_json:` or `soap:` part, checked by the registry."""

    def __init__(self, system: System, wire: Wire) -> None:
        self._system = system
        self._wire = wire
        part = system.protocol
        self._submit: Mapping[str, Any] = part["submit"]
        self._status: Mapping[str, Any] = part["status"]
        self._look_up: Mapping[str, Any] | None = part.get("look_up")
        self._token: Mapping[str, Any] | None = part.get("token")
        self._changes: Mapping[str, Any] | None = part.get("changes")
        self.can_look_up = self._look_up is not None
        self.lists_changes = self.says_the_same_by_id = self._changes is not None
        self.repeats_safely = system.idempotency.kind in ("header", "attribute")

    @abstractmethod
    async def _read(self, part: Mapping[str, Any], **values: str) -> Any:
        """The document that a reading part of the file asks for. Raises NotFound, TemporaryError."""

    def _key_headers(self, request: OutgoingRequest) -> dict[str, str]:
        known = self._system.idempotency
        return {known.name: request.key} if known.kind == "header" and known.name else {}

    def _with_key(self, body: dict[str, Any], request: OutgoingRequest) -> dict[str, Any]:
        known = self._system.idempotency
        if known.kind == "attribute" and known.name:
            body.setdefault(known.name, request.key)
        return body

    def _receipt(self, document: Any) -> Receipt | None:
        """None where neither a number nor a token is in it."""
        external_id = id_in(at(document, self._submit["id"])) if "id" in self._submit else None
        token = id_in(at(document, self._submit["token"])) if "token" in self._submit else None
        if external_id is None and token is None:
            return None
        return Receipt(external_id=external_id, token=None if external_id else token, raw=object_of(document))

    async def look_up(self, request: OutgoingRequest) -> Receipt | None:
        if self._look_up is None:
            return await super().look_up(request)
        try:
            document = await self._read(
                self._look_up, key=request.key, tracking_number=request.tracking_number
            )
        except NotFound:
            return None
        external_id = id_in(at(document, self._look_up["id"]))
        return Receipt(external_id=external_id, raw=object_of(document)) if external_id else None

    async def resolve_token(self, token: str) -> str | None:
        if self._token is None:
            return await super().resolve_token(token)
        return id_in(at(await self._read(self._token, token=token), self._token["id"]))

    async def status(self, external_ids: Sequence[str]) -> list[StatusReport]:
        reports = []
        for external_id in external_ids:
            try:
                document = await self._read(self._status, id=external_id)
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
        rows = at(await self._read(self._changes, since=to_wire(since)), self._changes["list"])
        if rows is None:
            return []
        if not isinstance(rows, list):
            raise BadAnswer("the list of changes is not a list")
        reports = [self._report(row) for row in rows]
        return sorted(reports, key=lambda report: (report.updated_at or since, report.external_id))

    async def probe(self) -> str:
        """Asks for a request that cannot be there: "not found" shows that address and credentials are right."""
        try:
            await self._read(self._status, id="0")
        except NotFound:
            pass
        return "answers"

    async def aclose(self) -> None:
        await self._wire.aclose()

    def _report(self, document: Any) -> StatusReport:
        external_id = id_in(at(document, self._status["id"]))
        raw = id_in(at(document, self._status["status"]))
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
            notes=id_in(more.get("notes")),
            updated_at=from_wire(updated_at),
            agency=id_in(more.get("agency")),
            photos=_urls(at(document, self._status["photos"]) if "photos" in self._status else None),
            is_present=True,
            raw=object_of(document),
        )


def id_in(value: Any) -> str | None:
    """A word or number as text; None for anything else, and for nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def _urls(value: Any) -> tuple[str, ...]:
    """One address, or a list of them."""
    found = value if isinstance(value, list) else [value]
    return tuple(url for url in map(id_in, found) if url)


def object_of(document: Any) -> Mapping[str, Any]:
    return document if isinstance(document, dict) else {"answer": document}
