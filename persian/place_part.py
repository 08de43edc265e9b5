"""A part of an address: one named place with its number."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A place in tokens [start, end). A weak part («کوچه پنجم») counts only beside another part.

    `key` is the gazetteer's key of the name, empty for a name it does not know; `type` the type word that
    the citizen wrote, in our spelling.
    """

    start: int
    end: int
    kind: str
    type: str = ""
    name: str = ""
    key: str = ""
    number: str = ""
    plate: str = ""
    district: str | None = None
    weak: bool = False
