"""Drives the pure step: a citizen's turns one after the other, as `bot.turns` would, without database or server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from actions.dialogue import (
    Call,
    Facts,
    FileRequest,
    Knowledge,
    Media,
    Message,
    Press,
    Reply,
    RequestView,
    StepResult,
    Understanding,
)
from actions.position import Position
from actions.step import step
from persian import tracking

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=timezone.utc)


def understood(intent: str = "request", confidence: float = 0.95, **more: Any) -> Understanding:
    """What a model might make of a message; `service` with `decision` «accept» unless said otherwise."""
    service = more.pop("service", None)
    if service:
        more.setdefault("service_code", service)
        more.setdefault("ranking", ((service, 0.95), ("other", 0.02), ("odor", 0.01)))
        more.setdefault("decision", "accept")
    return Understanding(intent=intent, confidence=confidence, **more)


def place(text: str, district: str | None, kind: str = "street") -> dict[str, Any]:
    """A found place; `Dialogue.says` puts in where it stands in the message."""
    return {"text": text, "start": 0, "end": 0, "kind": kind, "name": text, "district": district}


def _where_it_stands(one: Mapping[str, Any], text: str) -> Mapping[str, Any]:
    start = max(text.find(str(one["text"])), 0)
    return {**one, "start": start, "end": start + len(str(one["text"]))}


@dataclass
class Dialogue:
    """One conversation; `last` is the result of the newest step."""

    knowledge: Knowledge
    position: Position = field(default_factory=Position)
    own: tuple[RequestView, ...] = ()
    others: dict[str, RequestView] = field(default_factory=dict)
    replied: RequestView | None = None
    """Of hers, the one that the message of ours was about which she answers to."""
    alarmed: str = ""
    """What the emergency check says to the next message."""
    last: StepResult | None = None
    calls: list[Call] = field(default_factory=list)
    turns: int = 0

    def says(self, text: str, known: Understanding | None = None, **message: Any) -> StepResult:
        if known is not None:
            known = replace(known, locations=tuple(_where_it_stands(one, text) for one in known.locations))
        return self._step(Message(text=text, **message), known)

    def presses(self, do: str, **fields: Any) -> StepResult:
        """A button that the newest replies showed."""
        for reply in reversed(self.replies):
            for row in reply.buttons:
                for button in row:
                    matches = all(button.action.get(name) == value for name, value in fields.items())
                    if button.action["do"] == do and matches:
                        return self._step(Message(press=Press(button.action, button.label)), None)
        raise AssertionError(f"no button {do!r} under {[reply.key for reply in self.replies]}")

    def sends(self, **message: Any) -> StepResult:
        return self._step(Message(**message), None)

    def photo(self, number: int = 1) -> StepResult:
        return self.sends(media=(Media(number, "photo"),))

    @property
    def replies(self) -> tuple[Reply, ...]:
        return self.last.replies if self.last else ()

    @property
    def heard(self) -> str:
        """All texts of the newest replies, as they are read."""
        return "\n".join(self.knowledge.texts.say(reply.key, reply.variables) for reply in self.replies)

    @property
    def filed(self) -> FileRequest:
        return next(call for call in reversed(self.calls) if isinstance(call, FileRequest))

    def _step(self, message: Message, known: Understanding | None) -> StepResult:
        self.turns += 1
        numbers = [number for number, _, _ in tracking.read(message.text)]
        by_number = {view.tracking_number: view for view in self.own} | self.others
        facts = Facts(
            now=NOON + timedelta(seconds=self.turns),
            fresh_draft_id=f"draft{self.turns}",
            fresh_number=tracking.new(lambda limit: self.turns % limit),
            own=self.own,
            found={number: by_number.get(number) for number in numbers},
            replied=self.replied,
            alarmed=self.alarmed,
        )
        self.last = step(self.position, message, known, facts, self.knowledge)
        # What is stored is JSON: a position must survive the way there and back.
        self.position = Position.from_json(self.last.position.to_json())
        self.calls += self.last.calls
        return self.last


def request_of(number: str = "100000001", *, own: bool = True, **fields: Any) -> RequestView:
    view = RequestView(
        id=1,
        tracking_number=number,
        service_code="asphalt_repair",
        status="in_progress",
        agency="شهرداری منطقهٔ ۱",
        created_at=NOON - timedelta(days=2),
        updated_at=NOON - timedelta(hours=3),
        own=own,
        place="خیابان سناباد ۴۵",
        where={"name": "خیابان سناباد ۴۵", "text": "سناباد ۴۵", "kind": "street", "district": "1"},
    )
    return replace(view, **fields)
