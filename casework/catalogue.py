"""The catalogue of services: what can be asked of the city, what it takes to know, and what is not its work.

Read from `groups.yml` and `services.yml` of `data/catalogue/`, checked whole at load.

    DataFileError
     └── CatalogueError     file, key, reason
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from casework.datafile import DataFileError, Section
from casework.said_words import SaidWords

Place = Literal["required", "optional", "none"]
Visibility = Literal["never", "after_review"]
Datatype = Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]

PLACES: tuple[Place, ...] = ("required", "optional", "none")
VISIBILITIES: tuple[Visibility, ...] = ("never", "after_review")
DATATYPES: tuple[Datatype, ...] = (
    "string",
    "number",
    "datetime",
    "text",
    "singlevaluelist",
    "multivaluelist",
)
NEVER_ACTS = ("route_to_unit_complained_of",)
ELSEWHERE = "elsewhere"

# A button of Telegram or Bale shows about this many letters on a small phone.
LONGEST_BUTTON = 28


class CatalogueError(DataFileError):
    pass


@dataclass(frozen=True)
class Group:
    code: str
    name: str
    emoji: str
    order: int


@dataclass(frozen=True)
class Value:
    """One possible answer. `words`: where they stand in her text, this is the answer (`Attribute.read`)."""

    key: str
    name: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attribute:
    """A question of the service, named as in Open311. `description` is the question as she reads it."""

    code: str
    datatype: Datatype
    required: bool
    order: int
    description: str
    values: tuple[Value, ...] = ()
    variable: bool = True

    def value(self, key: str) -> Value:
        """Raises KeyError."""
        for value in self.values:
            if value.key == key:
                return value
        raise KeyError(key)

    def read(self, text: str) -> Value | None:
        """The answer that already stands in the citizen's own text; None unless exactly one value's words do.

        Colloquial endings count as the word (`casework.said_words`).
        """
        said = SaidWords(text)
        found = [v for v in self.values if any(word in said for word in v.words)]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class Elsewhere:
    """Who is responsible where the municipality is not. `phones` in Latin digits, the first one first."""

    body: str
    phones: tuple[str, ...]
    advice: str


@dataclass(frozen=True)
class Service:
    """A service of the city. `sla_hours` is the usual time; `sla_assumed` until somebody has confirmed it."""

    code: str
    name: str
    description: str
    keywords: tuple[str, ...]
    group: str
    place: Place
    visibility: Visibility
    photo_helps: bool
    attributes: tuple[Attribute, ...] = ()
    sla_hours: int | None = None
    sla_assumed: bool = True
    ask_photo: str | None = None
    elsewhere: Elsewhere | None = None
    never: tuple[str, ...] = ()

    @property
    def ours(self) -> bool:
        """False for `not_ours_*`: another body's work, which only the 137 desk takes on her wish."""
        return self.elsewhere is None

    def attribute(self, code: str) -> Attribute:
        """Raises KeyError."""
        for attribute in self.attributes:
            if attribute.code == code:
                return attribute
        raise KeyError(code)


@dataclass(frozen=True)
class Catalogue:
    """`groups` in the order they are shown, `services` in the order of the file."""

    groups: dict[str, Group]
    services: dict[str, Service]
    _by_group: dict[str, list[Service]] = field(default_factory=dict, repr=False, compare=False)

    def service(self, code: str) -> Service:
        """Raises KeyError."""
        return self.services[code]

    def in_group(self, code: str) -> list[Service]:
        """The services of a group, as in the file. Raises KeyError for an unknown group."""
        return self._by_group[code]

    @property
    def fileable(self) -> list[Service]:
        """The services that are the municipality's own work."""
        return [service for service in self.services.values() if service.ours]


def load_catalogue(folder: Path) -> Catalogue:
    """The catalogue of a folder with `groups.yml` and `services.yml`. Raises CatalogueError."""
    groups = _groups(folder / "groups.yml")
    services = _services(folder / "services.yml", groups)
    by_group = {code: [s for s in services.values() if s.group == code] for code in groups}
    for code, members in by_group.items():
        if not members:
            raise CatalogueError(folder / "groups.yml", f"groups.{code}", "no service belongs to this group")
    return Catalogue(groups, services, by_group)


def _root(path: Path, *names: str) -> Section:
    root = Section.of_file(path, CatalogueError)
    root.known(*names)
    return root


def _groups(path: Path) -> dict[str, Group]:
    section = _root(path, "groups").section("groups")
    groups: list[Group] = []
    for code in section.names():
        one = section.section(code)
        one.known("name", "emoji", "order")
        order = one.number_or_none("order")
        if order is None:
            raise one.fail("order", "a number is expected")
        if any(other.order == order for other in groups):
            raise one.fail("order", f"{order} stands twice")
        groups.append(Group(code, one.text("name"), one.text("emoji"), order))
    groups.sort(key=lambda group: group.order)
    if not groups or groups[-1].code != ELSEWHERE:
        raise section.fail(ELSEWHERE, "this group must be the last one")
    return {group.code: group for group in groups}


def _services(path: Path, groups: dict[str, Group]) -> dict[str, Service]:
    section = _root(path, "services").section("services")
    services = {code: _service(code, section.section(code), groups) for code in section.names()}
    names: dict[str, str] = {}
    for service in services.values():
        if service.name in names:
            raise section.fail(f"{service.code}.name", f"also the name of {names[service.name]}")
        names[service.name] = service.code
    return services


def _service(code: str, section: Section, groups: dict[str, Group]) -> Service:
    section.known(
        "name",
        "group",
        "description",
        "keywords",
        "place",
        "sla_hours",
        "sla_assumed",
        "visibility",
        "photo_helps",
        "ask_photo",
        "attributes",
        "elsewhere",
        "never",
    )
    if not re.fullmatch(r"[a-z][a-z0-9_]*", code):
        raise section.fail("", "a code is of small Latin letters, digits and _")
    elsewhere = _elsewhere(section.section("elsewhere")) if section.has("elsewhere") else None
    group = section.one_of("group", tuple(groups))
    marks = {group == ELSEWHERE, elsewhere is not None, code.startswith("not_ours_")}
    if len(marks) > 1:
        raise section.fail(
            "elsewhere", "not_ours_* stand in the group elsewhere and say who is responsible; others never"
        )
    keywords = section.texts("keywords")
    if not keywords:
        raise section.fail("keywords", "at least one is needed")
    never = section.texts("never")
    for act in never:
        if act not in NEVER_ACTS:
            raise section.fail("never", f"{act!r} is not one of {', '.join(NEVER_ACTS)}")
    attributes = tuple(
        _attribute(order, one) for order, one in enumerate(section.sections("attributes"), start=1)
    )
    codes = [attribute.code for attribute in attributes]
    if len(set(codes)) != len(codes):
        raise section.fail("attributes", "a code stands twice")
    photo_helps = section.flag("photo_helps")
    if section.has("ask_photo") and not photo_helps:
        raise section.fail("ask_photo", "no photo is asked for where photo_helps is false")
    return Service(
        code=code,
        name=section.text("name"),
        description=section.text("description"),
        keywords=keywords,
        group=group,
        place=cast(Place, section.one_of("place", PLACES)),
        visibility=cast(Visibility, section.one_of("visibility", VISIBILITIES)),
        photo_helps=photo_helps,
        attributes=attributes,
        sla_hours=section.number_or_none("sla_hours"),
        sla_assumed=section.flag("sla_assumed", default=True),
        ask_photo=section.text_or_none("ask_photo"),
        elsewhere=elsewhere,
        never=never,
    )


def _attribute(order: int, section: Section) -> Attribute:
    section.known("code", "datatype", "required", "description", "values")
    datatype = cast(Datatype, section.one_of("datatype", DATATYPES))
    values: list[Value] = []
    for one in section.sections("values"):
        one.known("key", "name", "words")
        value = Value(one.text("key"), one.text("name"), one.texts("words"))
        if len(value.name) > LONGEST_BUTTON:
            raise one.fail("name", f"longer than {LONGEST_BUTTON} letters: it must fit on a button")
        if any(value.key == other.key or value.name == other.name for other in values):
            raise one.fail("key", f"{value.key!r} or its name stands twice")
        values.append(value)
    if datatype.endswith("list") != bool(values):
        raise section.fail("values", "lists have values, other data types have none")
    return Attribute(
        code=section.text("code"),
        datatype=datatype,
        required=section.flag("required", default=False),
        order=order,
        description=section.text("description"),
        values=tuple(values),
    )


def _elsewhere(section: Section) -> Elsewhere:
    section.known("body", "phones", "advice")
    phones = section.texts("phones")
    for phone in phones:
        if not re.fullmatch(r"[0-9-]+", phone):
            raise section.fail("phones", f"{phone!r}: Latin digits only")
    return Elsewhere(section.text("body"), phones, section.text("advice"))
