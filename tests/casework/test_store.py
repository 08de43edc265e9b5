"""One transaction is one transaction, on both databases; a row is in no error's words."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from casework.conversations import conversation_of, locked, next_seq, say
from casework.store import Store, StoreUnavailable, is_transient, open_store
from casework.tables import Conversation, DeadLetter, OutboxMessage, Person, StatusChange

TEHRAN = timezone(timedelta(hours=3, minutes=30))


async def people(store: Store) -> int:
    async with store.read() as session:
        return int(await session.scalar(select(func.count()).select_from(Person)) or 0)


async def test_what_fails_in_the_middle_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError):
        async with store.write() as session:
            session.add(Person(channel="telegram", sender_id="1"))
            await session.flush()
            raise RuntimeError
    assert await people(store) == 0


async def test_what_is_changed_while_reading_is_thrown_away(store: Store) -> None:
    async with store.read() as session:
        session.add(Person(channel="telegram", sender_id="1"))
        await session.flush()
    assert await people(store) == 0


async def test_writers_of_one_conversation_wait_for_each_other_and_nothing_is_lost(migrated_url: str) -> None:
    stores = [open_store(migrated_url) for _ in range(3)]
    async with stores[0].write() as session:
        conversation = await conversation_of(
            session, channel="telegram", chat_id="1", chat_kind="private", sender_id="1", name=None
        )

    async def count(store: Store) -> None:
        for _ in range(5):
            async with store.write() as session:
                next_seq(await locked(session, conversation.id))

    try:
        await asyncio.gather(*(count(store) for store in stores * 2))
        async with stores[0].read() as session:
            assert (await session.scalars(select(Conversation.last_seq))).one() == 30
    finally:
        for store in stores:
            await store.close()


async def test_readers_do_not_wait_for_a_writer(store: Store) -> None:
    async with store.write() as session:
        session.add(Person(channel="telegram", sender_id="1"))
        await session.flush()
        assert await asyncio.wait_for(people(store), 2) == 0


async def test_times_come_back_as_utc_whatever_zone_they_had(store: Store) -> None:
    moment = datetime(2026, 11, 25, 10, 30, tzinfo=TEHRAN)
    async with store.write() as session:
        session.add(DeadLetter(channel="bale", content_hash="x", raw="", reason="", received_at=moment))
    async with store.read() as session:
        (found,) = await session.scalars(select(DeadLetter.received_at))
    assert found == moment and found.utcoffset() == timedelta(0)


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="zone"):
        async with store.write() as session:
            session.add(Person(channel="bale", sender_id="1", created_at=datetime(2026, 1, 1)))


async def test_foreign_keys_are_checked_on_both(store: Store) -> None:
    with pytest.raises(IntegrityError):
        async with store.write() as session:
            session.add(StatusChange(service_request_id=999, to_status="registered", changed_by="citizen"))


async def test_an_error_of_the_database_does_not_quote_the_row(store: Store) -> None:
    for _ in range(2):
        try:
            async with store.write() as session:
                session.add(Person(channel="telegram", sender_id="secretword", name="another secret"))
        except DBAPIError as error:
            said = f"{error} {error.statement} {error.params if error.hide_parameters else ''}"
            assert error.hide_parameters
            assert "another secret" not in str(error) and "insert" in said.lower()
            return
    raise AssertionError("the same person twice")


async def test_only_one_process_at_a_time_does_what_is_done_alone(migrated_url: str) -> None:
    one, two = open_store(migrated_url), open_store(migrated_url)
    try:
        async with one.write() as first:
            assert await one.alone(first, 7)
            if one.is_sqlite:
                return  # its one writer is alone
            async with two.write() as second:
                assert not await two.alone(second, 7)
                assert await two.alone(second, 8)
        async with two.write() as second:
            assert await two.alone(second, 7)
    finally:
        await one.close()
        await two.close()


async def test_what_passes_by_itself_is_told_from_what_does_not(migrated_url: str) -> None:
    assert is_transient(OperationalError("x", None, Exception())) and is_transient(ConnectionResetError())
    assert not is_transient(IntegrityError("x", None, Exception())) and not is_transient(ValueError())
    store = open_store(migrated_url)
    try:
        with pytest.raises(DBAPIError) as wrong:
            async with store.read() as session:
                await session.execute(text("select no_such_column"))
        assert is_transient(wrong.value) == store.is_sqlite  # SQLite has one class for both
        if not store.is_sqlite:
            with pytest.raises(DBAPIError) as ended:
                async with store.read() as session:
                    await session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
            assert is_transient(ended.value)
    finally:
        await store.close()


async def test_two_who_wait_for_each_other_are_parted_and_may_try_again(migrated_url: str) -> None:
    store = open_store(migrated_url)
    if store.is_sqlite:
        await store.close()
        pytest.skip("SQLite has one writer")
    ids = []
    for chat in ("1", "2"):
        async with store.write() as session:
            conversation = await conversation_of(
                session, channel="bale", chat_id=chat, chat_kind="private", sender_id=chat, name=None
            )
            ids.append(conversation.id)

    async def both(first: int, second: int) -> Exception | None:
        try:
            async with store.write() as session:
                await locked(session, first)
                await asyncio.sleep(0.05)
                await locked(session, second)
        except DBAPIError as error:
            return error
        return None

    try:
        ends = await asyncio.gather(both(*ids), both(*reversed(ids)))
    finally:
        await store.close()
    (error,) = [end for end in ends if end is not None]
    assert is_transient(error)


async def test_a_database_that_does_not_answer_is_unavailable() -> None:
    store = open_store("postgresql+asyncpg://hamyar@127.0.0.1:9/x")
    with pytest.raises(StoreUnavailable):
        await store.ping()
    await store.close()


async def test_the_key_of_a_message_is_unique_in_the_database_too(store: Store) -> None:
    async with store.write() as session:
        conversation = await conversation_of(
            session, channel="bale", chat_id="1", chat_kind="private", sender_id="1", name=None
        )
        assert await say(session, conversation, {"key": "x"}, dedupe_key="k")
        assert not await say(session, conversation, {"key": "y"}, dedupe_key="k")
    with pytest.raises(IntegrityError):
        async with store.write() as session:
            session.add(OutboxMessage(conversation_id=1, seq=9, dedupe_key="k", content={}))
