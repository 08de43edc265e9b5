"""A photo of what was done reaches the citizen: as a picture on a messenger, as a link in the web chat."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from actions.dialogue import Knowledge
from bot.attachments import SYSTEM, Fetcher
from bot.channels.errors import FileGone
from casework.tables import ANSWER, Attachment, ServiceRequest
from tests.bot.test_attachments import FakeFiles
from tests.support.citizen import BIKE, Citizen, Hamyar
from tests.support.pictures import picture


async def shown(
    hamyar: Hamyar, citizen: Citizen, knowledge: Knowledge, folder: Path, content: bytes | Exception
) -> None:
    """Her request is filed, and its system shows a photo."""
    await citizen.writes(BIKE)
    await citizen.presses("confirm")
    async with hamyar.store.write() as session:
        (request,) = await session.scalars(select(ServiceRequest))
        source = f"{SYSTEM}{request.system}"
        session.add(
            Attachment(
                conversation_id=request.conversation_id,
                service_request_id=request.id,
                kind=ANSWER,
                file_id="http://a/1.jpg",
            )
        )
    files = FakeFiles({"http://a/1.jpg": content})
    fetcher = Fetcher(
        hamyar.store,
        {source: files},
        folder,
        knowledge.texts,
        photo_url=lambda one: f"http://city/files/{one.id}",
    )
    assert await fetcher.work_once()
    assert not await fetcher.work_once()
    await citizen.listens()


async def test_on_a_messenger_she_gets_the_picture(
    hamyar: Hamyar, citizen: Citizen, knowledge: Knowledge, tmp_path: Path
) -> None:
    await shown(hamyar, citizen, knowledge, tmp_path, picture())
    last = citizen.heard[-1]
    assert last.key == "push.photo" and len(last.message.photos) == 1
    assert (tmp_path / last.message.photos[0]).is_file()
    assert "عکس از" in last.message.text


async def test_in_the_web_chat_she_gets_a_link(hamyar: Hamyar, knowledge: Knowledge, tmp_path: Path) -> None:
    tab = hamyar.citizen("tab", "webchat")
    await shown(hamyar, tab, knowledge, tmp_path, picture())
    ((button,),) = tab.heard[-1].message.inline
    assert str(button.url).startswith("http://city/files/") and not tab.heard[-1].message.photos


@pytest.mark.parametrize("content", [b"<html>", FileGone("404")])
async def test_of_a_photo_that_cannot_be_had_nothing_is_said(
    hamyar: Hamyar, citizen: Citizen, knowledge: Knowledge, tmp_path: Path, content: bytes | Exception
) -> None:
    await shown(hamyar, citizen, knowledge, tmp_path, content)
    assert citizen.heard[-1].key == "filed.text"
