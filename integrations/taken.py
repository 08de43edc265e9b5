"""What is known already of the reports of a system, so that only news is put down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from casework.tables import Addition, Delivery, ServiceRequest
from integrations.drivers import StatusReport
from integrations.outgoing import key_of
from integrations.system import System

AT_ONCE = 500


async def known_of(
    session: AsyncSession, system: str, reports: Sequence[StatusReport]
) -> dict[str, list[Taken]]:
    """What we have taken over of the requests of these reports, by the system's number; without what is not ours. A
    system that has one number for what two citizens have filed speaks of both."""
    known: dict[str, list[Taken]] = {}
    ids = [report.external_id for report in reports]
    for start in range(0, len(ids), AT_ONCE):
        rows = await session.execute(
            select(
                Delivery.external_id,
                Delivery.raw_status,
                ServiceRequest.status,
                ServiceRequest.status_notes,
                ServiceRequest.status_source_at,
            )
            .join(ServiceRequest, ServiceRequest.id == Delivery.service_request_id)
            .where(Delivery.system == system, Delivery.external_id.in_(ids[start : start + AT_ONCE]))
            .where(Delivery.addition_id.is_(None))
        )
        for external_id, raw, status, notes, source_at in rows.all():
            known.setdefault(external_id or "", []).append(Taken(raw, status, notes, source_at))
    return known


async def without_ours(
    session: AsyncSession, system: System, reports: Sequence[StatusReport]
) -> list[StatusReport]:
    """Without those that only give back what we have posted ourselves: no word of the system's."""
    if system.additions == "none":
        return list(reports)
    theirs: list[StatusReport] = []
    for start in range(0, len(reports), AT_ONCE):
        part = reports[start : start + AT_ONCE]
        posted = await _posted(session, system.name, {report.external_id for report in part})
        theirs += [
            report
            for report in part
            if not any(said.is_in(report) for said in posted.get(report.external_id, ()))
        ]
    return theirs


async def _posted(session: AsyncSession, system: str, numbers: set[str]) -> dict[str, list[_Posted]]:
    """By the system's number of the request."""
    first = aliased(Delivery)
    rows = await session.execute(
        select(first.external_id, Delivery.external_id, ServiceRequest.tracking_number, Addition)
        .join(ServiceRequest, ServiceRequest.id == first.service_request_id)
        .join(Delivery, Delivery.service_request_id == first.service_request_id)
        .join(Addition, Addition.id == Delivery.addition_id)
        .where(first.system == system, first.addition_id.is_(None), first.external_id.in_(numbers))
        .where(Delivery.system == system)
    )
    posted: dict[str, list[_Posted]] = {}
    for number, update_id, tracking_number, said in rows.all():
        key = key_of(tracking_number, said.id)
        posted.setdefault(number or "", []).append(_Posted(update_id, key, _folded(said.words)))
    return posted


@dataclass(frozen=True)
class _Posted:
    update_id: str | None
    key: str
    words: str

    def is_in(self, report: StatusReport) -> bool:
        """By its id, or by its words where we do not know the id (yet)."""
        if report.update_id is not None and report.update_id in (self.update_id, self.key):
            return True
        text = report.notes or ""
        return self.key in text or (bool(self.words) and _folded(text) == self.words)


def _folded(text: str) -> str:
    return " ".join(text.split())


@dataclass(frozen=True)
class Taken:
    """What we have taken over of a request so far."""

    raw_status: str | None
    status: str
    notes: str | None
    source_at: datetime | None

    def covers(self, report: StatusReport, now: datetime) -> bool:
        """Whether this report says nothing new: the same word as before, not younger than what we took over.

        Without this a system that goes on saying "closed" would close again what the citizen has reopened.
        """
        if self.clock_was_wrong(report, now):
            return False
        same_word = self.raw_status == report.raw_status
        if same_word and report.status in (None, "submitted"):
            return True
        if report.updated_at is None:
            return same_word and report.notes in (None, self.notes)
        if self.source_at is None:
            return same_word and self.status == report.status
        return report.updated_at < self.source_at or (same_word and report.updated_at <= self.source_at)

    def clock_was_wrong(self, report: StatusReport, now: datetime) -> bool:
        """Whether it says another word now than one of a time that is still to come: its clock ran ahead, and is right
        again. Else nothing that it says would be heard until that time."""
        return (
            report.is_present
            and self.raw_status != report.raw_status
            and report.updated_at is not None
            and self.source_at is not None
            and report.updated_at <= now < self.source_at
        )
