"""The sentences that citizens read: data/messages/*.yml, one tree of keys over all files.

A text has variables in braces: `{number}`. A line falls away where a variable in it is empty, so that one text
serves with and without, say, a usual time. Nothing a citizen wrote is ever read as a template.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from casework.datafile import YAML


class TextError(Exception):
    """A text or a variable is missing, or a file cannot be read: the message names file and key."""


class Texts:
    """`say("status.none")`, `say("filed", number="…")`."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    @classmethod
    def load(cls, folder: Path) -> Texts:
        """Read every `*.yml` of the folder; TextError names file and key."""
        texts: dict[str, str] = {}
        for path in sorted(folder.glob("*.yml")):
            try:
                tree = yaml.load(path.read_text(encoding="utf-8"), Loader=YAML) or {}  # noqa: S506 (a safe loader)
            except yaml.YAMLError as error:
                raise TextError(f"{path}: not YAML: {error}") from error
            for key, text in _flat(tree, path):
                if key in texts:
                    raise TextError(f"{path}: {key}: stands twice")
                texts[key] = text
        if not texts:
            raise TextError(f"{folder}: no texts found")
        return cls(texts)

    def keys(self) -> list[str]:
        return sorted(self._texts)

    def has(self, key: str) -> bool:
        return key in self._texts

    def template(self, key: str) -> str:
        try:
            return self._texts[key]
        except KeyError:
            raise TextError(f"no text {key!r} in data/messages") from None

    def variables(self, key: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(self.template(key)) if name}

    def say(self, key: str, variables: Mapping[str, str] | None = None, **more: str) -> str:
        """The text with its variables; a line with an empty variable falls away."""
        known = {**(variables or {}), **more}
        lines = []
        for line in self.template(key).splitlines():
            names = [name for _, name, _, _ in string.Formatter().parse(line) if name]
            try:
                if any(known[name] == "" for name in names):
                    continue
                lines.append(line.format_map(known))
            except KeyError as error:
                raise TextError(f"text {key!r} needs the variable {error}") from None
        return "\n".join(lines).strip("\n")


def _flat(tree: Any, path: Path, prefix: str = "") -> list[tuple[str, str]]:
    if not isinstance(tree, dict | list):
        raise TextError(f"{path}: {prefix or 'top level'}: keys and texts expected")
    found = []
    for name, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        key = f"{prefix}.{name}" if prefix else str(name)
        if isinstance(value, dict | list):
            found += _flat(value, path, key)
        elif isinstance(value, str):
            found.append((key, value.strip("\n")))
        else:
            raise TextError(f"{path}: {key}: a text expected, found {type(value).__name__}")
    return found
