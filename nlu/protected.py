"""What must not be normalised: addresses of the net, dates, times, phones, plates, numbers.

hazm's normaliser puts spaces into dates and breaks plates, URLs and e-mails; for classification the
value does not matter either, only what kind of thing it is. So they are taken out before and come back
as one word of their kind, with their offsets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from persian.digits import to_latin

_PATTERNS = (
    ("url", r"(?:https?://|www\.)[^\s<>«»]+|(?<![\w@.])[a-z0-9-]+\.(?:ir|com|org|net)(?:/[^\s]*)?(?![\w])"),
    ("email", r"[\w.+-]+@[\w-]+\.[\w.-]*\w"),
    ("handle", r"@[a-z_][\w]{3,}"),
    ("date", r"(?<![0-9])(?:1[34][0-9]{2}|20[0-9]{2}|[0-9]{1,2})[/.-][0-9]{1,2}[/.-][0-9]{1,4}(?![0-9])"),
    ("time", r"(?<![0-9])[0-2]?[0-9]:[0-5][0-9](?![0-9])"),
    # A number plate: two digits, a letter (or its name), three digits, and the province's two.
    ("plate", r"(?<![0-9])[0-9]{2}\s?(?:الف|[ا-ی])\s?[0-9]{3}(?:\s?(?:ایران|[-–])\s?[0-9]{2})?(?![0-9])"),
    ("phone", r"(?<![0-9])(?:\+98|0098|0)[\s-]?[0-9]{2,3}(?:[\s-]?[0-9]){7,8}(?![0-9])"),
    ("number", r"[0-9]+(?:[.,٫٬/][0-9]+)*"),
)
_ALL = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS), re.IGNORECASE)
# Every alternative but a handle or a URL holds a digit: most texts need no search at all.
_WORTH_LOOKING = re.compile(r"[0-9@]|www\.|http|\.(?:ir|com|org|net)", re.IGNORECASE)


@dataclass(frozen=True)
class Protected:
    """A span of the text, in code points, and what it is (`url`, `email`, `date`, `phone`, `number` …)."""

    kind: str
    start: int
    end: int


def find_protected(text: str) -> list[Protected]:
    """The spans that stay as they are, in order, without overlap."""
    latin = to_latin(text)
    if not _WORTH_LOOKING.search(latin):
        return []
    return [Protected(str(m.lastgroup), m.start(), m.end()) for m in _ALL.finditer(latin)]
