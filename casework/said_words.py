"""Words looked for in what a citizen wrote, with what Persian hangs on them."""

from __future__ import annotations

import re

from persian.letters import folded

# Plural, copula, possessive, object marker, in folded spelling; as code points, because Persian letters stand in data
# and in `persian`. The plural in a bare alef only after longer words.
ENDINGS = (
    r"\u0647|\u06cc|\u0627\u06cc|\u06cc\u0647|\u0647\u0627|\u0647\u0627\u06cc|\u0633\u062a|\u0633|\u0646"
    r"|\u0646\u062f|\u0645|\u0634|\u0648|\u0631\u0648|\u0634\u0647|\u0634\u0648\u0646|\u0645\u0648\u0646|\u0627\u0646"
)
PLURAL = r"|\u0627"


class SaidWords:
    """`word in SaidWords(text)`: whether the word stands there, bare or with an ending, whatever its spelling."""

    def __init__(self, text: str) -> None:
        self._text = " " + re.sub(r"[^\w]+", " ", folded(text)) + " "

    def __contains__(self, word: str) -> bool:
        bare = folded(word)
        endings = ENDINGS + PLURAL if len(bare) > 3 else ENDINGS
        return re.search(rf" {re.escape(bare)}(?:{endings})? ", self._text) is not None
