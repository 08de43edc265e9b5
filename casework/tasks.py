"""What a person has to look at, and the audit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.tables import AuditEntry, OperatorTask, utc_now


async def open_task(
    session: AsyncSession,
    *,
    kind: str,
    dedupe_key: str,
    reason: str,
    conversation_id: int | None = None,
    service_request_id: int | None = None,
) -> OperatorTask:
    """The task under `dedupe_key`: opened once, however often it is asked for."""
    known = await session.scalar(select(OperatorTask).where(OperatorTask.dedupe_key == dedupe_key))
    if known is not None:
        return known
    task = OperatorTask(
        kind=kind,
        dedupe_key=dedupe_key,
        reason=reason,
        conversation_id=conversation_id,
        service_request_id=service_request_id,
    )
    session.add(task)
    await session.flush()
    return task


async def close_task(session: AsyncSession, task_id: int, note: str, actor: str) -> bool:
    """False where there is no such open task."""
    task = await session.get(OperatorTask, task_id)
    if task is None or task.state != "open":
        return False
    task.state, task.closed_at, task.closed_note = "closed", utc_now(), note
    audit(session, actor, "task_closed", f"task:{task_id}")
    return True


def audit(session: AsyncSession, actor: str, action: str, subject: str, **details: Any) -> None:
    session.add(AuditEntry(actor=actor, action=action, subject=subject, details=details))
