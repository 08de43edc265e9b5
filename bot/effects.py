"""What a step asked for, carried out by the use cases of casework in the turn's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.dialogue import (
    AddToRequest,
    Call,
    ChangeStatus,
    FileRequest,
    Follow,
    Knowledge,
    Learn,
    OpenTask,
    Reply,
)
from actions.turn import REJECTED
from bot.late_files import has_gone_out, pass_on_late
from casework.additions import NewAddition, add
from casework.buttons import issue
from casework.following import follow
from casework.learning import learn
from casework.lifecycle import TransitionRefused
from casework.requests import NewRequest, change_status, file_request, is_own
from casework.routing import Route
from casework.tables import Attachment, Conversation, OperatorTask, ServiceRequest, utc_now
from casework.tasks import open_task

REOPENED = "reopened"
"""The state, and the kind of the task about it."""
REASON_TO_COME = ":reason"
"""Behind the key of a task that was opened before she has said why."""


async def carry_out(
    session: AsyncSession,
    conversation: Conversation,
    turn_id: int,
    calls: tuple[Call, ...],
    knowledge: Knowledge,
) -> int | None:
    """Each call once; database errors roll the whole turn back. The request that it was about, if one was filed."""
    filed = None
    for number, call in enumerate(calls):
        key = f"turn:{turn_id}:{number}"
        match call:
            case FileRequest():
                filed = (await file_request(session, conversation, _new(call, knowledge))).id
            case OpenTask():
                if not await _passed_on(session, conversation, call, knowledge, key):
                    await _open_task(session, conversation, call, key)
            case ChangeStatus():
                await _change_status(session, conversation, call, knowledge, key)
            case AddToRequest():
                await _add(session, conversation, call, knowledge, key)
            case Follow():
                await follow(session, call.code, conversation)
            case Learn():
                await learn(session, key, call.text, call.service_code, call.predicted, call.how)
    return filed


def _new(call: FileRequest, knowledge: Knowledge) -> NewRequest:
    service = knowledge.catalogue.service(call.service_code)
    return NewRequest(
        tracking_number=call.tracking_number,
        draft_id=call.draft_id,
        service=service,
        route=route_of(call.service_code, call.routed_as or call.district, knowledge),
        description=call.description,
        district=call.district,
        issue=call.issue,
        place=dict(call.place),
        attributes=dict(call.attributes),
        attachment_ids=call.media,
    )


def route_of(service_code: str, district: str, knowledge: Knowledge) -> Route:
    """What is not ours goes to the triage desk: no unit's own system knows such a service."""
    ours = knowledge.catalogue.service(service_code).ours
    return knowledge.routing.route(service_code if ours else "other", district)


async def _own(session: AsyncSession, conversation: Conversation, request_id: int) -> ServiceRequest | None:
    request = await session.get(ServiceRequest, request_id, with_for_update=True)
    return request if request and is_own(request, conversation) else None


async def _open_task(session: AsyncSession, conversation: Conversation, call: OpenTask, key: str) -> None:
    if call.kind == REOPENED and await _reason_came(session, call, key):
        return
    once = f"{call.kind}:{conversation.id}:{utc_now():%Y%m%d%H}"
    await open_task(
        session,
        kind=call.kind,
        dedupe_key=once if call.hourly else key,
        reason=call.reason,
        conversation_id=conversation.id,
        service_request_id=call.about,
    )


async def _reason_came(session: AsyncSession, call: OpenTask, key: str) -> bool:
    """Whether there is a task already that waits for her reason (`_tell_reopened`); now it has it."""
    waiting = await session.scalar(
        select(OperatorTask).where(
            OperatorTask.kind == REOPENED,
            OperatorTask.service_request_id == call.about,
            OperatorTask.state == "open",
            OperatorTask.dedupe_key.endswith(REASON_TO_COME),
        )
    )
    if waiting is None:
        return False
    waiting.reason, waiting.dedupe_key = call.reason, key
    return True


async def _passed_on(
    session: AsyncSession,
    conversation: Conversation,
    call: OpenTask,
    knowledge: Knowledge,
    key: str,
    media: tuple[int, ...] = (),
) -> bool:
    """Whether the system of her request is told of these words by itself."""
    request = await _own(session, conversation, call.about) if call.about is not None else None
    if request is None:
        return False
    new = NewAddition(key, call.words, attachment_ids=media)
    return (await add(session, request, new, knowledge.routing.takes_additions))[1]


async def _change_status(
    session: AsyncSession, conversation: Conversation, call: ChangeStatus, knowledge: Knowledge, key: str
) -> None:
    request = await _own(session, conversation, call.request_id)
    if request is None:
        return
    was = request.status
    try:
        changed = await change_status(
            session,
            knowledge.lifecycle,
            request,
            call.to_status,
            "citizen",
            notes=call.notes or None,
            tell=False,  # the reply of this turn says it
        )
        if changed and call.to_status == REOPENED:
            await _tell_reopened(session, conversation, request, knowledge, key, was)
    except TransitionRefused:
        await open_task(
            session,
            kind="unknown_status",
            dedupe_key=f"refused:{request.id}:{call.to_status}:{request.status}",
            reason=f"citizen: {request.status} -> {call.to_status}",
            conversation_id=conversation.id,
            service_request_id=request.id,
        )


async def _tell_reopened(
    session: AsyncSession,
    conversation: Conversation,
    request: ServiceRequest,
    knowledge: Knowledge,
    key: str,
    was: str,
) -> None:
    """Her reason follows, if she gives one; that it is not solved must not wait for it."""
    texts, why = knowledge.texts, "review" if was == REJECTED else "reopened"
    new = NewAddition(key, texts.say(f"addition.{why}"), reopens=True)
    _, told = await add(session, request, new, knowledge.routing.takes_additions)
    if not told:
        words = texts.say("task.reason_to_come")
        await open_task(
            session,
            kind=REOPENED,
            dedupe_key=key + REASON_TO_COME,
            reason=texts.say(f"task.{why}", number=request.tracking_number, words=words),
            conversation_id=conversation.id,
            service_request_id=request.id,
        )


async def _add(
    session: AsyncSession, conversation: Conversation, call: AddToRequest, knowledge: Knowledge, key: str
) -> None:
    request = await _own(session, conversation, call.request_id)
    if request is None:
        return
    await session.execute(
        update(Attachment)
        .where(Attachment.id.in_(call.media), Attachment.conversation_id == conversation.id)
        .values(service_request_id=request.id)
    )
    late = call.media if await has_gone_out(session, request.id) else ()
    if call.note is not None:
        if await _passed_on(session, conversation, call.note, knowledge, key, late):
            return
        await _open_task(session, conversation, call.note, key)
    if late:
        takers = knowledge.routing.takes_additions
        await pass_on_late(session, request, late, knowledge.texts, takers, f"late:{key}")


def content_of(
    session: AsyncSession, conversation: Conversation, reply: Reply, version: int
) -> dict[str, Any]:
    """A reply as an outbox row keeps it: its buttons become tokens bound to this conversation and position."""
    content: dict[str, Any] = {"key": reply.key, "variables": dict(reply.variables)}
    if reply.keyboard:
        content["keyboard"] = reply.keyboard
    if reply.buttons:
        content["buttons"] = [
            [
                {
                    "label": b.label,
                    "token": _token(session, conversation, b.action, b.label, b.sticky, version),
                }
                for b in row
            ]
            for row in reply.buttons
        ]
    return content


def _token(
    session: AsyncSession,
    conversation: Conversation,
    action: Mapping[str, Any],
    label: str,
    sticky: bool,
    version: int,
) -> str:
    return issue(session, conversation.id, action, label, None if sticky else version)
