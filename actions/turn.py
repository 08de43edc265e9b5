"""One turn as the capabilities see it: where we stand, what came, what is known, and short ways to answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from actions.dialogue import Button, Facts, Knowledge, Message, Reply, Understanding
from actions.position import Draft, Position


@dataclass(frozen=True)
class Turn:
    position: Position
    message: Message
    understanding: Understanding | None
    facts: Facts
    knowledge: Knowledge

    def text(self, key: str, **variables: str) -> str:
        return self.knowledge.texts.say(key, variables)

    def button(self, key: str, do: str, *, sticky: bool = False, **more: Any) -> Button:
        """A button labelled with a text of data/messages."""
        return Button(self.text(key), {"do": do, **more}, sticky)

    def service_name(self, code: str) -> str:
        return self.knowledge.catalogue.service(code).name

    def service_label(self, code: str) -> str:
        """The name with its group's emoji, to be found again in a list."""
        service = self.knowledge.catalogue.service(code)
        emoji = self.knowledge.catalogue.groups[service.group].emoji
        return f"{emoji} {service.name}".strip()

    @property
    def intent(self) -> str:
        return self.understanding.intent if self.understanding else "out_of_scope"

    def is_sure(self, intent: str, at_least: float) -> bool:
        known = self.understanding
        return known is not None and known.intent == intent and known.confidence >= at_least

    @property
    def media_ids(self) -> tuple[int, ...]:
        return tuple(media.id for media in self.message.media)

    def with_media(self, draft: Draft) -> Draft:
        """The draft with the files of this turn."""
        fresh = tuple(i for i in self.media_ids if i not in draft.media)
        return replace(draft, media=(*draft.media, *fresh)) if fresh else draft

    def new_draft(self, **fields: Any) -> Draft:
        return self.with_media(Draft(id=self.facts.fresh_draft_id, **fields))

    def moved(self, position: Position) -> Turn:
        return replace(self, position=position)


def reply(key: str, *rows: tuple[Button, ...], keyboard: str | None = None, **variables: str) -> Reply:
    """A reply with rows of buttons."""
    return Reply(key, variables, tuple(row for row in rows if row), keyboard)


def in_rows(buttons: list[Button], width: int) -> tuple[tuple[Button, ...], ...]:
    return tuple(tuple(buttons[i : i + width]) for i in range(0, len(buttons), width))


def navigation(turn: Turn) -> tuple[Button, ...]:
    """«مرحلهٔ قبل» and «لغو», under every question."""
    return (turn.button("nav.back", "back"), turn.button("nav.cancel", "cancel"))
