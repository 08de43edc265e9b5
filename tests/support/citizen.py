"""Conversations without a messenger and without Rasa: real inbox, turns, dialogue and database.

await citizen.writes(BIKE)  # and the turn is worked on
assert citizen.heard[-1].key == "summary.ask"
await citizen.presses("confirm")
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from actions.dialogue import Knowledge, Understanding
from bot.danger import DangerCheck
from bot.inbox import Inbox
from bot.incoming import Incoming
from bot.outbox import render_row
from bot.outgoing import InlineButton, Outgoing, SendError
from bot.turns import TurnWorker
from bot.understanding import UnderstandingUnavailable
from casework.store import Store
from casework.tables import ButtonToken, Conversation, OutboxMessage

_ids = itertools.count(1000)

BIKE = "لطفا به بولوار هدایت ایستگاه دوچرخه اضافه کنید"
_PLACE = "بولوار هدایت"
UNDERSTOOD = {
    BIKE: Understanding(
        intent="request",
        confidence=0.95,
        service_code="bike_share",
        ranking=(("bike_share", 0.95), ("bike_lane", 0.02)),
        decision="accept",
        locations=(
            {
                "text": _PLACE,
                "start": BIKE.index(_PLACE),
                "end": BIKE.index(_PLACE) + len(_PLACE),
                "kind": "street",
                "name": _PLACE,
                "district": "2",
            },
        ),
    ),
    "سلام": Understanding(intent="greet", confidence=0.95),
}
"""What a good model makes of these words."""


@dataclass
class FakeUnderstanding:
    """Answers with what was prepared for a text, else that it is out of scope.

    `away`: no server answers. `breaks`: raised instead of an answer. `first`: awaited before each answer.
    """

    prepared: dict[str, Understanding] = field(default_factory=dict)
    away: bool = False
    breaks: Exception | None = None
    first: Callable[[], Any] | None = None
    asked: list[str] = field(default_factory=list)

    async def understand(self, text: str) -> Understanding | None:
        self.asked.append(text)
        if self.first is not None:
            await self.first()
        if self.away:
            raise UnderstandingUnavailable("ConnectError")
        if self.breaks is not None:
            raise self.breaks
        return self.prepared.get(text, Understanding(intent="out_of_scope", confidence=0.9))


@dataclass(frozen=True)
class Heard:
    """One message to a citizen: its row's text key and state, and the message as it is sent."""

    key: str
    state: str
    message: Outgoing
    labels: dict[str, InlineButton]
    """What each button does (`do`) -> the button."""


@dataclass
class Hamyar:
    """The parts behind the messengers."""

    store: Store
    knowledge: Knowledge
    danger: DangerCheck
    understanding: FakeUnderstanding
    grouping: float = 0.0

    @property
    def inbox(self) -> Inbox:
        return Inbox(self.store, self.grouping, self.danger)

    @property
    def worker(self) -> TurnWorker:
        return TurnWorker(self.store, self.understanding, self.knowledge, self.danger)  # type: ignore[arg-type]

    async def work(self) -> int:
        """Turns, until none is due; how many."""
        worker, done = self.worker, 0
        while await worker.work_once():
            done += 1
            assert done < 100, "the worker does not come to an end"
        return done

    def citizen(self, chat_id: str = "1", channel: Any = "telegram") -> Citizen:
        return Citizen(self, chat_id, channel)


@dataclass
class Citizen:
    """Somebody in a private chat. `heard`: all that was said to her, oldest first, as of her last message."""

    hamyar: Hamyar
    chat_id: str
    channel: Any
    heard: list[Heard] = field(default_factory=list)

    def update(self, text: str = "", **content: Any) -> Incoming:
        """An update of hers that is not received yet."""
        number = str(next(_ids))
        known: dict[str, Any] = {
            "channel": self.channel,
            "update_id": number,
            "message_id": number,
            "chat_id": self.chat_id,
            "sender_id": self.chat_id,
            "text": text,
        }
        return Incoming(**(known | content))

    async def writes(self, text: str, **content: Any) -> list[Heard]:
        """Her message and the work on it; what was said in answer."""
        return await self.sends(text=text, **content)

    async def sends(self, **content: Any) -> list[Heard]:
        await self.hamyar.inbox.receive(self.update(**content))
        await self.hamyar.work()
        return await self.listens()

    async def presses(self, do: str) -> list[Heard]:
        """The newest button that does `do`."""
        return await self.sends(button_token=self.token(do))

    def token(self, do: str) -> str:
        for heard in reversed(self.heard):
            if do in heard.labels:
                token = heard.labels[do].token
                assert token is not None
                return token
        raise AssertionError(f"no button does {do}; heard {[heard.key for heard in self.heard]}")

    async def listens(self) -> list[Heard]:
        """What is new since she last listened."""
        before = len(self.heard)
        self.heard = await self._all()
        return self.heard[before:]

    async def _all(self) -> list[Heard]:
        async with self.hamyar.store.read() as session:
            rows = await session.scalars(
                select(OutboxMessage)
                .join(Conversation, OutboxMessage.conversation_id == Conversation.id)
                .where(Conversation.chat_id == self.chat_id, Conversation.channel == self.channel)
                .order_by(OutboxMessage.seq)
            )
            heard = []
            for row in rows.all():
                message = await render_row(session, row.content, self.hamyar.knowledge)
                labels = {}
                for button in (button for line in message.inline for button in line):
                    known = await session.get(ButtonToken, button.token) if button.token else None
                    if known is not None:
                        labels[str(known.action["do"])] = button
                heard.append(Heard(row.content["key"], row.state, message, labels))
        return heard


@dataclass
class FakeMessenger:
    """A messenger's sending side: `sent` is what went out. `troubles`: raised, one for each call, before that."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    troubles: dict[str, list[SendError]] = field(default_factory=dict)
    first: Callable[[], Any] | None = None

    async def send(self, chat_id: str, message: Outgoing) -> tuple[str, ...]:
        if self.first is not None:
            await self.first()
        if self.troubles.get(chat_id):
            raise self.troubles[chat_id].pop(0)
        self.sent.append((chat_id, message.text))
        return (str(len(self.sent)),)

    def to(self, chat_id: str) -> list[str]:
        return [text for chat, text in self.sent if chat == chat_id]


@pytest.fixture
def hamyar(store: Store, knowledge: Knowledge, danger: DangerCheck) -> Hamyar:
    return Hamyar(store, knowledge, danger, FakeUnderstanding(dict(UNDERSTOOD)))


@pytest.fixture
def citizen(hamyar: Hamyar) -> Citizen:
    return hamyar.citizen()
