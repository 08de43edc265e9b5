"""The worker on turns: claim -> danger check -> understand -> act -> commit.

A turn is done once per message id, in one transaction with its effects. Until that commit nothing has happened: after
a crash anywhere its lease runs out and the same steps run again. Nothing calls out while a transaction is open.

What fails three times, a lease that ran out counted, is an operator's task. Rasa away, or the database stumbling, does
not count: the turn waits.
"""

from __future__ import annotations

import asyncio
import secrets
import traceback
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import menu
from actions.dialogue import Knowledge, Message, Understanding
from actions.position import Position
from actions.step import step
from bot.danger import DangerCheck
from bot.effects import carry_out, content_of
from bot.facts import facts_for, files_of, message_of, words_of
from bot.inbox import danger_in, say_danger
from bot.incoming import Incoming
from bot.understanding import UnderstandingClient, UnderstandingUnavailable
from casework.conversations import locked, say
from casework.following import code_for
from casework.pause import pause
from casework.queues import due
from casework.store import Store, is_transient
from casework.tables import Attachment, Conversation, InboxUpdate, Turn, utc_now
from casework.tasks import open_task

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
ATTEMPTS = 3
TELL_AFTER = timedelta(seconds=6)
"""So long a turn may wait for Rasa before the citizen is told."""
RETRY_UNDERSTANDING = timedelta(seconds=2)
LOOK_FOR_FILES = timedelta(seconds=0.1)
PATIENCE = timedelta(minutes=10)
"""So long the database's own trouble is not held against a turn."""
_DUE = due(Turn, Turn.due_at, Turn.id)


@dataclass(frozen=True)
class Claimed:
    """A turn that is ours until its lease runs out."""

    turn_id: int
    owner: str
    conversation_id: int
    updates: tuple[Incoming, ...]
    held: bool
    worn_out: bool = False
    """Too many workers have died over it."""
    heard: str = ""
    """What a recogniser made of her voices."""

    @property
    def text(self) -> str:
        return words_of(self.updates, self.heard)


@dataclass
class TurnWorker:
    """Works on turns of conversations that nobody else works on, oldest first."""

    store: Store
    understanding: UnderstandingClient
    knowledge: Knowledge
    danger: DangerCheck
    demo: bool = False
    idle_seconds: float = 0.1
    file_patience: float = 0.0
    """Seconds that a turn waits for its files to be fetched (a picture may say where it was taken)."""
    voice_patience: float = 0.0
    """The same for a voice, where a recogniser is to put it into words."""
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Of those that have nothing to do only one looks for work."""

    async def run(self, stop: asyncio.Event, parallel: int = 8) -> None:
        """Until `stop`; what is begun is finished."""
        await asyncio.gather(*(self._loop(stop) for _ in range(parallel if not self.store.is_sqlite else 4)))

    async def _loop(self, stop: asyncio.Event) -> None:
        in_a_row = False
        while not stop.is_set():
            try:
                async with self._looking:
                    claimed = await self._claim(in_a_row)
                    in_a_row = claimed is not None
                    if claimed is None:
                        await pause(stop, self.idle_seconds)
                        continue
                await self._work(claimed)
            except Exception as error:  # the database is away, or worse: say so, wait, go on
                log.error("turns_interrupted", error=type(error).__name__)
                await pause(stop, 1.0)

    async def work_once(self) -> bool:
        """Claim one turn and bring it to its end. False where none is due."""
        claimed = await self._claim()
        if claimed is not None:
            await self._work(claimed)
        return claimed is not None

    async def _work(self, claimed: Claimed) -> None:
        if claimed.worn_out:
            await self._give_back(claimed, "its workers died")
            return
        try:
            await self._tell_danger(claimed)
            understood = await self._understand(claimed)
            await self._act(claimed, understood)
        except UnderstandingUnavailable as error:
            await self._wait_for_understanding(claimed, str(error))
        except Exception as error:
            # Neither its message nor its locals: both may hold what the citizen wrote.
            log.error("turn_failed", turn=claimed.turn_id, error=type(error).__name__, at=_place_of(error))
            await self._give_back(claimed, type(error).__name__, transient=is_transient(error))

    async def _claim(self, in_a_row: bool = False) -> Claimed | None:
        """`in_a_row`: there was one a moment ago, so another is likely."""
        now, owner = utc_now(), secrets.token_hex(8)
        if self.store.is_sqlite and not in_a_row:
            # Looking takes no write lock: an idle worker disturbs nobody.
            async with self.store.read() as session:
                if await session.scalar(_DUE, {"now": now}) is None:
                    return None
        async with self.store.write() as session:
            turn = await session.scalar(_DUE, {"now": now})
            if turn is None:
                return None
            rows = await session.scalars(
                select(InboxUpdate).where(InboxUpdate.turn_id == turn.id).order_by(InboxUpdate.id)
            )
            updates = tuple(Incoming.from_json(row.message) for row in rows)
            files = await files_of(session, turn, updates)
            if any(self._is_awaited(file, now) for file in files):
                turn.due_at = now + LOOK_FOR_FILES
                return None
            turn.attempts += turn.state == "working"  # a lease that ran out
            worn_out = turn.attempts >= ATTEMPTS
            turn.state, turn.lease_owner, turn.lease_until = "working", owner, now + LEASE
            conversation = await session.get_one(Conversation, turn.conversation_id)
            held = conversation.held_by is not None
            heard = "\n".join(file.transcript for file in files if file.transcript)
            return Claimed(turn.id, owner, turn.conversation_id, updates, held, worn_out, heard)

    def _is_awaited(self, file: Attachment, now: datetime) -> bool:
        patience = self.voice_patience if file.kind in ("voice", "audio") else self.file_patience
        is_first_try = file.state == "remote" and file.attempts == 0
        return is_first_try and now - file.created_at < timedelta(seconds=patience)

    async def _tell_danger(self, claimed: Claimed) -> None:
        """Present danger gets its number before anything that may fail or take time.

        Mostly the inbox has said it already; here also what only several texts together say.
        """
        kind = danger_in(self.danger, claimed.text)
        if kind is None:
            return
        async with self.store.write() as session:
            conversation = await locked(session, claimed.conversation_id)
            await say_danger(session, conversation, claimed.turn_id, kind)

    async def _understand(self, claimed: Claimed) -> Understanding | None:
        if claimed.held or not claimed.text or any(update.button_token for update in claimed.updates):
            return None
        if any(update.chat_kind == "group" for update in claimed.updates):
            return None  # groups are only told to write in private
        if menu.command_in(claimed.text, self.knowledge.texts):
            return None
        return await self.understanding.understand(claimed.text)

    async def _act(self, claimed: Claimed, understood: Understanding | None) -> None:
        async with self.store.write() as session:
            conversation = await locked(session, claimed.conversation_id)
            turn = await _ours(session, claimed)
            if turn is None:
                return
            if claimed.held != (conversation.held_by is not None):
                # An operator took or left the conversation meanwhile: once more, as it is now.
                turn.state, turn.due_at, turn.open_until, turn.lease_until = "waiting", utc_now(), None, None
                return
            if not claimed.held:
                await self._answer(session, conversation, turn, claimed, understood)
            turn.state, turn.done_at, turn.lease_until = "done", utc_now(), None

    async def _answer(
        self,
        session: AsyncSession,
        conversation: Conversation,
        turn: Turn,
        claimed: Claimed,
        understood: Understanding | None,
    ) -> None:
        read = await message_of(session, conversation, turn, claimed.updates, claimed.heard)
        if read is None:
            return  # the same tap twice: it has had its answer
        message: Message = read
        facts = await facts_for(session, conversation, message, understood, demo=self.demo)
        before = Position.from_json(conversation.position)
        result = step(before, message, understood, facts, self.knowledge)
        filed = await carry_out(session, conversation, turn.id, result.calls, self.knowledge)
        conversation.position_version += 1
        conversation.position = result.position.to_json()
        conversation.awaiting_answer = result.position.question is not None
        for number, reply in enumerate(result.replies):
            content = content_of(session, conversation, reply, conversation.position_version)
            await say(
                session,
                conversation,
                content,
                dedupe_key=f"turn:{turn.id}:{number}",
                turn_id=turn.id,
                service_request_id=reply.about or filed,  # an answer to this message is known to mean it
            )
        if filed is not None and conversation.channel == "webchat":
            await code_for(session, conversation)  # no push can reach a closed tab
        turn.understanding = {"act": result.act, "intent": understood.intent if understood else None}

    async def _wait_for_understanding(self, claimed: Claimed, reason: str) -> None:
        """Rasa is away: the citizen is told once, the turn waits and is worked on when it is back."""
        async with self.store.write() as session:
            conversation = await locked(session, claimed.conversation_id)
            turn = await _ours(session, claimed)
            if turn is None:
                return
            now = utc_now()
            turn.state, turn.lease_until, turn.due_at = "waiting", None, now + RETRY_UNDERSTANDING
            turn.open_until = None
            turn.error = reason
            if not turn.told_waiting and now - turn.created_at > TELL_AFTER:
                turn.told_waiting = True
                await say(
                    session,
                    conversation,
                    {"key": "turn.waiting"},
                    dedupe_key=f"waiting:{turn.id}",
                    turn_id=turn.id,
                )

    async def _give_back(self, claimed: Claimed, reason: str, *, transient: bool = False) -> None:
        """Something failed. Three times: an operator's task, and an honest sentence, never silence."""
        async with self.store.write() as session:
            conversation = await locked(session, claimed.conversation_id)
            turn = await _ours(session, claimed)
            if turn is None:
                return
            turn.attempts += not (transient and utc_now() - turn.created_at < PATIENCE)
            turn.lease_until, turn.error, turn.open_until = None, reason, None
            if turn.attempts < ATTEMPTS:
                turn.state, turn.due_at = "waiting", utc_now() + timedelta(seconds=2**turn.attempts)
                return
            turn.state, turn.done_at = "failed", utc_now()
            await open_task(
                session,
                kind="failed_turn",
                dedupe_key=f"failed_turn:{turn.id}",
                reason=reason,
                conversation_id=conversation.id,
            )
            await say(
                session, conversation, {"key": "turn.failed"}, dedupe_key=f"failed:{turn.id}", turn_id=turn.id
            )


async def _ours(session: AsyncSession, claimed: Claimed) -> Turn | None:
    """The turn, locked; None where it is done already, or its lease ran out and somebody else has it."""
    turn = await session.get_one(Turn, claimed.turn_id, with_for_update=True)
    return turn if turn.state == "working" and turn.lease_owner == claimed.owner else None


def _place_of(error: BaseException) -> str:
    """Where it was raised, as `file.py:line function < …` from the innermost call outwards; nothing else of it."""
    frames = traceback.extract_tb(error.__traceback__)[::-1]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[:5])
