"""Files that citizens sent are fetched once, from the messenger into HAMYAR_ATTACHMENTS, and kept with the draft.

A file that is too large is refused, one that the messenger no longer has is lost; both stay on record, and she is told.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import structlog
from sqlalchemy import Select, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.texts import Texts
from bot.attachment_content import Clean, NotAccepted, clean
from bot.channels.errors import FetchError, FileGone, FileTooLarge
from bot.late_files import pass_on_if_late
from bot.shown_photos import PhotoUrl, show_what_is_whole
from bot.speech import Recogniser, SpeechError
from casework.conversations import locked, say
from casework.pause import pause
from casework.queues import may_be_due
from casework.store import Store
from casework.tables import ANSWER, Attachment, Conversation, ServiceRequest, utc_now

log = structlog.get_logger()

LIMIT_BYTES = 20 * 1024 * 1024
"""What both Bot APIs hand out at the most."""
ATTEMPTS = 12
IDLE_SECONDS = 0.2
REFUSALS = {"type": "files.refused_type", "broken": "files.refused_broken", "pixels": "files.refused_large"}
"""Why it was not accepted -> the text that says so."""
SYSTEM = "system:"
"""Before the name of a municipal system: where the photos come from that it shows of its work."""
LEASE = timedelta(minutes=2)
"""A file that is being fetched is nobody else's for so long."""


class Source(Protocol):
    """Where a channel's files lie."""

    async def download(self, file_id: str, limit_bytes: int) -> bytes:
        """The bytes of a file. Raises FetchError."""
        ...


@dataclass(frozen=True)
class FolderSource:
    """Files that lie in a folder of ours already (web chat). `file_id` is a bare name."""

    folder: Path

    async def download(self, file_id: str, limit_bytes: int) -> bytes:
        if not file_id.isalnum():
            raise FileGone("not a name of ours")
        try:
            content = await asyncio.to_thread((self.folder / file_id).read_bytes)
        except OSError as error:
            raise FileGone(type(error).__name__) from error
        if len(content) > limit_bytes:
            raise FileTooLarge(f"{len(content)} bytes")
        return content


@dataclass(frozen=True)
class Fetcher:
    """Fetches what is still `remote`, for the channels in `sources`."""

    store: Store
    sources: Mapping[str, Source]
    folder: Path
    texts: Texts
    recogniser: Recogniser | None = None
    photo_url: PhotoUrl | None = None
    """The address under which the web chat shows a photo."""
    takes_additions: frozenset[str] = frozenset()
    """The systems that can be told of a file that comes when the request has gone out."""

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                worked = await self.work_once()
            except Exception as error:  # the database is away
                log.error("fetcher_interrupted", error=type(error).__name__)
                worked = False
            if not worked:
                await pause(stop, IDLE_SECONDS)

    async def work_once(self) -> bool:
        """Fetch one file. False where none is due."""
        claimed = await self._claim()
        if claimed is None:
            return False
        attachment_id, file_id, source = claimed
        try:
            content = await self.sources[source].download(file_id, LIMIT_BYTES)
            kept = await asyncio.to_thread(clean, content)
            await self._keep(attachment_id, kept, await self._heard(kept))
        except NotAccepted as reason:
            await self._not_kept(attachment_id, "refused", str(reason), REFUSALS[str(reason)])
        except FileTooLarge:
            await self._not_kept(attachment_id, "refused", "too large", "files.refused_large")
        except FileGone:
            await self._not_kept(attachment_id, "lost", "gone at the messenger", "files.lost")
        except Exception as error:
            if not isinstance(error, FetchError | OSError):
                log.error("fetch_failed", attachment=attachment_id, error=type(error).__name__)
            await self._later(attachment_id, type(error).__name__)
        return True

    @cached_property
    def _due(self) -> Select[Any]:
        """The file that has waited longest, and its source: of a photo that a system shows it is the system, of all
        others the channel."""
        source = case(
            (Attachment.kind == ANSWER, SYSTEM + func.coalesce(ServiceRequest.system, "")),
            else_=Conversation.channel,
        )
        return (
            select(Attachment, source)
            .join(Conversation, Attachment.conversation_id == Conversation.id)
            .outerjoin(ServiceRequest, Attachment.service_request_id == ServiceRequest.id)
            .where(
                Attachment.state == "remote",
                Attachment.next_at <= bindparam("now", type_=Attachment.next_at.type),
                source.in_(tuple(self.sources)),
            )
            .order_by(Attachment.next_at)
            .limit(1)
            .with_for_update(skip_locked=True, of=Attachment)
        )

    async def _claim(self) -> tuple[int, str, str] | None:
        """(id, file id, name of its source) of a file that is ours for the length of the lease."""
        now = {"now": utc_now()}
        if not await may_be_due(self.store, self._due, now):
            return None
        async with self.store.write(lightly=True) as session:
            row = (await session.execute(self._due, now)).first()
            if row is None:
                return None
            attachment, name = row
            attachment.next_at = utc_now() + LEASE
            return attachment.id, attachment.file_id, name

    async def _heard(self, kept: Clean) -> str | None:
        """The words of a voice; None without a recogniser, and where it fails: the voice is kept all the same."""
        if self.recogniser is None or not kept.mime_type.startswith("audio/"):
            return None
        try:
            return await self.recogniser.words_in(kept.content, kept.mime_type) or None
        except SpeechError as error:
            log.warning("voice_not_recognised", error=str(error))
            return None

    async def _keep(self, attachment_id: int, kept: Clean, heard: str | None) -> None:
        digest = hashlib.sha256(kept.content).hexdigest()
        name = f"{digest[:2]}/{digest}"
        await asyncio.to_thread(_write, self.folder / name, kept.content)
        async with self.store.write() as session:
            attachment = await session.get_one(Attachment, attachment_id)
            attachment.state, attachment.path, attachment.sha256 = "kept", name, digest
            attachment.size, attachment.mime_type = len(kept.content), kept.mime_type
            attachment.latitude, attachment.longitude = kept.position or (None, None)
            attachment.transcript = heard
            if attachment.kind == ANSWER:
                await show_what_is_whole(session, attachment, self.texts, self.photo_url)
            elif attachment.service_request_id is not None:
                await pass_on_if_late(session, attachment, self.texts, self.takes_additions)

    async def _not_kept(self, attachment_id: int, state: str, reason: str, text: str) -> None:
        """It stays on record, and she is told: she can send it again, or another one."""
        async with self.store.write() as session:
            attachment = await session.get_one(Attachment, attachment_id)
            if attachment.state != "remote":
                return
            attachment.state, attachment.error = state, reason
            await self._tell(session, attachment, text)

    async def _tell(self, session: AsyncSession, attachment: Attachment, text: str) -> None:
        if attachment.kind == ANSWER:  # she has the news; of a photo that she never saw nothing need be said
            await show_what_is_whole(session, attachment, self.texts, self.photo_url)
            return
        conversation = await locked(session, attachment.conversation_id)
        await say(session, conversation, {"key": text}, dedupe_key=f"file:{attachment.id}")

    async def _later(self, attachment_id: int, reason: str) -> None:
        async with self.store.write() as session:
            attachment = await session.get_one(Attachment, attachment_id, with_for_update=True)
            if attachment.state != "remote":
                return  # another worker has it meanwhile
            attachment.attempts += 1
            attachment.error = reason
            if attachment.attempts >= ATTEMPTS:
                attachment.state = "lost"
                await self._tell(session, attachment, "files.lost")
                return
            pause = random.uniform(1, min(900, 2.0**attachment.attempts))  # spreads load
            attachment.next_at = utc_now() + timedelta(seconds=pause)
            if attachment.kind == ANSWER and attachment.attempts == 1:  # the others need not wait for it
                await show_what_is_whole(session, attachment, self.texts, self.photo_url)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: written beside, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_suffix(f".{secrets.token_hex(4)}.part")
    beside.write_bytes(content)
    beside.replace(path)
