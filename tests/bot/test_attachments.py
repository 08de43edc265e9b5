"""Files of citizens: fetched once, kept, refused or lost, and never in each other's way."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from actions.dialogue import Knowledge
from bot.attachments import ATTEMPTS, Fetcher, FolderSource
from bot.channels.errors import FetchFailed, FileGone, FileTooLarge
from bot.incoming import IncomingAttachment
from casework.store import Store
from casework.tables import Attachment, OperatorTask
from tests.support.citizen import BIKE, Citizen, Hamyar
from tests.support.database import Watch
from tests.support.pictures import picture, taken_at


@dataclass
class FakeFiles:
    """Files at a messenger: bytes, or what is raised instead."""

    files: dict[str, bytes | Exception] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    async def download(self, file_id: str, limit_bytes: int) -> bytes:
        self.fetched.append(file_id)
        await asyncio.sleep(0)
        found = self.files[file_id]
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def files() -> FakeFiles:
    return FakeFiles()


@pytest.fixture
def fetcher(store: Store, files: FakeFiles, tmp_path: Path, knowledge: Knowledge) -> Fetcher:
    return Fetcher(store, {"telegram": files}, tmp_path / "kept", knowledge.texts)


async def sent(hamyar: Hamyar, citizen: Citizen, *file_ids: str) -> None:
    for file_id in file_ids:
        await hamyar.inbox.receive(citizen.update(attachments=(IncomingAttachment("photo", file_id),)))


async def kept(store: Store) -> list[Attachment]:
    async with store.read() as session:
        return list(await session.scalars(select(Attachment).order_by(Attachment.id)))


async def fetch_all(fetcher: Fetcher) -> None:
    for _ in range(20):
        if not await fetcher.work_once():
            return
    raise AssertionError("the fetcher does not come to an end")


async def test_a_picture_is_drawn_anew_and_kept_under_the_hash_of_its_bytes(
    hamyar: Hamyar, citizen: Citizen, fetcher: Fetcher, files: FakeFiles, store: Store
) -> None:
    files.files["f"] = picture(exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0") + b"<script>"
    await sent(hamyar, citizen, "f")
    await fetch_all(fetcher)
    (attachment,) = await kept(store)
    written = (fetcher.folder / str(attachment.path)).read_bytes()
    assert b"<script>" not in written and b"Exif" not in written
    digest = hashlib.sha256(written).hexdigest()
    assert (attachment.state, attachment.sha256, attachment.size) == ("kept", digest, len(written))
    assert attachment.mime_type == "image/jpeg"
    assert not list(fetcher.folder.rglob("*.part"))


async def test_many_fetchers_fetch_a_file_once(
    hamyar: Hamyar, citizen: Citizen, fetcher: Fetcher, files: FakeFiles, store: Store
) -> None:
    for number in range(4):
        files.files[f"f{number}"] = picture()
    await sent(hamyar, citizen, *files.files)
    await asyncio.gather(*(fetch_all(fetcher) for _ in range(4)))
    assert sorted(files.fetched) == sorted(files.files)
    assert {attachment.state for attachment in await kept(store)} == {"kept"}


async def test_what_is_too_large_is_refused_and_what_is_gone_is_lost(
    hamyar: Hamyar, citizen: Citizen, fetcher: Fetcher, files: FakeFiles, store: Store
) -> None:
    files.files |= {"big": FileTooLarge("30 MB"), "gone": FileGone("HTTP 404"), "page": b"<html><script>"}
    await sent(hamyar, citizen, "big", "gone", "page")
    await fetch_all(fetcher)
    states = [(attachment.state, attachment.path) for attachment in await kept(store)]
    assert states == [("refused", None), ("lost", None), ("refused", None)]


@pytest.mark.parametrize("trouble", [FetchFailed("HTTP 502"), ValueError("odd"), TimeoutError()])
async def test_trouble_is_tried_again_and_holds_up_no_other_file(
    hamyar: Hamyar,
    citizen: Citizen,
    fetcher: Fetcher,
    files: FakeFiles,
    store: Store,
    watch: Watch,
    trouble: Exception,
) -> None:
    files.files |= {"bad": trouble, "good": picture()}
    await sent(hamyar, citizen, "bad", "good")
    await fetch_all(fetcher)
    assert [attachment.state for attachment in await kept(store)] == ["remote", "kept"]
    files.files["bad"] = picture(7)
    watch.passes(minutes=5)
    await fetch_all(fetcher)
    assert [attachment.state for attachment in await kept(store)] == ["kept", "kept"]


async def test_a_file_that_never_comes_is_lost_in_the_end(
    hamyar: Hamyar, citizen: Citizen, fetcher: Fetcher, files: FakeFiles, store: Store, watch: Watch
) -> None:
    files.files["bad"] = FetchFailed("HTTP 502")
    await sent(hamyar, citizen, "bad")
    for _ in range(ATTEMPTS):
        await fetch_all(fetcher)
        watch.passes(minutes=20)
    await fetch_all(fetcher)
    assert [attachment.state for attachment in await kept(store)] == ["lost"]
    assert len(files.fetched) == ATTEMPTS


async def test_a_folder_gives_only_names_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "webchat"
    folder.mkdir()
    (folder / "abc123").write_bytes(b"x" * 10)
    (tmp_path / "secret").write_bytes(b"y")
    source = FolderSource(folder)
    assert await source.download("abc123", 10) == b"x" * 10
    with pytest.raises(FileTooLarge):
        await source.download("abc123", 9)
    for name in ("../secret", "/etc/passwd", "nothere", ""):
        with pytest.raises(FileGone):
            await source.download(name, 10)


async def test_she_is_told_once_what_became_of_a_file_that_is_not_kept(
    hamyar: Hamyar, citizen: Citizen, fetcher: Fetcher, files: FakeFiles
) -> None:
    files.files |= {
        "big": FileTooLarge("30 MB"),
        "gone": FileGone("HTTP 404"),
        "page": b"<html>",
        "torn": b"\xff\xd8\xff\xe0torn",
    }
    await sent(hamyar, citizen, *files.files)
    await fetch_all(fetcher)
    said = [heard.key for heard in await citizen.listens()]
    assert sorted(said) == ["files.lost", "files.refused_broken", "files.refused_large", "files.refused_type"]


async def test_a_picture_tells_where_it_was_taken_and_keeps_it_no_longer(
    hamyar: Hamyar, citizen: Citizen, fetcher: Fetcher, files: FakeFiles, store: Store
) -> None:
    files.files |= {"here": taken_at(36.3264, 59.5352), "nowhere": taken_at(0, 0)}
    await sent(hamyar, citizen, *files.files)
    await fetch_all(fetcher)
    here, nowhere = await kept(store)
    assert (round(here.latitude or 0, 4), round(here.longitude or 0, 4)) == (36.3264, 59.5352)
    assert nowhere.latitude is None
    written = Image.open(fetcher.folder / str(here.path))
    assert not written.getexif()


async def test_a_file_in_time_is_nobodys_task(
    hamyar: Hamyar, citizen: Citizen, fetcher: Fetcher, files: FakeFiles, store: Store
) -> None:
    files.files["early"] = picture()
    await citizen.writes(BIKE)
    await citizen.sends(attachments=(IncomingAttachment("photo", "early"),))
    await citizen.presses("confirm")
    await fetch_all(fetcher)
    async with store.read() as session:
        assert not list(await session.scalars(select(OperatorTask)))
