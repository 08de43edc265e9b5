"""The life of a request: its states, who sets each, what may follow what. Data: `catalogue/lifecycle.yml`.

DataFileError
└── LifecycleError         the table is wrong: file, key, reason
TransitionRefused           from, to, by: this step is not in the table
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from casework.datafile import DataFileError, Section

Actor = Literal["citizen", "system", "operator", "clock"]
ACTORS: tuple[Actor, ...] = ("citizen", "system", "operator", "clock")

STATES = (
    "draft",
    "registered",
    "submitted",
    "accepted",
    "in_progress",
    "answered",
    "closed",
    "solved",
    "reopened",
    "redirected",
    "merged",
    "rejected",
    "cancelled",
    "undeliverable",
)
INITIAL = "draft"
VARIABLES = ("agency", "tracking")


class LifecycleError(DataFileError):
    pass


class TransitionRefused(Exception):
    """This step is not in the table. `reason` is for the log and the operator, never for the citizen."""

    def __init__(self, from_: str, to: str, by: str, reason: str) -> None:
        super().__init__(f"{from_} -> {to} by {by}: {reason}")
        self.from_, self.to, self.by, self.reason = from_, to, by, reason


@dataclass(frozen=True)
class State:
    """`sentence` may hold {agency} and {tracking}; None: nothing is told. `next`: state -> who may set it."""

    code: str
    label: str
    sentence: str | None
    open311: Literal["open", "closed"]
    clock: bool
    terminal: bool
    set_by: tuple[Actor, ...]
    next: dict[str, tuple[Actor, ...]]


@dataclass(frozen=True)
class Lifecycle:
    states: dict[str, State]

    def state(self, code: str) -> State:
        """Raises KeyError."""
        return self.states[code]

    def allowed(self, from_: str, by: str) -> list[str]:
        """The states that `by` may set next, for the console's and the citizen's buttons."""
        return [to for to, actors in self.states[from_].next.items() if by in actors]

    def check(self, from_: str, to: str, by: str) -> None:
        """Nothing if the step is in the table. Raises TransitionRefused."""
        for code in (from_, to):
            if code not in self.states:
                raise TransitionRefused(from_, to, by, f"there is no state {code!r}")
        actors = self.states[from_].next.get(to)
        if actors is None:
            raise TransitionRefused(from_, to, by, "the table has no such step")
        if by not in actors:
            raise TransitionRefused(from_, to, by, f"only {', '.join(actors)} may do this")


def load_lifecycle(path: Path) -> Lifecycle:
    """The table of a file, checked whole. Raises LifecycleError."""
    root = Section.of_file(path, LifecycleError)
    root.known("states")
    section = root.section("states")
    if set(section.names()) != set(STATES):
        odd = sorted(set(section.names()) ^ set(STATES))
        raise section.fail("", f"the states are fixed; too many or missing: {', '.join(odd)}")
    states = {code: _state(code, section.section(code)) for code in section.names()}
    for state in states.values():
        for to, actors in state.next.items():
            beyond = set(actors) - set(states[to].set_by)
            if beyond:
                raise section.fail(
                    f"{state.code}.next.{to}", f"{', '.join(sorted(beyond))} may never set {to} (its set_by)"
                )
    return Lifecycle(states)


def _state(code: str, section: Section) -> State:
    section.known("label", "sentence", "open311", "clock", "terminal", "set_by", "next")
    sentence = section.text_or_none("sentence")
    for variable in re.findall(r"\{(\w*)\}", sentence or ""):
        if variable not in VARIABLES:
            raise section.fail("sentence", f"{{{variable}}} is not one of {', '.join(VARIABLES)}")
    following = section.section("next")
    for to in following.names():
        if to not in STATES:
            raise section.fail(f"next.{to}", "there is no such state")
    return State(
        code=code,
        label=section.text("label"),
        sentence=sentence,
        open311=cast(Literal["open", "closed"], section.one_of("open311", ("open", "closed"))),
        clock=section.flag("clock"),
        terminal=section.flag("terminal"),
        set_by=_actors(section, "set_by"),
        next={to: _actors(following, to) for to in following.names()},
    )


def _actors(section: Section, name: str) -> tuple[Actor, ...]:
    actors = section.texts(name)
    for actor in actors:
        if actor not in ACTORS:
            raise section.fail(name, f"{actor!r} is not one of {', '.join(ACTORS)}")
    if not actors:
        raise section.fail(name, "somebody must be named")
    return cast(tuple[Actor, ...], actors)
