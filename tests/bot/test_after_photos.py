"""Photos of what was done reach the citizen: pictures on a messenger, links in the web chat, a report's together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from actions.dialogue import Knowledge
from bot.attachments import SYSTEM, Fetcher
from bot.channels.errors import FetchFailed, FileGone
from casework.tables import ANSWER, Attachment, ServiceRequest, utc_now
from tests.bot.test_attachments import FakeFiles
from tests.support.citizen import BIKE, Citizen, Hamyar, Heard
from tests.support.database import Watch
from tests.support.pictures import picture


@dataclass
class Desk:
    """The system of a filed request, which shows photos of its work."""

    hamyar: Hamyar
    citizen: Citizen
    fetcher: Fetcher
    files: FakeFiles
    request: ServiceRequest

    async def reports(self, *contents: bytes | Exception) -> None:
        """One report with so many photos."""
        now, before = utc_now(), len(self.files.files)
        async with self.hamyar.store.write() as session:
            for number, content in enumerate(contents, before):
                self.files.files[f"http://a/{number}.jpg"] = content
                session.add(
                    Attachment(
                        conversation_id=self.request.conversation_id,
                        service_request_id=self.request.id,
                        kind=ANSWER,
                        file_id=f"http://a/{number}.jpg",
                        created_at=now,
                    )
                )

    async def is_heard(self) -> list[Heard]:
        """What the citizen hears once all that can be had has been fetched."""
        while await self.fetcher.work_once():
            pass
        return await self.citizen.listens()


async def desk_of(citizen: Citizen, knowledge: Knowledge, folder: Path) -> Desk:
    hamyar, files = citizen.hamyar, FakeFiles()
    await citizen.writes(BIKE)
    await citizen.presses("confirm")
    async with hamyar.store.read() as session:
        (request,) = await session.scalars(select(ServiceRequest))
    fetcher = Fetcher(
        hamyar.store,
        {f"{SYSTEM}{request.system}": files},
        folder,
        knowledge.texts,
        photo_url=lambda one: f"http://city/files/{one.id}",
    )
    return Desk(hamyar, citizen, fetcher, files, request)


@pytest.fixture
async def desk(citizen: Citizen, knowledge: Knowledge, tmp_path: Path) -> Desk:
    return await desk_of(citizen, knowledge, tmp_path)


async def test_on_a_messenger_she_gets_the_picture(desk: Desk, tmp_path: Path) -> None:
    await desk.reports(picture())
    (told,) = await desk.is_heard()
    assert told.key == "push.photo" and len(told.message.photos) == 1
    assert (tmp_path / told.message.photos[0]).is_file()
    assert "عکس از" in told.message.text


async def test_the_photos_of_a_report_are_one_album_in_its_order(desk: Desk) -> None:
    shades = (10, 20, 30)
    await desk.reports(*map(picture, shades))
    assert await desk.fetcher.work_once() and not await desk.citizen.listens()  # the others are awaited
    (told,) = await desk.is_heard()
    async with desk.hamyar.store.read() as session:
        rows = (await session.scalars(select(Attachment).order_by(Attachment.id))).all()
    assert told.message.photos == tuple(row.path for row in rows) and len(rows) == 3
    assert "۳ عکس از" in told.message.text


async def test_the_photos_of_two_reports_are_two_albums(desk: Desk) -> None:
    await desk.reports(picture(1), picture(2))
    await desk.reports(picture(3))
    assert [len(told.message.photos) for told in await desk.is_heard()] == [2, 1]


@pytest.mark.parametrize("content", [b"<html>", FileGone("404")])
async def test_an_album_is_shown_without_what_cannot_be_had(desk: Desk, content: bytes | Exception) -> None:
    await desk.reports(picture(1), picture(2), content)
    (told,) = await desk.is_heard()
    assert len(told.message.photos) == 2


async def test_an_album_waits_for_no_second_try_and_the_late_photo_comes_by_itself_once(
    desk: Desk, watch: Watch
) -> None:
    await desk.reports(FetchFailed("away"), picture(2))
    (told,) = await desk.is_heard()
    assert told.key == "push.photo"
    watch.passes(seconds=900)
    assert await desk.is_heard() == []
    desk.files.files["http://a/0.jpg"] = picture(1)
    watch.passes(seconds=900)
    (told_later,) = await desk.is_heard()
    assert told_later.key == "push.photo" and told_later.message.photos != told.message.photos


async def test_in_the_web_chat_she_gets_a_link_for_each(
    hamyar: Hamyar, knowledge: Knowledge, tmp_path: Path
) -> None:
    desk = await desk_of(hamyar.citizen("tab", "webchat"), knowledge, tmp_path)
    await desk.reports(picture(1))
    await desk.reports(picture(2), picture(3))
    one, album = await desk.is_heard()
    assert [[button.label for button in row] for row in one.message.inline] == [["دیدن عکس"]]
    links = [button for row in album.message.inline for button in row]
    assert [link.label for link in links] == ["دیدن عکس ۱", "دیدن عکس ۲"]
    assert all(str(link.url).startswith("http://city/files/") for link in links)
    assert len({link.url for link in links}) == 2 and not album.message.photos


@pytest.mark.parametrize("content", [b"<html>", FileGone("404")])
async def test_of_a_photo_that_cannot_be_had_nothing_is_said(desk: Desk, content: bytes | Exception) -> None:
    await desk.reports(content)
    assert await desk.is_heard() == []
