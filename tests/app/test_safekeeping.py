"""A backup brings back what was there, and overwrites nothing."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from app.safekeeping import SafekeepingError, back_up, restore
from app.schema import upgrade
from app.settings import Settings
from casework.store import open_store
from casework.tables import Person


def settings_in(folder: Path) -> Settings:
    return Settings(
        database_url=f"sqlite+aiosqlite:///{folder / 'hamyar.db'}", hamyar_attachments=folder / "attachments"
    )


async def names_in(settings: Settings) -> list[str | None]:
    from sqlalchemy import select

    store = open_store(settings.database_url)
    async with store.read() as session:
        names = list(await session.scalars(select(Person.name)))
    await store.close()
    return names


@pytest.fixture
def lived_in(tmp_path: Path) -> Settings:
    import asyncio

    settings = settings_in(tmp_path / "old")
    (tmp_path / "old").mkdir()
    upgrade(settings.database_url)

    async def write() -> None:
        store = open_store(settings.database_url)
        async with store.write() as session:
            session.add(Person(channel="bale", sender_id="1", name="مریم"))
        await store.close()

    asyncio.run(write())
    (settings.hamyar_attachments / "ab").mkdir(parents=True)
    (settings.hamyar_attachments / "ab" / "photo").write_bytes(b"jpeg")
    return settings


def test_a_backup_put_back_elsewhere_has_the_rows_and_the_files(lived_in: Settings, tmp_path: Path) -> None:
    import asyncio

    archive = tmp_path / "backup.tar.gz"
    back_up(lived_in, archive)
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    fresh = settings_in(tmp_path / "new")
    restore(fresh, archive)
    assert asyncio.run(names_in(fresh)) == ["مریم"]
    assert (fresh.hamyar_attachments / "ab" / "photo").read_bytes() == b"jpeg"


def test_nothing_that_is_there_is_overwritten(lived_in: Settings, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    back_up(lived_in, archive)
    with pytest.raises(SafekeepingError, match=r"not empty|exists"):
        restore(lived_in, archive)


def test_a_broken_archive_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"no archive")
    with pytest.raises(SafekeepingError, match="cannot be read"):
        restore(settings_in(tmp_path / "new"), broken)
