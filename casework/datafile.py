"""YAML files of `data/`, read so that a mistake names file, key and reason.

    DataFileError          root; catalogue, lifecycle and the like derive their own

PyYAML takes the last of two equal keys in silence: a service written twice would vanish. Here it is an error.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from pathlib import Path
from typing import Any

import yaml


class DataFileError(ValueError):
    """A file of `data/` is wrong: `path`, `key` (dotted) and `reason`."""

    def __init__(self, path: Path, key: str, reason: str) -> None:
        super().__init__(f"{path}: {key}: {reason}" if key else f"{path}: {reason}")
        self.path = path
        self.key = key
        self.reason = reason


YAML: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader on libyaml, ten times as quick; PyYAML brings it along on nearly every machine."""


class _NoDuplicates(YAML):
    pass


def _mapping(loader: _NoDuplicates, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[Hashable] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if key in seen:
            raise yaml.constructor.ConstructorError(
                problem=f"key {key!r} stands twice", problem_mark=key_node.start_mark
            )
        seen.add(key)
    found: dict[Hashable, Any] = loader.construct_mapping(node, deep=True)
    return found


_NoDuplicates.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping at the root of a YAML file (UTF-8). Raises DataFileError where it is missing or broken."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DataFileError(path, "", "the file is missing") from error
    except UnicodeDecodeError as error:
        raise DataFileError(path, "", f"not UTF-8: {error}") from error
    try:
        content = yaml.load(text, Loader=_NoDuplicates)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        raise DataFileError(path, "", f"not readable as YAML: {error}") from error
    if not isinstance(content, dict):
        raise DataFileError(path, "", "a mapping is expected at the root")
    return content


class Section:
    """One mapping of a data file, with typed reading: every error carries the file and the dotted key."""

    def __init__(
        self, path: Path, key: str, content: object, error: type[DataFileError] = DataFileError
    ) -> None:
        self.path, self.key, self._error = path, key, error
        if not isinstance(content, dict):
            raise error(path, key, "a mapping is expected")
        self._content: dict[Any, Any] = content

    @classmethod
    def of_file(cls, path: Path, error: type[DataFileError]) -> Section:
        """The mapping at the root of a YAML file. Raises `error`, also where the file is missing or broken."""
        try:
            return cls(path, "", read_yaml(path), error)
        except DataFileError as wrong:
            raise error(wrong.path, wrong.key, wrong.reason) from wrong

    def fail(self, name: str, reason: str) -> DataFileError:
        """The error to raise about the key `name` of this section ("" for the section itself)."""
        return self._error(self.path, f"{self.key}.{name}" if name and self.key else name or self.key, reason)

    def known(self, *names: str) -> None:
        """Refuse any key but these: a mistyped key must not pass as an absent one."""
        for name in self._content:
            if name not in names:
                raise self.fail(str(name), f"unknown key; known are {', '.join(names)}")

    def names(self) -> list[str]:
        for name in self._content:
            if not isinstance(name, str):
                raise self.fail(str(name), "the key is no text: put it in quotes")
        return list(self._content)

    def section(self, name: str) -> Section:
        return Section(
            self.path, f"{self.key}.{name}" if self.key else name, self._content.get(name), self._error
        )

    def sections(self, name: str) -> list[Section]:
        """A list of mappings; an absent one is empty."""
        items = self._content.get(name, [])
        if not isinstance(items, list):
            raise self.fail(name, "a list is expected")
        prefix = f"{self.key}.{name}" if self.key else name
        return [Section(self.path, f"{prefix}[{i}]", item, self._error) for i, item in enumerate(items)]

    def named(self, key: str) -> Section:
        """The same section under another name in errors (a list item by its id)."""
        return Section(self.path, key, self._content, self._error)

    def day_or_none(self, name: str) -> str | None:
        """A day as ISO text; YAML reads an unquoted 2026-11-23 as a date."""
        value = self._content.get(name)
        if value is None:
            return None
        try:
            return date.fromisoformat(str(value)).isoformat()
        except ValueError:
            raise self.fail(name, f"a day is expected (2026-11-23), not {value!r}") from None

    def has(self, name: str) -> bool:
        return self._content.get(name) is not None

    def text(self, name: str) -> str:
        value = self._content.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.fail(name, f"a text is expected, not {value!r}")
        return value.strip()

    def text_or_none(self, name: str) -> str | None:
        return self.text(name) if self.has(name) else None

    def number_or_none(self, name: str) -> int | None:
        value = self._content.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise self.fail(name, f"a positive whole number or null is expected, not {value!r}")
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:
        value = self._content.get(name, default)
        if not isinstance(value, bool):
            raise self.fail(name, f"true or false is expected, not {value!r}")
        return value

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name)
        if value not in allowed:
            raise self.fail(name, f"{value!r} is not one of {', '.join(allowed)}")
        return value

    def items(self, name: str) -> list[Any]:
        """A list of anything; an absent one is empty."""
        items = self._content.get(name, [])
        if not isinstance(items, list):
            raise self.fail(name, "a list is expected")
        return items

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; an absent one is empty."""
        items = self._content.get(name, [])
        if not isinstance(items, list):
            raise self.fail(name, "a list of texts is expected")
        for item in items:
            if not isinstance(item, str) or not item.strip():
                raise self.fail(name, f"{item!r} is no text: put it in quotes")
        return tuple(item.strip() for item in items)
