"""What belongs to a named place without being a name: the words before it, the landmark behind it.

«[روبه‌روی] بولوار سجاد», «[دفتر پیشخوان دولت] بولوار سجاد», «سناباد ۲۲[، کنار دیوار هنرستان]». The words are
those of `place_words` and `place_landmarks`; a verb or a preposition ends the description.
"""

from __future__ import annotations

from persian.lane_numbers import BEFORE_NUMBER
from persian.letters import folded
from persian.place_landmarks import (
    DIRECTED,
    HEADS,
    MARKERS,
    NAME_LIKE,
    PARTS,
    QUALITIES,
    SIDES,
    TAIL_RELATIONS,
    THINGS,
)
from persian.place_reader import EZAFES, Reader
from persian.place_words import (
    AROUND,
    DESCRIBING,
    HOMES,
    INSIDE,
    METRES,
    MINE,
    ORDINAL_WORDS,
    OURS,
    OWNED,
    PLATES,
    RELATIONS,
    TITLES,
    TYPES,
    UNITS,
)

_COMMAS = frozenset("،,-–")
_FROM, _UNTIL, _QUARTER = map(folded, ("از", "تا", "ناحیه"))
_ALLEY, _KILOMETRE = folded("کوچه"), folded("کیلومتر")
_OF_MANY = frozenset((*map(folded, ("ها", "های")), "ma"))
_SELLERS = folded("فروش")
_SELLER_ENDINGS = tuple(_SELLERS + ending for ending in map(folded, ("", "ها", "های", "ا", "ای", "ان")))
_BESIDE = frozenset(map(folded, ("پشتی", "بغلی", "کناری", "روبرویی", "جنبی", "پشت", "کنار")))
_LONGEST_RELATION = 3
_LONGEST_HOME = 5
_LONGEST_HEAD = 4
_LONGEST_BEFORE = 6
_LONGEST_OWN_NAME = 3
_MOST_TAILS = 3


def widened(reader: Reader, start: int, floor: int) -> int:
    """The first token of the words before a place that belong to it; none before token `floor`."""
    tokens = reader.tokens
    if start - floor >= 2 and tokens[start - 2].word in PLATES and tokens[start - 1].sort == "number":
        start -= 2
    for at in range(max(floor, start - 2), start):
        value = reader.numbers.value(at + 1) if reader.word(at) == _QUARTER else None
        if value and value[0] == start:  # «ناحیه سه قاسم‌آباد»
            start = at
    if start - floor >= 2 and tokens[start - 2].word == _KILOMETRE and tokens[start - 1].sort == "number":
        start -= 2  # «کیلومتر ۸ جاده کلات»
    which = start - floor >= 2 and tokens[start - 1].word in ORDINAL_WORDS
    if which and (tokens[start - 2].word in TYPES or tokens[start - 2].word in SIDES):
        start -= 2  # «دوربرگردان سوم بزرگراه آزادی»
    start = _past_side(reader, start, floor)
    start = _past_home(reader, start, floor)
    if start - floor >= 2 and tokens[start - 1].word in PARTS and tokens[start - 2].word in RELATIONS:
        start -= 2  # «دم در پاساژ»
    while start > floor:
        for count in range(min(_LONGEST_RELATION, start - floor), 0, -1):
            words = tokens[start - count : start]
            key = "".join(token.word for token in words)
            ezafe = key.removesuffix("ی") if count > 1 else key
            landmark = TYPES.get(key, ("",))[0] in ("landmark", "park", "square")
            if key in RELATIONS or ezafe in RELATIONS or key in AROUND or landmark:
                start -= count
                break
        else:
            before = _description_before(reader, start, floor)
            if before == start:
                return start
            start = before
    return start


def _past_side(reader: Reader, start: int, floor: int) -> int:
    """The first token of «ورودی جنوبی», «کوچه‌ی پشتی» before a place; else `start`."""
    way = start - 2 - (reader.word(start - 2) in EZAFES)
    if way < floor:
        return start
    which, what = reader.word(start - 1), reader.word(way)
    sided = which in DIRECTED and what in SIDES and what not in TYPES
    beside = which in _BESIDE and TYPES.get(what, ("",))[0] in ("street", "alley")
    return way if sided or beside else start


def _past_home(reader: Reader, start: int, floor: int) -> int:
    """The first token of «جلوی خونمون», «روبروی مغازه ما تو», «کنار ایستگاه اتوبوس» before a place; else `start`."""
    for at in range(start - 1, max(floor, start - _LONGEST_HOME) - 1, -1):
        if reader.word(at) not in RELATIONS or at + 1 == start:
            continue
        between = [token.word for token in reader.tokens[at + 1 : start]]
        while between and (between[-1] in INSIDE or between[-1] == OURS):
            between.pop()
        while len(between) > 1 and between[0] in PARTS:
            between.pop(0)
        said = "".join(between)
        if said in HOMES or said in OWNED or said in MARKERS:
            return at
        # «جلو دبستان نور تو سیدرضی ۴۶», «جلوی مطب دکتر یوسفی تو ملاصدرا»: with a name of its own.
        if reader.word(start - 1) in INSIDE and (head := _longest(reader, at + 1, start, HEADS)):
            own = range(head, start - 1 - (reader.word(start - 2) in _COMMAS))
            if len(own) <= _LONGEST_OWN_NAME and all(_is_own_name(reader, word) for word in own):
                return at
        return start
    return start


def _is_own_name(reader: Reader, at: int) -> bool:
    """A title, a word behind one, or what is no everyday word."""
    token = reader.tokens[at]
    if token.word in _OF_MANY:
        return True
    if (
        token.sort != "word"
        or reader.is_stop(token)
        or token.word in RELATIONS
        or reader.is_inflected(token.word)
    ):
        return False
    if token.word in TITLES or token.word in QUALITIES or token.word in NAME_LIKE:
        return True
    return reader.word(at - 1) in TITLES or token.word not in reader.gazetteer.everyday


def _description_before(reader: Reader, start: int, floor: int) -> int:
    """The first token of a landmark right before a place or parted from it by a comma or «تو»; else `start`."""
    end, names = start, False
    if reader.word(end - 1) in _COMMAS and end - 1 > floor:
        end, names = end - 1, True
    elif reader.word(end - 1) in INSIDE and end - 1 > floor:
        end -= 1
    for first in range(max(floor, end - _LONGEST_BEFORE), end - (1 if end == start else 0)):
        if _description(reader, first, end, names) != end:
            continue
        related = _longest(reader, first, end, RELATIONS)
        if not related and (reader.word(end - 1) == OURS or reader.word(end - 1) in MINE):
            continue
        # «نزدیک هتل ما، خیابان دانش» is one address; «پارک مزاحم، سجاد ۲۰» has the matter before the comma.
        apart = not names and end - first > 1
        if end == start or related or apart or (names and _is_name(reader, end - 1)):
            return first
    return start


def _description(reader: Reader, at: int, limit: int, names: bool) -> int:
    """The end of the landmark that begins at token `at` with a relation or with what it is, at most `limit`; else 0.

    `names`: words that can only be a name may stand in it.
    """
    end, headed, last = at, False, ""
    while end < limit:
        if taken := _longest(reader, end, limit, HEADS | THINGS if last == "relation" else HEADS):
            end, headed, last = taken, True, "head"
        elif last != "relation" and (taken := _longest(reader, end, limit, RELATIONS | TAIL_RELATIONS)):
            end, last = taken, "relation"
        elif last == "relation" and reader.word(end) in PARTS:
            end, headed, last = end + 1, True, "head"
        elif last == "relation" and reader.word(end) in HOMES:
            end, headed, last = end + 1, True, "own"
        elif headed and reader.word(end) in QUALITIES:
            end, last = end + 1, "quality"
        elif last == "head" and (reader.word(end) == OURS or reader.word(end) in MINE):
            end, last = end + 1, "own"
        elif last == "head" and (taken := _which_one(reader, end) or _of_sellers(reader, end)):
            end, last = taken, "quality"
        elif last == "head" and reader.word(end) in EZAFES:
            end += 1
        elif names and last == "head" and _is_name(reader, end):
            end, last = end + 1, "name"
        else:
            break
    return end if headed and last != "relation" else 0


def _which_one(reader: Reader, at: int) -> int:
    """«(پارکینگ) شمارهٔ ۲»: the token behind the number, or 0."""
    at += reader.word(at) in BEFORE_NUMBER
    number = reader.sort(at) == "number" and len(reader.word(at)) <= 3
    return at + 1 if number and not reader.numbers.is_count(at + 1) else 0


def _of_sellers(reader: Reader, at: int) -> int:
    """«(راستهٔ) کفش‌فروش‌های», «پارچه‌فروشان»: the token behind it, or 0."""
    for end in (at, at + 1):
        word = reader.word(end)
        if word.startswith(_SELLERS) or (word.endswith(_SELLER_ENDINGS) and end == at):
            end += 1
            return end + (reader.word(end) in _OF_MANY)
    return 0


def _longest(reader: Reader, at: int, limit: int, phrases: frozenset[str]) -> int:
    """The token after the longest of `phrases` at `at`, or 0."""
    key, best = "", 0
    for end in range(at, min(at + _LONGEST_HEAD, limit)):
        key += reader.word(end)
        bare = key.removesuffix("ی") if end > at or len(key) > 4 else key
        if key in phrases or bare in phrases:
            best = end + 1
    return best


def _is_name(reader: Reader, at: int) -> bool:
    token = reader.tokens[at]
    if token.sort != "word" or len(token.word) < 3 or reader.is_stop(token) or token.word in UNITS:
        return False
    return token.word in NAME_LIKE or reader.known(at) is not None or not reader.like_everyday(token.word)


def tail(reader: Reader, end: int, limit: int) -> int:
    """The token after the landmark behind a place that ends at token `end`, at most `limit`; `end` where none is."""
    for _ in range(_MOST_TAILS):
        at = end + (reader.word(end) in _COMMAS)
        if reader.sort(at) == "number" and reader.word(at + 1) in METRES and at + 2 <= limit:
            return at + 2  # «طلاب ۳۰ متری»
        found = _stretch(reader, at, limit) or _sides(reader, at, limit) or _near(reader, at, limit)
        if not found:
            break
        end = found
    return end


def _near(reader: Reader, at: int, limit: int) -> int:
    """«کنار دیوار هنرستان», «پیش مدرسه», «جلو مغازهٔ ما»: a relation is needed."""
    if reader.word(at) == _ALLEY and reader.word(at + 1) in MARKERS:
        return at + 2  # «گلشهر کوچهٔ نانوایی»
    if (
        reader.word(at) == _ALLEY
        and reader.word(at - 1) in _COMMAS
        and at + 2 <= limit
        and _is_said(reader, at + 1)
    ):
        return at + 2  # «طرق، کوچه حمام»
    if not _longest(reader, at, limit, RELATIONS | TAIL_RELATIONS):
        return 0
    end = _description(reader, at, limit, names=False)
    if end and end < limit and _is_name(reader, end):
        unknown = not reader.like_everyday(reader.word(end))  # «جنب باربری پیشتاز»
        if unknown or reader.sort(end + 1) == "mark":
            return end + 1
    return end


def _is_said(reader: Reader, at: int) -> bool:
    """A word that an alley can be called by: no adjective, verb, preposition or matter."""
    word = reader.word(at)
    usable = reader.sort(at) == "word" and len(word) > 2 and not reader.is_stop(reader.tokens[at])
    return (
        usable and not reader.is_inflected(word) and word not in DESCRIBING | QUALITIES | THINGS | RELATIONS
    )


def _sides(reader: Reader, at: int, limit: int) -> int:
    """«ورودی ضلع جنوبی», «فرعی سمت راست», «بلوک ۱۲», «فاز دو»."""
    end = at
    while True:
        which = end
        while which < limit and which - end < 2 and reader.word(which) in SIDES:
            which += 1
        if which == end or which >= limit or not _says_which(reader, which):
            return end if end > at else 0
        end = which + 1


def _says_which(reader: Reader, at: int) -> bool:
    number = reader.sort(at) == "number" and len(reader.word(at)) <= 3
    return reader.word(at) in DIRECTED or (number and not reader.numbers.is_count(at + 1))


def _stretch(reader: Reader, at: int, limit: int) -> int:
    """«از پاساژ تا چهارراه»."""
    if reader.word(at) != _FROM:
        return 0
    first = _description(reader, at + 1, limit, names=True)
    if not first or reader.word(first) != _UNTIL:
        return 0
    return _description(reader, first + 1, limit, names=False)
