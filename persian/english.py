"""English or Finglish: both are written in Latin letters, and read as Persian an English sentence says anything at all
(«the street light is off» was once a smell of gas).

    is_english(text) -> bool
"""

from __future__ import annotations

import re

# No spelling of a Persian word, as far as they are known, though one may slip through: two are asked for. Words that
# people put into Finglish as they are (ok, thanks, hello, police, bus, taxi, off) are not among them.
_ENGLISH = frozenset(
    """
    the is are was were been being there here my our your his her their they she you we us it its this that these those
    and but because with without from into near behind after before of for please help need want can could would should
    will does did don't doesn't not have has had get got where what when which who why how someone somebody something
    nobody anyone every very many much more some
    street road sidewalk pavement pothole hole light lights broken building house trash garbage smell leak leaking fire
    burning water tree fallen fell wall car accident injured hurt blood bleeding unconscious child children kid lost
    stole stolen dangerous dirty dark noise loud shrine hotel station stop driver bridge sewage dog dogs park bench
    speak english understand
    """.split()
)
_WORD = re.compile(r"[a-z']+")
_LEAST, _SHARE = 2, 0.3


def is_english(text: str) -> bool:
    """Whether a text is English: at least two of its words are English, and three of ten."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    found = sum(word in _ENGLISH for word in words)
    return found >= _LEAST and found >= _SHARE * len(text.split())
