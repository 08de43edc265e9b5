"""The photos by which a municipal system shows what it has done reach the citizen: those of one report as an album.

An album waits until each of its photos has been tried once. One that could not be had at once is not waited for; it
comes by itself when it is there, or never.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.texts import Texts
from casework.conversations import PULLED, locked, say
from casework.tables import ANSWER, Attachment, ServiceRequest
from persian.digits import to_persian
from persian.tracking import show

PhotoUrl = Callable[[Attachment], str]


async def show_what_is_whole(
    session: AsyncSession, photo: Attachment, texts: Texts, photo_url: PhotoUrl | None
) -> None:
    """After the first or a later try for `photo`, whose row this transaction has changed; each photo is shown once.

    `photo_url`: the address under which the web chat shows a photo; without one nothing is shown there.
    """
    request = await session.get_one(ServiceRequest, photo.service_request_id)
    # Locked first: of two workers who end the last two photos of an album, the second sees what the first has written.
    conversation = await locked(session, request.conversation_id)
    photos: Sequence[Attachment] = [photo] if photo.state == "kept" else []
    if photo.attempts == 0 or photo.state != "kept":
        photos = await _album_of(session, photo)
    if not photos:
        return
    variables = {"agency": request.agency, "number": show(request.tracking_number)}
    content: dict[str, Any] = {"key": "push.photo", "variables": variables}
    if len(photos) > 1:
        content = {"key": "push.photos", "variables": variables | {"count": to_persian(len(photos))}}
    if conversation.channel in PULLED:
        if not photo_url:
            return
        content["buttons"] = [
            [{"label": label, "url": photo_url(one)}]
            for one, label in zip(photos, _labels(texts, len(photos)), strict=True)
        ]
    else:
        content["photos"] = [one.path for one in photos]
    await say(
        session, conversation, content, dedupe_key=f"photo:{photos[0].id}", service_request_id=request.id
    )


async def _album_of(session: AsyncSession, photo: Attachment) -> Sequence[Attachment]:
    """What came at the first try of the photos of one report, in the system's order; nothing while one is awaited."""
    rows = await session.scalars(
        select(Attachment)
        .where(Attachment.service_request_id == photo.service_request_id, Attachment.kind == ANSWER)
        .where(Attachment.created_at == photo.created_at, Attachment.attempts == 0)
        .order_by(Attachment.id)
    )
    tried = rows.all()
    if any(one.state == "remote" for one in tried):
        return ()
    return [one for one in tried if one.state == "kept"]


def _labels(texts: Texts, count: int) -> list[str]:
    if count == 1:
        return [texts.say("push.photo_link")]
    return [texts.say("push.photo_link_of", place=to_persian(place)) for place in range(1, count + 1)]
