"""Files of citizens are fetched by signed addresses alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from casework.attachment_links import VALID_SECONDS, AttachmentLinks
from casework.conversations import conversation_of
from casework.store import Store
from casework.tables import Attachment
from tests.support.database import migrated_file, migrated_postgres, migrated_url, store
from tests.support.pictures import picture
from web.public.app import create_public_app
from web.public.files import file_route

__all__ = ["migrated_file", "migrated_postgres", "migrated_url", "store"]

NOW = 1_800_000_000.0
LINKS = AttachmentLinks("secret", "http://hamyar.test", clock=lambda: NOW)


@pytest_asyncio.fixture
async def client(store: Store, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_public_app([file_route(store, LINKS, tmp_path)])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://hamyar.test") as client:
        yield client


async def kept(store: Store, folder: Path, **fields: str) -> Attachment:
    (folder / "aa").mkdir(exist_ok=True)
    (folder / "aa" / "photo").write_bytes(picture())
    async with store.write() as session:
        conversation = await conversation_of(
            session, channel="bale", chat_id="1", chat_kind="private", sender_id="1", name=None
        )
        row = Attachment(
            conversation_id=conversation.id,
            kind="photo",
            file_id="f",
            **{"state": "kept", "path": "aa/photo", "mime_type": "image/jpeg", **fields},
        )
        session.add(row)
    return row


async def test_the_signed_address_gives_the_file_as_a_download(
    client: httpx.AsyncClient, store: Store, tmp_path: Path
) -> None:
    attachment = await kept(store, tmp_path)
    (url,) = LINKS.urls([attachment])
    answered = await client.get(url)
    assert answered.content == picture()
    assert answered.headers["content-type"] == "image/jpeg"
    assert answered.headers["content-disposition"].startswith("attachment;")
    assert answered.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answered.headers["content-security-policy"]


async def test_another_number_time_or_signature_is_not_found(
    client: httpx.AsyncClient, store: Store, tmp_path: Path
) -> None:
    attachment = await kept(store, tmp_path)
    id_, expires, signature = LINKS.url(attachment).rsplit("/", 3)[-3:]
    for path in (
        f"/files/{int(id_) + 1}/{expires}/{signature}",
        f"/files/{id_}/{int(expires) + 1}/{signature}",
        f"/files/{id_}/{expires}/{signature[:-1]}",
        f"/files/{id_}/{expires}/\u0647",
        f"/files/{id_}",
    ):
        assert (await client.get(path)).status_code == 404, path


async def test_an_address_ends(client: httpx.AsyncClient, store: Store, tmp_path: Path) -> None:
    attachment = await kept(store, tmp_path)
    old = AttachmentLinks("secret", "http://hamyar.test", clock=lambda: NOW - VALID_SECONDS - 1)
    assert (await client.get(old.url(attachment))).status_code == 404


async def test_what_was_not_kept_or_may_not_leave_has_no_address(
    client: httpx.AsyncClient, store: Store, tmp_path: Path
) -> None:
    for fields in ({"state": "refused"}, {"mime_type": "image/heic"}):
        attachment = await kept(store, tmp_path, **fields)
        assert LINKS.urls([attachment]) == ()
        assert (await client.get(LINKS.url(attachment))).status_code == 404
