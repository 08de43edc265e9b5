"""What goes into the step of the dialogue and what comes out of it. Plain data, nothing here acts.

In: a `Message` (one turn of the citizen), its `Understanding` (None where there was nothing to understand), the
`Facts` that the step may look at, and the `Knowledge` read from data/. Out: a `StepResult`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from actions.answers import Answers
    from actions.position import Position
    from actions.texts import Texts
    from casework.catalogue import Catalogue
    from casework.lifecycle import Lifecycle
    from casework.routing import RoutingTable
    from persian.gazetteer import Gazetteer


@dataclass(frozen=True)
class Media:
    """An attachment that is stored already: its row's id and kind."""

    id: int
    kind: str


@dataclass(frozen=True)
class Press:
    """A pressed button. `stale`: it belongs to an earlier question, to somebody else, or was used before."""

    action: Mapping[str, Any]
    label: str = ""
    stale: bool = False


@dataclass(frozen=True)
class Message:
    """One turn of the citizen: her texts joined by line breaks, or a button, a pin, files."""

    text: str = ""
    press: Press | None = None
    pin: tuple[float, float] | None = None
    media: tuple[Media, ...] = ()
    heard: str = ""
    """Of `text`, what a recogniser made of her voice."""
    shared_contact: bool = False
    own_contact: bool = False
    edited: bool = False
    forwarded: bool = False
    in_group: bool = False
    reply_to: str | None = None
    """The messenger's id of the message of ours that she answers to."""


@dataclass(frozen=True)
class Understanding:
    """What Rasa made of the text: the fields of `hamyar parse` (DESIGN §4)."""

    intent: str
    confidence: float
    service_code: str | None = None
    ranking: tuple[tuple[str, float], ...] = ()
    decision: str = "ask"
    also_reported: tuple[str, ...] = ()
    locations: tuple[Mapping[str, Any], ...] = ()
    tracking_numbers: tuple[str, ...] = ()
    answer_id: str | None = None

    @classmethod
    def from_parse(cls, parsed: Mapping[str, Any]) -> Understanding:
        """From the JSON of Rasa's `POST /model/parse`. KeyError, TypeError where it is not that."""
        intent = parsed["intent"]
        return cls(
            intent=str(intent["name"] or "out_of_scope"),
            confidence=float(intent["confidence"]),
            service_code=parsed.get("service_code"),
            ranking=tuple(
                (str(row["service_code"]), float(row["confidence"]))
                for row in parsed.get("service_ranking") or ()
            ),
            decision=str(parsed.get("decision") or "ask"),
            also_reported=tuple(parsed.get("also_reported") or ()),
            locations=tuple(parsed.get("locations") or ()),
            tracking_numbers=tuple(parsed.get("tracking_numbers") or ()),
            answer_id=parsed.get("answer_id"),
        )


@dataclass(frozen=True)
class RequestView:
    """A service request as the dialogue sees it. `own`: the asking person filed it."""

    id: int
    tracking_number: str
    service_code: str
    status: str
    agency: str
    created_at: datetime
    updated_at: datetime
    own: bool
    expected_at: datetime | None = None
    notes: str | None = None
    place: str | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    """The place as it was filed, with its district: «همان‌جا» said right after means it."""


@dataclass(frozen=True)
class Facts:
    """What the step may know of the world. `fresh_*` are there to be used up, so that the step stays pure."""

    now: datetime
    fresh_draft_id: str
    fresh_number: str
    own: tuple[RequestView, ...] = ()
    """Her requests, newest first."""
    found: Mapping[str, RequestView | None] = field(default_factory=dict)
    """The tracking numbers of the message -> what is filed under them."""
    replied: RequestView | None = None
    """Her request that the message of ours was about which she answers to."""
    photo_place: tuple[float, float] | None = None
    """(latitude, longitude) where a picture of the draft was taken, in degrees, WGS 84."""
    follow_code: str = ""
    to_follow: tuple[RequestView, ...] = ()
    """What was filed in a web chat whose code she has just sent."""
    alarm: str = ""
    """The text of the emergency check (its key in data/messages) that she was sent a moment ago."""
    alarmed: str = ""
    """The same, where this very message was the reason."""
    on_duty: bool = False
    demo: bool = False


@dataclass(frozen=True)
class Knowledge:
    """All that is read from data/ and from the registry of systems."""

    catalogue: Catalogue
    lifecycle: Lifecycle
    answers: Answers
    texts: Texts
    gazetteer: Gazetteer
    routing: RoutingTable


@dataclass(frozen=True)
class Button:
    """A button under a reply. `sticky`: it stays valid when the dialogue has moved on (once all the same)."""

    label: str
    action: Mapping[str, Any]
    sticky: bool = False


@dataclass(frozen=True)
class Reply:
    """A text of data/messages with its variables; `keyboard` names one of `actions.menu.KEYBOARDS`."""

    key: str
    variables: Mapping[str, str] = field(default_factory=dict)
    buttons: tuple[tuple[Button, ...], ...] = ()
    keyboard: str | None = None
    about: int | None = None
    """Her request that it speaks of: an answer to this message means that one."""


@dataclass(frozen=True)
class FileRequest:
    """Call: file the draft under this tracking number."""

    tracking_number: str
    draft_id: str
    service_code: str
    description: str
    district: str
    place: Mapping[str, Any]
    attributes: Mapping[str, Any]
    media: tuple[int, ...]
    issue: int = 0
    routed_as: str = ""
    """A district that stands for all in which the place may lie, where `district` is not known."""


@dataclass(frozen=True)
class OpenTask:
    """Call: a person has to look at this conversation. `hourly`: once an hour is enough, however often it is asked."""

    kind: str
    reason: str
    hourly: bool = False
    about: int | None = None
    """Her request to which `words` are put. Where its system takes them, nobody has to pass them on."""
    words: str = ""


@dataclass(frozen=True)
class ChangeStatus:
    """Call: the citizen says what became of her request."""

    request_id: int
    to_status: str
    notes: str = ""


@dataclass(frozen=True)
class AddToRequest:
    """Call: put files to a request that is filed already, with the words that came along."""

    request_id: int
    media: tuple[int, ...]
    note: OpenTask | None = None


@dataclass(frozen=True)
class Follow:
    """Call: news of what was filed in the web chat behind this code comes here from now on."""

    code: str


@dataclass(frozen=True)
class Learn:
    """Call: keep what her choice taught about her words."""

    text: str
    service_code: str
    predicted: str | None
    how: str


Call = FileRequest | OpenTask | ChangeStatus | AddToRequest | Follow | Learn


@dataclass(frozen=True)
class StepResult:
    """Where the dialogue stands now, what to say, what to do. `act` names what the step did (tests, metrics)."""

    act: str
    position: Position
    replies: tuple[Reply, ...] = ()
    calls: tuple[Call, ...] = ()
