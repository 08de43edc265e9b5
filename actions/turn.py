"""One turn as the capabilities see it: where we stand, what came, what is known, and short ways to answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from actions import wording
from actions.dialogue import (
    Button,
    Facts,
    Knowledge,
    Message,
    OpenTask,
    Reply,
    RequestView,
    Understanding,
)
from actions.position import Draft, Offer, Position

ANGRY = ("abuse", "bot_complaint")
REJECTED = "rejected"
"""The state of a request that its agency has not accepted."""
RECENT_SECONDS = 30 * 60
"""So long words and files may still belong to the request that was filed last."""
SHORT_NAME = 24
MOST_FILES = 10
"""Of one request."""
SHOWN = 500
"""So many characters of her words an operator sees in a task."""


@dataclass(frozen=True)
class Turn:
    position: Position
    message: Message
    understanding: Understanding | None
    facts: Facts
    knowledge: Knowledge
    offer: Offer | None = None
    """What the reply before this turn offered; `position` has none any more."""

    def text(self, key: str, **variables: str) -> str:
        return self.knowledge.texts.say(key, variables)

    def button(self, key: str, do: str, *, sticky: bool = False, **more: Any) -> Button:
        """A button labelled with a text of data/messages."""
        return Button(self.text(key), {"do": do, **more}, sticky)

    def service_name(self, code: str) -> str:
        return self.knowledge.catalogue.service(code).name

    def short_service_name(self, code: str) -> str:
        """For a button that says more than the name: cut at a word."""
        name = self.service_name(code)
        return name if len(name) <= SHORT_NAME else name[:SHORT_NAME].rsplit(" ", 1)[0] + "…"

    def service_label(self, code: str) -> str:
        """The name with its group's emoji, to be found again in a list."""
        service = self.knowledge.catalogue.service(code)
        emoji = self.knowledge.catalogue.groups[service.group].emoji
        return f"{emoji} {service.name}".strip()

    @property
    def intent(self) -> str:
        return self.understanding.intent if self.understanding else "out_of_scope"

    @property
    def sure_service(self) -> str | None:
        """The service that her words ask for, where no question is needed."""
        known = self.understanding
        if known is None or known.intent not in ("request", "info") or known.decision != "accept":
            return None
        return known.service_code

    @property
    def recent(self) -> RequestView | None:
        """The request whose message she answers to; else her newest one, if she filed it a moment ago."""
        if self.facts.replied:
            return self.facts.replied
        for view in self.facts.own[:1]:
            if (self.facts.now - view.created_at).total_seconds() < RECENT_SECONDS:
                return view
        return None

    def mentions(self, words: str) -> bool:
        """Whether a word of this list (`words` in data/messages) stands in her message."""
        return wording.mentions(self.knowledge.texts, words, self.message.text)

    def says(self, phrases: str) -> bool:
        return wording.says(self.knowledge.texts, phrases, self.message.text)

    def made_of(self, *words: str) -> bool:
        return wording.made_of(self.knowledge.texts, words, self.message.text)

    def is_sure(self, intent: str, at_least: float) -> bool:
        known = self.understanding
        return known is not None and known.intent == intent and known.confidence >= at_least

    @property
    def media_ids(self) -> tuple[int, ...]:
        return tuple(media.id for media in self.message.media)

    def with_media(self, draft: Draft) -> Draft:
        """The draft with the files of this turn, as many as a request may have."""
        fresh = tuple(i for i in self.media_ids if i not in draft.media)
        return replace(draft, media=(*draft.media, *fresh)[:MOST_FILES]) if fresh else draft

    def new_draft(self, **fields: Any) -> Draft:
        return self.with_media(Draft(id=self.facts.fresh_draft_id, **fields))

    def moved(self, position: Position) -> Turn:
        return replace(self, position=position)


def reply(
    key: str,
    *rows: tuple[Button, ...],
    keyboard: str | None = None,
    about: int | None = None,
    **variables: str,
) -> Reply:
    """A reply with rows of buttons."""
    return Reply(key, variables, tuple(row for row in rows if row), keyboard, about)


def stale(turn: Turn) -> Reply:
    """To a button of an earlier message: that it is one, and what to do now."""
    is_open = turn.position.question is not None
    now = turn.text("nav.stale_asked" if is_open else "nav.stale_nothing")
    return reply("nav.stale_button", keyboard=None if is_open else "main", now=now)


def note_to(turn: Turn, kind: str, view: RequestView, words: str) -> OpenTask:
    """What she says of a request that is filed already. `kind`: note or reopened."""
    again = kind == "reopened" and view.status == REJECTED
    reason = turn.text(
        "task.review" if again else f"task.{kind}", number=view.tracking_number, words=words[:SHOWN]
    )
    return OpenTask(kind, reason, about=view.id, words=words)


def in_rows(buttons: list[Button], width: int) -> tuple[tuple[Button, ...], ...]:
    return tuple(tuple(buttons[i : i + width]) for i in range(0, len(buttons), width))


def navigation(turn: Turn) -> tuple[Button, ...]:
    """«مرحلهٔ قبل», where there is one, and «لغو»: under every question."""
    back = (turn.button("nav.back", "back"),) if turn.position.history else ()
    return (*back, turn.button("nav.cancel", "cancel"))
