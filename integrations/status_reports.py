"""Takes over what municipal systems say of filed requests: polled, pushed by webhook, or written in a mail.

The step is checked by the lifecycle; what a system says in a word that its file does not know is kept raw and becomes
one task per system and word. Older news never overwrites newer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.lifecycle import Lifecycle, TransitionRefused
from casework.requests import LOOKED_AT, MOVED, change_status
from casework.store import Store
from casework.tables import ANSWER, Attachment, Delivery, ServiceRequest, utc_now
from casework.tasks import open_task
from integrations.drivers import StatusReport
from integrations.system import System
from integrations.taken import Taken, known_of, without_ours

REDIRECTED = "redirected"
TOGETHER = 8
"""Reports of one transaction on SQLite."""
PHOTOS = 5
"""So many of one report are shown."""


class StatusReports:
    """Puts reports down, each once."""

    def __init__(self, store: Store, lifecycle: Lifecycle) -> None:
        self._store = store
        self._lifecycle = lifecycle

    async def take(self, system: System, reports: Sequence[StatusReport]) -> int:
        """How many requests changed. One report that cannot be put down keeps back no other; what kept it is raised in
        the end.

        Hundreds may come at once, and no citizen is to wait for them: after each transaction as long a pause.
        """
        fresh = await self._fresh(system, reports)
        most = TOGETHER if self._store.is_sqlite else 1  # PostgreSQL's writers do not queue
        changed, trouble = 0, list[Exception]()
        for start in range(0, len(fresh), most):
            begin = time.monotonic()
            changed += await self._put_down(system, fresh[start : start + most], trouble)
            if start + most < len(fresh):
                await asyncio.sleep(time.monotonic() - begin)
        if trouble:
            raise trouble[0]
        return changed

    async def _put_down(
        self, system: System, reports: Sequence[StatusReport], trouble: list[Exception]
    ) -> int:
        """In one transaction; where that fails, each in its own."""
        try:
            async with self._store.write() as session:
                return sum([await self._take_one(session, system, report) for report in reports])
        except Exception as error:
            if len(reports) == 1:
                trouble.append(error)
                return 0
        return sum([await self._put_down(system, [report], trouble) for report in reports])

    async def _fresh(self, system: System, reports: Sequence[StatusReport]) -> list[StatusReport]:
        """Without what is known already, and what is not ours: most answers of a poll change nothing."""
        now = utc_now()
        async with self._store.read() as session:
            known = await known_of(session, system.name, reports)
            news = [
                report
                for report in reports
                if not all(taken.covers(report, now) for taken in known.get(report.external_id, ()))
            ]
            return await without_ours(session, system, news)

    async def _take_one(self, session: AsyncSession, system: System, report: StatusReport) -> int:
        """How many requests changed: one, or more where the system has one number for them."""
        asked = (
            select(Delivery)
            .where(Delivery.system == system.name, Delivery.external_id == report.external_id)
            .where(Delivery.addition_id.is_(None))
        )
        rows = (await session.scalars(asked.order_by(Delivery.id).with_for_update())).all()
        return sum([await self._take_for(session, system, report, delivery) for delivery in rows])

    async def _take_for(
        self, session: AsyncSession, system: System, report: StatusReport, delivery: Delivery
    ) -> bool:
        request = await session.get_one(ServiceRequest, delivery.service_request_id)
        taken = Taken(delivery.raw_status, request.status, request.status_notes, request.status_source_at)
        now = utc_now()
        if taken.covers(report, now):
            return False
        if taken.clock_was_wrong(report, now):
            request.status_source_at = report.updated_at
        delivery.raw_status = report.raw_status
        if request.system != system.name:
            return False  # a copy, or it was redirected: another system speaks for it
        if report.status is None:
            await self._unknown_word(session, system, request, report)
            return False
        if report.status == "submitted":
            return False  # that it lies there is known since the delivery
        agency, to_status, sentence = request.agency, report.status, None
        if to_status == REDIRECTED and not report.agency:
            sentence = MOVED
        elif to_status == REDIRECTED and report.agency == agency:
            # It has been there all the time: at most their note is news.
            to_status, sentence = request.status, LOOKED_AT
        elif to_status == REDIRECTED:
            request.agency = report.agency or agency
        try:
            changed = await change_status(
                session,
                self._lifecycle,
                request,
                to_status,
                "system",
                notes=report.notes,
                raw_status=report.raw_status,
                source_at=report.updated_at,
                sentence=sentence,
            )
            if not changed and request.status == to_status:
                request.status_source_at = report.updated_at or request.status_source_at
            await self._photos(session, request, report)
            return changed
        except TransitionRefused as refused:
            request.agency = agency
            await self._refused_step(session, system, request, refused)
            return False

    async def _photos(self, session: AsyncSession, request: ServiceRequest, report: StatusReport) -> None:
        """To be fetched, and then shown to the citizen; each once. Those of one report, which have one `created_at`,
        are an album."""
        known = await session.scalars(
            select(Attachment.file_id).where(
                Attachment.service_request_id == request.id, Attachment.kind == ANSWER
            )
        )
        there, now = set(known), utc_now()
        for url in report.photos[:PHOTOS]:
            if url not in there:
                there.add(url)
                session.add(
                    Attachment(
                        conversation_id=request.conversation_id,
                        service_request_id=request.id,
                        kind=ANSWER,
                        file_id=url,
                        created_at=now,
                    )
                )

    async def _unknown_word(
        self, session: AsyncSession, system: System, request: ServiceRequest, report: StatusReport
    ) -> None:
        await open_task(
            session,
            kind="unknown_status",
            dedupe_key=f"unknown_status:{system.name}:{report.raw_status}"[:255],
            reason=f"{system.name}: its file has no meaning for the status {report.raw_status!r}",
            service_request_id=request.id,
        )

    async def _refused_step(
        self, session: AsyncSession, system: System, request: ServiceRequest, refused: TransitionRefused
    ) -> None:
        """A step that the lifecycle does not have. What the citizen has ended stays ended, without a task."""
        if request.status in ("solved", "cancelled"):
            return
        await open_task(
            session,
            kind="unknown_status",
            dedupe_key=f"refused_step:{request.id}:{refused.from_}:{refused.to}",
            reason=f"{system.name}: says {refused.to!r} of a request that is {refused.from_!r}",
            service_request_id=request.id,
        )
