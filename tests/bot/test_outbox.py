"""The sender: in order, as fast as allowed, and honest about what could not be sent."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from limits import parse
from sqlalchemy import select, update

from bot.joining import ended_turn
from bot.outbox import GIVE_UP_AFTER, LEASE, Outbox
from bot.outgoing import Outgoing, RecipientGone, SendFailed, SendLater, SendRefused
from bot.rates import Limits, Rates
from casework.conversations import conversation_of, say
from casework.store import Store
from casework.tables import Conversation, OperatorTask, OutboxMessage, utc_now
from tests.support.citizen import FakeMessenger, Hamyar
from tests.support.database import Watch


@pytest.fixture
def messenger() -> FakeMessenger:
    return FakeMessenger()


@pytest.fixture
def outbox(hamyar: Hamyar, messenger: FakeMessenger) -> Outbox:
    return Outbox(hamyar.store, {"telegram": messenger}, hamyar.knowledge)


async def tell(
    store: Store, chat_id: str, *texts: str, channel: str = "telegram", is_reply: bool = False
) -> None:
    """Put texts into the outbox of a conversation; `answers.text` is a text that says any words."""
    for text in texts:
        async with store.write() as session:
            conversation = await conversation_of(
                session, channel=channel, chat_id=chat_id, chat_kind="private", sender_id=chat_id, name=None
            )
            content = {"key": "answers.text", "variables": {"text": text}}
            turn_id = await ended_turn(session, conversation, "answered") if is_reply else None
            key = f"{chat_id}:{text}:{conversation.last_seq}"
            await say(session, conversation, content, dedupe_key=key, turn_id=turn_id)


async def push(store: Store, chat_id: str, text: str) -> None:
    """What is said to her without her having written."""
    async with store.write() as session:
        conversation = (
            await session.scalars(
                select(Conversation).where(Conversation.chat_id == chat_id).with_for_update()
            )
        ).one()
        content = {"key": "answers.text", "variables": {"text": text}}
        await say(session, conversation, content, dedupe_key=f"push:{text}")


async def send_all(outbox: Outbox) -> int:
    sent = 0
    while await outbox.work_once():
        sent += 1
        assert sent < 200, "the sender does not come to an end"
    return sent


async def states(store: Store) -> list[str]:
    async with store.read() as session:
        return list(await session.scalars(select(OutboxMessage.state).order_by(OutboxMessage.id)))


async def tasks(store: Store) -> list[Any]:
    async with store.read() as session:
        return list(await session.scalars(select(OperatorTask)))


# ---------------------------------------------------------------- order


async def test_messages_of_a_conversation_go_out_in_their_order_with_four_senders_at_work(
    outbox: Outbox, messenger: FakeMessenger, store: Store
) -> None:
    for number in range(5):
        for chat in ("1", "2", "3"):
            await tell(store, chat, f"{number}")

    async def take_a_while() -> None:
        await asyncio.sleep(0.002)

    messenger.first = take_a_while
    await asyncio.gather(*(send_all(outbox) for _ in range(4)))
    await send_all(outbox)
    for chat in ("1", "2", "3"):
        assert messenger.to(chat) == ["0", "1", "2", "3", "4"]


async def test_a_push_does_not_overtake_a_reply_that_has_to_be_sent_again(
    outbox: Outbox, messenger: FakeMessenger, store: Store, watch: Watch
) -> None:
    await tell(store, "1", "reply")
    messenger.troubles["1"] = [SendFailed("HTTP 502")]
    await send_all(outbox)
    await push(store, "1", "push")
    await send_all(outbox)
    assert messenger.sent == []
    watch.passes(seconds=5)
    await send_all(outbox)
    assert messenger.to("1") == ["reply", "push"]


async def test_who_has_just_written_does_not_wait_for_the_news_of_hundreds(
    outbox: Outbox, messenger: FakeMessenger, store: Store
) -> None:
    for number in range(30):
        await tell(store, f"news{number}", "news")
    await tell(store, "citizen", "reply", is_reply=True)
    assert "citizen" in {claimed.chat_id for claimed in await outbox._claim(most=8)}


async def test_news_goes_out_while_replies_keep_coming(
    outbox: Outbox, messenger: FakeMessenger, store: Store
) -> None:
    await tell(store, "news", "news")
    for number in range(30):
        await tell(store, f"citizen{number}", "reply", is_reply=True)
    claimed = [one.chat_id for one in await outbox._claim(most=8)]
    assert len(claimed) == 8 and claimed.count("news") == 1


async def test_told_to_wait_holds_up_that_chat_only(
    outbox: Outbox, messenger: FakeMessenger, store: Store, watch: Watch
) -> None:
    await tell(store, "1", "a", "b")
    await tell(store, "2", "c")
    messenger.troubles["1"] = [SendLater(30)]
    await send_all(outbox)
    assert messenger.sent == [("2", "c")]
    watch.passes(seconds=29)
    assert await send_all(outbox) == 0
    watch.passes(seconds=2)
    await send_all(outbox)
    assert messenger.to("1") == ["a", "b"]
    async with store.read() as session:
        assert set(await session.scalars(select(OutboxMessage.attempts))) == {0}


async def test_a_message_is_said_once_under_its_key(store: Store) -> None:
    await tell(store, "1", "a")
    for _ in range(2):
        await push(store, "1", "push")
    assert await states(store) == ["waiting", "waiting"]


async def test_channels_that_fetch_their_replies_are_not_sent_to(outbox: Outbox, store: Store) -> None:
    await tell(store, "1", "a", channel="webchat")
    assert await states(store) == ["sent"] and await send_all(outbox) == 0


# ---------------------------------------------------------------- what goes wrong


async def test_who_blocked_the_bot_is_left_alone_until_she_writes_again(
    outbox: Outbox, messenger: FakeMessenger, hamyar: Hamyar, store: Store
) -> None:
    await tell(store, "1", "a", "b", "c")
    messenger.troubles["1"] = [RecipientGone("blocked")]
    await send_all(outbox)
    await push(store, "1", "push")
    await send_all(outbox)
    assert messenger.sent == [] and await states(store) == ["gone"] * 4
    citizen = hamyar.citizen()
    await citizen.writes("سلام")
    await send_all(outbox)
    assert messenger.to("1")[:4] == ["a", "b", "c", "push"] and len(messenger.to("1")) == 5
    assert await states(store) == ["sent"] * 5


async def test_what_waited_longer_than_a_week_for_her_is_not_sent_any_more(
    outbox: Outbox, messenger: FakeMessenger, hamyar: Hamyar, store: Store, watch: Watch
) -> None:
    await tell(store, "1", "old")
    messenger.troubles["1"] = [RecipientGone("blocked")]
    await send_all(outbox)
    watch.passes(days=8)
    await hamyar.citizen().writes("سلام")
    await send_all(outbox)
    assert len(messenger.to("1")) == 1 and "old" not in messenger.to("1")


async def test_what_the_messenger_refuses_is_an_operators_task_and_the_next_goes_out(
    outbox: Outbox, messenger: FakeMessenger, store: Store
) -> None:
    await tell(store, "1", "a", "b")
    messenger.troubles["1"] = [SendRefused("message is too long")]
    await send_all(outbox)
    assert messenger.to("1") == ["b"] and await states(store) == ["refused", "sent"]
    (task,) = await tasks(store)
    assert task.kind == "refused_message" and task.conversation_id is not None


async def test_what_cannot_be_sent_for_a_day_is_an_operators_task(
    outbox: Outbox, messenger: FakeMessenger, store: Store, watch: Watch
) -> None:
    await tell(store, "1", "a")
    messenger.troubles["1"] = [SendFailed("HTTP 502")] * 2
    await send_all(outbox)
    assert await states(store) == ["waiting"]
    watch.passes(seconds=GIVE_UP_AFTER.total_seconds() + 60)
    await send_all(outbox)
    assert await states(store) == ["refused"] and len(await tasks(store)) == 1


async def test_a_message_that_cannot_be_rendered_does_not_stop_all_others(
    outbox: Outbox, messenger: FakeMessenger, store: Store
) -> None:
    await tell(store, "1", "a", "b")
    await tell(store, "2", "c")
    async with store.write() as session:
        first = select(OutboxMessage.id).order_by(OutboxMessage.id).limit(1).scalar_subquery()
        await session.execute(
            update(OutboxMessage).where(OutboxMessage.id == first).values(content={"key": "no.such.text"})
        )
    await send_all(outbox)
    assert sorted(messenger.sent) == [("1", "b"), ("2", "c")]
    (task,) = await tasks(store)
    assert task.reason == "cannot be rendered: TextError"


async def test_an_unheard_of_error_is_tried_again(
    outbox: Outbox, messenger: FakeMessenger, store: Store, watch: Watch
) -> None:
    await tell(store, "1", "a")
    messenger.troubles["1"] = [RuntimeError("?")]  # type: ignore[list-item]
    await send_all(outbox)
    watch.passes(seconds=5)
    await send_all(outbox)
    assert messenger.to("1") == ["a"]


async def test_a_crash_between_sending_and_marking_repeats_it_once_only(
    outbox: Outbox, messenger: FakeMessenger, store: Store, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    async def die(*_given: object) -> None:
        raise Killed

    await tell(store, "1", "a", "b")
    with monkeypatch.context() as patched:
        patched.setattr(Outbox, "_sent", die)
        with pytest.raises(Killed):
            await outbox.work_once()
    assert await send_all(outbox) == 0  # still somebody's, and the next one waits behind it
    watch.passes(seconds=LEASE.total_seconds() + 1)
    await send_all(outbox)
    assert messenger.to("1") == ["a", "a", "b"]


async def test_a_sender_whose_lease_ran_out_marks_nothing(
    outbox: Outbox, messenger: FakeMessenger, store: Store, watch: Watch
) -> None:
    gate, inside = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        inside.set()
        await gate.wait()

    await tell(store, "1", "a")
    messenger.first, messenger.troubles["1"] = hang, [SendRefused("too late to matter")]
    slow = asyncio.create_task(outbox.work_once())
    await inside.wait()
    messenger.first = None
    messenger.troubles, kept = {}, messenger.troubles
    watch.passes(seconds=LEASE.total_seconds() + 1)
    await send_all(outbox)
    messenger.troubles = kept
    gate.set()
    await slow
    assert await states(store) == ["sent"] and await tasks(store) == []


# ---------------------------------------------------------------- rates


async def test_so_many_messages_go_into_one_chat_and_the_rest_waits_in_order(
    outbox: Outbox, messenger: FakeMessenger, store: Store, watch: Watch
) -> None:
    outbox.rates = Rates(limits={"telegram": Limits(parse("1000/second"), parse("2 per 1 hour"))})
    await tell(store, "1", "a", "b", "c")
    await tell(store, "2", "d")
    await send_all(outbox)
    assert messenger.to("1") == ["a", "b"] and messenger.to("2") == ["d"]
    assert await states(store) == ["sent", "sent", "waiting", "sent"]
    watch.passes(hours=2)
    outbox.rates = None
    await send_all(outbox)
    assert messenger.to("1") == ["a", "b", "c"]


async def test_a_bot_sends_no_more_than_its_messenger_allows() -> None:
    rates = Rates(limits={"bale": Limits(parse("10/second"), parse("1000/second"))})
    begun = time.monotonic()
    await asyncio.gather(*(rates.overall("bale") for _ in range(15)))
    assert 0.8 < time.monotonic() - begun < 3
    await asyncio.wait_for(asyncio.gather(*(rates.overall("telegram") for _ in range(100))), 1)


async def test_each_chat_has_its_own_rate() -> None:
    rates = Rates()
    assert [await rates.chat("telegram", "1") for _ in range(3)] == [0, 0, 0]
    assert 2 < await rates.chat("telegram", "1") <= 3
    assert await rates.chat("telegram", "2") == await rates.chat("bale", "1") == 0


@pytest.mark.parametrize(
    ("message", "count"),
    [
        (Outgoing("سلام"), 1),
        (Outgoing("پس از تعمیر", photos=("a",)), 1),
        (Outgoing("پس از تعمیر", photos=("a", "b", "c")), 3),
        (Outgoing("کلمه " * 2000), 3),
    ],
)
def test_a_message_counts_as_what_the_messenger_makes_of_it(message: Outgoing, count: int) -> None:
    assert message.messages == count


async def test_an_album_takes_as_much_of_a_chats_rate_as_it_has_pictures() -> None:
    rates = Rates()
    assert await rates.chat("telegram", "1", 2) == 0 < await rates.chat("telegram", "1", 2)
    assert await rates.chat("telegram", "1", 1) == 0
    assert await rates.chat("telegram", "2", 10) == 0 < await rates.chat("telegram", "2", 1)
    await asyncio.wait_for(rates.overall("telegram", 100), 1)


async def test_a_redis_that_is_away_stops_nobody() -> None:
    rates = Rates("redis://127.0.0.1:1/0")
    assert [await rates.chat("telegram", "1") for _ in range(3)] == [0, 0, 0]
    assert await rates.chat("telegram", "1") > 2
    await rates.overall("telegram")


async def test_idle_senders_see_what_is_due_only(outbox: Outbox, store: Store) -> None:
    await tell(store, "1", "a")
    async with store.write() as session:
        await session.execute(update(OutboxMessage).values(next_at=utc_now().replace(year=2100)))
    assert await outbox.work_once() is False
