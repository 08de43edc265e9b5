"""Mail that came in is put down before its sender is told that we have it.

    what came                                    what becomes of it
    reply to a letter, first line a known word   the request's status; the rest and the photos go to the citizen
    reply to a letter, anything else             an operator's task with the words
    an automatic answer to a letter              one such task a request
    "your letter did not arrive"                 the delivery is an operator's task again
    anything else                                an operator's task, with the file of the mail

A mail that comes twice changes nothing the second time: tasks are known by its content, states by their time.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.store import Store
from casework.tables import Delivery, ServiceRequest, utc_now
from casework.tasks import open_task
from integrations.drivers import StatusReport
from integrations.mail.reading import Reply, read_reply
from integrations.mail.route import MailRoute
from integrations.registry import Registry
from integrations.status_reports import StatusReports
from integrations.system import System

MAILS = "mail"
"""The folder below HAMYAR_ATTACHMENTS."""


@dataclass(frozen=True)
class MailReplies:
    """`folder`: where photos lie until they are drawn anew, and mails that an operator may want to see whole."""

    store: Store
    registry: Registry
    status: StatusReports
    route: MailRoute
    folder: Path
    clock: Callable[[], datetime] = utc_now

    async def take(self, raw: bytes, envelope_sender: str | None, recipients: Sequence[str]) -> None:
        """Put a mail down. What it raises means that it is not put down: the sender's server keeps it."""
        reply = read_reply(raw, envelope_sender, self.clock())
        delivery = await self._delivery(recipients)
        system = self.registry.systems.get(delivery.system) if delivery else None
        name = hashlib.sha256(raw).hexdigest()
        if delivery is None or system is None:
            await self._to_operator(raw, name, reply, None, "no reply to a letter of ours")
        elif reply.bounced:
            await self._bounced(delivery, name)
        elif reply.automatic:
            await self._to_operator(
                raw, f"automatic:{delivery.id}", reply, delivery, "an automatic answer", file=name
            )
        else:
            await self._answered(raw, name, reply, delivery, system)

    async def _delivery(self, recipients: Sequence[str]) -> Delivery | None:
        """The delivery whose letter this answers."""
        tags = [tag for tag in map(self.route.tag, recipients) if tag]
        async with self.store.read() as session:
            for tag in tags:
                found = await session.scalars(
                    select(Delivery)
                    .join(ServiceRequest, ServiceRequest.id == Delivery.service_request_id)
                    .where(ServiceRequest.tracking_number == tag.tracking_number)
                )
                for delivery in found.all():
                    if self.route.fits(tag, delivery.key):
                        return delivery
        return None

    async def _answered(
        self, raw: bytes, name: str, reply: Reply, delivery: Delivery, system: System
    ) -> None:
        first, _, rest = reply.words.partition("\n")
        word = first.strip(" .،:!«»\"'*")
        status = system.our_status(word)
        if status is None:
            await self._to_operator(raw, name, reply, delivery, "an answer in free words")
            return
        report = StatusReport(
            external_id=delivery.external_id or delivery.key,
            raw_status=word,
            status=status,
            notes=rest.strip() or None,
            updated_at=reply.at,
            photos=await asyncio.to_thread(self._kept_pictures, reply.pictures),
        )
        if delivery.external_id is None:
            await self._arrived(delivery)
        await self.status.take(system, [report])

    async def _arrived(self, delivery: Delivery) -> None:
        """Who answers has it, also where we were not sure that the letter went out."""
        async with self.store.write() as session:
            row = await session.get(Delivery, delivery.id)
            if row is not None and row.external_id is None:
                row.state, row.external_id, row.ambiguous, row.last_error = "sent", row.key, False, None
                row.sent_at = row.sent_at or self.clock()

    async def _bounced(self, delivery: Delivery, name: str) -> None:
        async with self.store.write() as session:
            row = await session.get(Delivery, delivery.id)
            if row is not None and row.state in ("sent", "waiting"):
                row.state, row.last_error = "dead", "the letter came back"
            await self._task(
                session, "dead_delivery", name, f"{delivery.system}: the letter came back", delivery
            )

    async def _to_operator(
        self,
        raw: bytes,
        key: str,
        reply: Reply,
        delivery: Delivery | None,
        what: str,
        *,
        file: str | None = None,
    ) -> None:
        stored = f"{file or key}.eml"
        await asyncio.to_thread(self._write, stored, raw)
        whose = f"{delivery.system}: " if delivery else ""
        reason = f"{whose}{what}; from {reply.sender or 'nobody'}, file mail/{stored}\n{reply.subject}\n{reply.words}"
        async with self.store.write() as session:
            await self._task(session, "mail", key, reason.strip(), delivery)

    async def _task(
        self, session: AsyncSession, kind: str, key: str, reason: str, delivery: Delivery | None
    ) -> None:
        await open_task(
            session,
            kind=kind,
            dedupe_key=f"mail:{key}",
            reason=reason,
            service_request_id=delivery.service_request_id if delivery else None,
        )

    def _kept_pictures(self, pictures: Sequence[bytes]) -> tuple[str, ...]:
        """Their names: bare letters and digits, as a folder of files wants them."""
        return tuple(self._write(hashlib.sha256(one).hexdigest(), one) for one in pictures)

    def _write(self, name: str, content: bytes) -> str:
        """On the disk before the mail counts as taken."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        if not path.exists():
            fresh = path.with_name(f"{name}.new")
            with fresh.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        return name
