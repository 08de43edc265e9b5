"""The worker on turns: claim -> danger check -> understand -> act -> commit.

A turn is done once per message id, in one transaction with its effects. Until that commit nothing has happened: after
a crash anywhere its lease runs out and the same steps run again. Nothing calls out while a transaction is open.

What fails three times, a lease that ran out counted, is an operator's task. Rasa away, or the database stumbling, does
not count: the turn waits.
"""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from actions import menu
from actions.dialogue import Knowledge, Message, Understanding
from actions.position import Position
from actions.step import step
from bot import turn_queue
from bot.danger import DangerCheck
from bot.effects import carry_out, content_of
from bot.facts import facts_for, message_of
from bot.inbox import danger_in, say_danger
from bot.turn_queue import AT_ONCE, ATTEMPTS, Claimed
from bot.understanding import UnderstandingClient, UnderstandingUnavailable
from casework.conversations import locked, say
from casework.crew import Crew
from casework.following import code_for
from casework.store import Store, is_transient
from casework.tables import Attachment, Conversation, utc_now
from casework.tasks import open_task
from casework.together import Together

log = structlog.get_logger()

TELL_AFTER = timedelta(seconds=6)
"""So long a turn may wait for Rasa before the citizen is told."""
RETRY_UNDERSTANDING = timedelta(seconds=2)
PATIENCE = timedelta(minutes=10)
"""So long the database's own trouble is not held against a turn."""


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

    def __post_init__(self) -> None:
        self._acts = Together[tuple[Claimed, Understanding | None]](self.store, self._act_on_all)

    async def run(self, stop: asyncio.Event, parallel: int = 12) -> None:
        """Until `stop`; what is begun is finished."""
        crew = Crew("turns", self._claim, self._work, idle_seconds=self.idle_seconds)
        await crew.run(stop, parallel)

    async def work_once(self) -> bool:
        """Claim one turn and bring it to its end. False where none is due."""
        claimed = await self._claim(most=1)
        for one in claimed:
            await self._work(one)
        return bool(claimed)

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

    async def _claim(self, in_a_row: bool = False, most: int = AT_ONCE) -> list[Claimed]:
        """`in_a_row`: there was one a moment ago, so another is likely."""
        if not in_a_row and not await turn_queue.any_due(self.store):
            return []
        async with self.store.write(lightly=True) as session:
            return await turn_queue.claim(session, most, self._is_awaited)

    def _is_awaited(self, file: Attachment, now: datetime) -> bool:
        patience = self.voice_patience if file.kind in ("voice", "audio") else self.file_patience
        is_first_try = file.state == "remote" and file.attempts == 0
        return is_first_try and now - file.created_at < timedelta(seconds=patience)

    async def _tell_danger(self, claimed: Claimed) -> None:
        """Present danger gets its number before anything that may fail or take time.

        The inbox has said it for each text alone; here is what only several together say, or a voice.
        """
        if len(claimed.updates) == 1 and not claimed.heard:
            return
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
        if self.store.is_sqlite:
            await self._acts.put_down((claimed, understood))
            return
        async with self.store.write() as session:
            await self._act_in(session, claimed, understood)

    async def _act_on_all(
        self, session: AsyncSession, turns: list[tuple[Claimed, Understanding | None]]
    ) -> None:
        """SQLite's writers queue anyway: what gathers in the queue costs one transaction."""
        for claimed, understood in turns:
            await self._act_in(session, claimed, understood)

    async def _act_in(
        self, session: AsyncSession, claimed: Claimed, understood: Understanding | None
    ) -> None:
        conversation = await locked(session, claimed.conversation_id)
        if not await turn_queue.is_ours(session, claimed):
            return
        if claimed.held != (conversation.held_by is not None):
            # An operator took or left the conversation meanwhile: once more, as it is now.
            await turn_queue.once_more(session, claimed)
            return
        act = None if claimed.held else await self._answer(session, conversation, claimed, understood)
        intent = understood.intent if understood else None
        await turn_queue.done(session, claimed, {"act": act, "intent": intent} if act else None)

    async def _answer(
        self,
        session: AsyncSession,
        conversation: Conversation,
        claimed: Claimed,
        understood: Understanding | None,
    ) -> str | None:
        """What was done, as the dialogue names it; None for the same tap twice, which has had its answer."""
        turn_id = claimed.turn_id
        read = await message_of(session, conversation, turn_id, claimed.updates, claimed.heard)
        if read is None:
            return None
        message: Message = read
        facts = await facts_for(session, conversation, message, understood, demo=self.demo, turn_id=turn_id)
        before = Position.from_json(conversation.position)
        result = step(before, message, understood, facts, self.knowledge)
        filed = await carry_out(session, conversation, turn_id, result.calls, self.knowledge)
        conversation.position_version += 1
        conversation.position = result.position.to_json()
        conversation.awaiting_answer = result.position.question is not None
        for number, reply in enumerate(result.replies):
            content = content_of(session, conversation, reply, conversation.position_version)
            await say(
                session,
                conversation,
                content,
                dedupe_key=f"turn:{turn_id}:{number}",
                turn_id=turn_id,
                service_request_id=reply.about or filed,  # an answer to this message is known to mean it
            )
        if filed is not None and conversation.channel == "webchat":
            await code_for(session, conversation)  # no push can reach a closed tab
        return result.act

    async def _wait_for_understanding(self, claimed: Claimed, reason: str) -> None:
        """Rasa is away: the citizen is told once, the turn waits and is worked on when it is back."""
        async with self.store.write() as session:
            conversation = await locked(session, claimed.conversation_id)
            turn = await turn_queue.ours(session, claimed)
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
            turn = await turn_queue.ours(session, claimed)
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


def _place_of(error: BaseException) -> str:
    """Where it was raised, as `file.py:line function < …` from the innermost call outwards; nothing else of it."""
    frames = traceback.extract_tb(error.__traceback__)[::-1]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[:5])
