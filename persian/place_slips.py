"""How a word of a message is to be read: misspelt words around names as they were meant, two words in one apart.

«ایسستگاه اتوبوس», «مقاابل درمانگاه», «منزقه ده»: only slips of the ear and the finger count, and a letter left
out; «مقابله» is no «مقابل». A word that is nearer to another everyday word is left.
"""

from __future__ import annotations

from functools import partial
from weakref import WeakKeyDictionary

from persian.gazetteer import Gazetteer
from persian.letters import folded
from persian.place_gluing import SHORTEST, Cutter
from persian.place_words import METRES, RELATIONS, TITLES, TYPES
from persian.remembered import Remembered
from persian.slips import LIKELY, MISSING, Heard

_OTHERS = (
    frozenset(map(folded, ("منطقه", "شهرداری", "شمالی", "جنوبی", "شرقی", "غربی", "مشهد", "اتوبوس", "نرسیده")))
    | METRES
)
_WORDS = Heard(word for word in {*TYPES, *RELATIONS, *TITLES, *_OTHERS} if len(word) >= 4)
_BY_SOUND = Heard((word for word in {*TYPES, *RELATIONS} if len(word) in (2, 3)), shortest=99)
"""Of short words only another letter of the same sound or one written twice counts: «هطل», «ززیر»."""
_TYPES = Heard(form for form in TYPES if len(form) >= 4)
_SURE_KINDS = ("street", "square", "neighbourhood")
_LONG = 5
_READINGS: WeakKeyDictionary[Gazetteer, Remembered[str, str | int]] = WeakKeyDictionary()
_TYPE_SLIPS: WeakKeyDictionary[Gazetteer, Remembered[str, tuple[str, bool] | None]] = WeakKeyDictionary()


def readings(gazetteer: Gazetteer) -> Remembered[str, str | int]:
    """For a folded word: another word that was meant, or how many letters its first word has; 0 for the word itself."""
    if gazetteer not in _READINGS:
        _READINGS[gazetteer] = Remembered(
            partial(_reading, gazetteer, gazetteer.vocabulary(), Cutter(gazetteer))
        )
    return _READINGS[gazetteer]


def _reading(gazetteer: Gazetteer, vocabulary: set[str], cutter: Cutter, word: str) -> str | int:
    if len(word) < 3 or word in gazetteer.everyday or word in vocabulary:
        return 0
    if gazetteer.is_name(word):
        return cutter.cut(word) if len(word) >= SHORTEST else 0
    if len(word) <= 4 and word not in TYPES and word not in RELATIONS and not gazetteer.is_lookalike(word):
        found, _ = _BY_SOUND.meant(word)
        if len(found) == 1:
            return found[0]
    if len(word) < 4:
        return 0
    found, cost = _WORDS.meant(word)
    if found and cost <= (LIKELY if len(found[0]) < _LONG else MISSING) and not gazetteer.is_lookalike(word):
        name = gazetteer.meant(word)
        if cost <= gazetteer.everyday_slip(word) and not (name and name[1] < cost):
            return found[0]
    return cutter.cut(word) if len(word) >= SHORTEST else 0


def type_slips(gazetteer: Gazetteer) -> Remembered[str, tuple[str, bool] | None]:
    """For a folded word: (type word that may have been meant, whether any name may follow), or None.

    For a short word, or one that is no way or quarter, a known name must follow.
    """
    if gazetteer not in _TYPE_SLIPS:
        _TYPE_SLIPS[gazetteer] = Remembered(partial(_type_slip, gazetteer))
    return _TYPE_SLIPS[gazetteer]


def _type_slip(gazetteer: Gazetteer, word: str) -> tuple[str, bool] | None:
    known = word in gazetteer.everyday or gazetteer.is_name(word) or gazetteer.is_lookalike(word)
    if len(word) < 4 or known or word in RELATIONS or word in METRES:
        return None
    forms, _ = _TYPES.meant(word)
    if not forms or len({TYPES[form] for form in forms}) > 1:
        return None
    return forms[0], len(word) >= _LONG and TYPES[forms[0]][0] in _SURE_KINDS
