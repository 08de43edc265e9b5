"""The web chat on the database: both sides in the order in which it was said, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.channels.webchat_backend import UPLOADS, DatabaseWebChat
from bot.channels.webchat_messages import BadMessage
from casework.store import Store
from casework.tables import OutboxMessage, ServiceRequest
from tests.support.citizen import BIKE, Citizen, Hamyar

JPEG = b"\xff\xd8\xff\xe0" + b"x" * 20


@pytest.fixture
def chat(hamyar: Hamyar, tmp_path: Path) -> DatabaseWebChat:
    return DatabaseWebChat(hamyar.store, hamyar.inbox, hamyar.knowledge, tmp_path / "attachments")


@pytest.fixture
def visitor(hamyar: Hamyar) -> Citizen:
    return hamyar.citizen("visitor", "webchat")


async def test_both_sides_stand_in_the_thread_in_their_order(chat: DatabaseWebChat, visitor: Citizen) -> None:
    await visitor.writes("سلام")
    await visitor.writes(BIKE)
    thread = await chat.thread("visitor", 0)
    assert [item.author for item in thread] == ["citizen", "city", "citizen", "city"]
    assert [item.seq for item in thread] == [1, 2, 3, 4]
    assert thread[0].text == "سلام" and thread[2].text == BIKE
    assert [item.seq for item in await chat.thread("visitor", 2)] == [3, 4]
    assert await chat.thread("visitor", 4) == await chat.thread("nobody", 0) == []


async def test_a_message_posted_twice_stands_there_once(
    chat: DatabaseWebChat, visitor: Citizen, hamyar: Hamyar
) -> None:
    posted = visitor.update("سلام")
    for _ in range(3):
        await chat.receive(replace(posted, sent_at=posted.sent_at.replace(year=2027)))
    await hamyar.work()
    assert [item.author for item in await chat.thread("visitor", 0)] == ["citizen", "city"]


async def test_a_filed_request_has_its_slip_to_keep(
    chat: DatabaseWebChat, visitor: Citizen, store: Store
) -> None:
    await visitor.writes(BIKE)
    await visitor.presses("confirm")
    card = (await chat.thread("visitor", 0))[-1].card
    async with store.read() as session:
        request = (await session.scalars(select(ServiceRequest))).one()
    assert card is not None and card.place == "بولوار هدایت" and card.agency == request.agency
    assert card.tracking_number_shown.replace("\u00a0", "").translate(
        str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789")
    ) == (request.tracking_number)


async def test_buttons_of_an_earlier_question_are_closed(chat: DatabaseWebChat, visitor: Citizen) -> None:
    await visitor.writes(BIKE)
    assert (await chat.thread("visitor", 0))[-1].buttons_open
    await visitor.presses("confirm")
    summary = next(item for item in await chat.thread("visitor", 0) if item.inline)
    assert not summary.buttons_open


async def test_an_old_message_whose_text_is_gone_does_not_take_the_thread_with_it(
    chat: DatabaseWebChat, visitor: Citizen, store: Store
) -> None:
    await visitor.writes("سلام")
    await visitor.writes(BIKE)
    async with store.write() as session:
        await session.execute(
            update(OutboxMessage).where(OutboxMessage.seq == 2).values(content={"key": "no.such.text"})
        )
    assert [item.seq for item in await chat.thread("visitor", 0)] == [1, 3, 4]


async def test_an_upload_lies_under_a_name_of_ours_and_only_if_it_is_what_we_take(
    chat: DatabaseWebChat, tmp_path: Path
) -> None:
    kept = await chat.store_upload("visitor", "../../x.jpg", JPEG)
    assert (tmp_path / "attachments" / UPLOADS / kept.file_id).read_bytes() == JPEG
    assert kept.file_id.isalnum() and (kept.kind, kept.size) == ("photo", len(JPEG))
    with pytest.raises(BadMessage):
        await chat.store_upload("visitor", "x.jpg", b"<script>")
