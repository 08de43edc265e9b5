"""Files of a request that has gone out already: to its system as an addition, or to an operator who passes them on."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.texts import Texts
from casework.additions import NewAddition, add
from casework.tables import Attachment, Delivery, ServiceRequest
from casework.tasks import open_task
from persian.digits import to_persian


async def has_gone_out(session: AsyncSession, request_id: int, addition_id: int | None = None) -> bool:
    """Whether the request, or this addition to it, is past taking files along. Never of what no delivery carries."""
    of_it = Delivery.addition_id.is_(None) if addition_id is None else Delivery.addition_id == addition_id
    gone = select(Delivery.id).where(Delivery.service_request_id == request_id, of_it)
    return await session.scalar(gone.where(Delivery.state != "waiting").limit(1)) is not None


async def pass_on_if_late(
    session: AsyncSession, attachment: Attachment, texts: Texts, takers: Collection[str]
) -> None:
    """Of a file that has just been fetched."""
    request = await session.get(ServiceRequest, attachment.service_request_id)
    if request is not None and await has_gone_out(session, request.id, attachment.addition_id):
        await pass_on_late(session, request, (attachment.id,), texts, takers, f"late:file:{attachment.id}")


async def pass_on_late(
    session: AsyncSession,
    request: ServiceRequest,
    files: tuple[int, ...],
    texts: Texts,
    takers: Collection[str],
    key: str,
) -> None:
    count = to_persian(len(files))
    new = NewAddition(key, texts.say("addition.files", count=count), attachment_ids=files)
    _, told = await add(session, request, new, takers)
    if told:
        return
    await open_task(
        session,
        kind="note",
        dedupe_key=key,
        reason=texts.say("task.files", number=request.tracking_number, count=count),
        conversation_id=request.conversation_id,
        service_request_id=request.id,
    )
