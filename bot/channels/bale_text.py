"""Plain words on Bale, which takes every text for Markdown.

Bale has no `parse_mode` and no documented escape: `*bold*`, `_italic_`, `[text](link)` and a collapsed block
between triple backticks are always formatted. Public code disagrees on backslashes and zero-width spaces, and
a zero-width character behind the mark still leaves a pair of marks. So the mark itself is replaced by a sign
that looks the same, and a link is broken between its two halves. In an address the mark is percent-encoded,
which leaves the address what it was.
"""

from __future__ import annotations

import re

_LOOKALIKE = str.maketrans(
    {
        "*": "\u2217",  # asterisk operator
        "_": "\u02cd",  # modifier letter low macron
        "`": "\u02cb",  # modifier letter grave accent
        "~": "\u223c",  # tilde operator
    }
)
_PERCENT = str.maketrans({"*": "%2A", "_": "%5F", "`": "%60", "~": "%7E", "[": "%5B", "]": "%5D"})
_ADDRESS = re.compile(r"https?://[^\s<>«»\"]+", re.IGNORECASE)
_LINK_SEAM = re.compile(r"\](?=[\(\[])")
ZWNJ = "\u200c"


def neutral(text: str) -> str:
    """The same words without anything that Bale would format; idempotent, line breaks kept."""
    pieces: list[str] = []
    end = 0
    for address in _ADDRESS.finditer(text):
        pieces.append(_words(text[end : address.start()]))
        pieces.append(_address(address.group()))
        end = address.end()
    pieces.append(_words(text[end:]))
    return _LINK_SEAM.sub("]" + ZWNJ, "".join(pieces))


def _words(text: str) -> str:
    return text.translate(_LOOKALIKE)


def _address(address: str) -> str:
    return address.translate(_PERCENT)
