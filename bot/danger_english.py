"""The emergency check for English texts, by the phrases of data/danger/english.yml alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.danger_text import KINDS, DangerFileError
from casework.datafile import Section

_SENTENCE_END = re.compile(r"[.!?;\n]+")
_WORD = re.compile(r"[a-z']+")


@dataclass(frozen=True)
class EnglishCheck:
    """`kinds`: kind and phrases, the most threatening first, each phrase with a space around it, as are `guards`."""

    kinds: tuple[tuple[str, tuple[str, ...]], ...]
    guards: tuple[str, ...]

    @classmethod
    def load(cls, path: Path) -> EnglishCheck:
        """Raises DangerFileError."""
        root = Section.of_file(path, DangerFileError)
        root.known("guards", "kinds")
        kinds = root.section("kinds")
        kinds.known(*KINDS)
        return cls(
            tuple((kind, _spaced(kinds.texts(kind))) for kind in kinds.names()), _spaced(root.texts("guards"))
        )

    def kind_of(self, text: str) -> str | None:
        """The kind of the first sentence that speaks of a danger; None where none does."""
        for sentence in _SENTENCE_END.split(text.lower().replace("’", "'")):
            said = f" {' '.join(_WORD.findall(sentence))} "
            if any(guard in said for guard in self.guards):
                continue
            for kind, phrases in self.kinds:
                if any(phrase in said for phrase in phrases):
                    return kind
        return None


def _spaced(texts: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f" {text} " for text in texts)
