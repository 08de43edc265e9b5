"""Whether a known name without a type word is meant as a place, of which kind it is, and how it is shown."""

from __future__ import annotations

from persian.gazetteer import key_of
from persian.lane_numbers import AND, Lane
from persian.letters import folded
from persian.place_landmarks import INSTITUTIONS, MARKERS, QUALITIES
from persian.place_part import Part
from persian.place_reader import ABAD, EZAFES, Reader
from persian.place_tokens import Token
from persian.place_words import (
    ADDRESSING,
    DIRECTIONS,
    HARD_STOPS,
    NUMBER_WORDS,
    ORDINAL_WORDS,
    PLATES,
    POINTING,
    RELATIONS,
    SERVICE_NUMBERS,
    TYPES,
    UNITS,
)

_NUMBERED_KINDS = ("street", "alley", "highway")
_BARE_KINDS = ("neighbourhood", "landmark", "outside", "street", "park")
WAYS = frozenset({"street", "alley"})
_OLD_THINGS = frozenset(map(folded, ("حوض", "حمام", "قنات", "چنار", "درخت", "سرا", "کاروانسرا", "باغ")))
"""«کوچهٔ حوض لقمان»: what old alleys are called after."""
_LONG_NAME = 7
_SHORT_LATIN = 6
_CORNERS = frozenset(map(folded, ("نبش", "حدفاصل")))
OH, _ARTICLE = map(folded, ("یا", "ال"))
_TIMES = frozenset(map(folded, ("نماز", "طلوع", "ظهور", "آسمان", "ستاره")))
"""«بعد از نماز», «زیر آسمان»: without a type word and within a sentence these are what they say."""
MADE = frozenset(
    map(folded, ("می", "کرد", "کرده", "کردن", "کنید", "کنند", "کنه", "کن", "بکنید", "شد", "شود", "نشد"))
)
"""«خانه آباد می‌کند» builds a house, it names no quarter."""


class Judge(Reader):
    """Judges names by what stands around them."""

    def counts(self, at: int, end: int, key: str, lane: Lane | None, titled: bool) -> bool:
        """Whether a known name without a type word is meant as a place here."""
        if self.word(end - 1) == ABAD and self.word(end) in MADE:
            return False
        if titled and self.word(at - 1) == OH:
            return False  # «یا امام حسین»
        level = self.gazetteer.alone(key)
        everyday = key in self.gazetteer.everyday or key in HARD_STOPS
        context = self.context(at)
        closed = self.sort(end) == "mark"
        token = self.tokens[at]
        if self.word(end - 1) in DIRECTIONS or (lane and self.word(lane.end) in PLATES):
            return True  # «دانش غربی», «چمن ۳۲ پلاک ۷»
        if lane and self.is_certain(end, lane.end):
            if self.word(end) in SERVICE_NUMBERS and everyday:
                return False
            return not everyday or level != "typed" or context != "word" or self.sort(lane.end) == "mark"
        if token.latin and end - at == 1 and token.end - token.start < _SHORT_LATIN:
            return level != "typed" and context in ("strong", "preposition")
        if level == "yes":
            return True
        if not everyday and self.word(end) in _CORNERS:
            return True  # «رسالت نبش کوچه ۶۲»
        other = self.known(end + 1) if self.word(end) == AND else None
        if level == "near" and other and self.gazetteer.alone(other[1]) != "typed":
            return True  # «سجاد و خیام»: two names of streets are a crossing.
        if self.word(at - 1) == AND and at - 1 == self.last_end and self.crossing:
            return True  # «تقاطع سناباد و راهنمایی»
        if level == "near" or (titled and not everyday):
            near = context in ("strong", "preposition") or (not titled and self._behind_institution(at))
            return near or (closed and self.word(at - 1) not in ADDRESSING)
        if key in _TIMES and not closed:
            return False
        return context == "strong" and not everyday

    def _behind_institution(self, at: int) -> bool:
        """«اداره پست فلسطین»: what a place is stands before the name."""
        before = at - 1 if self.word(at - 1) in EZAFES else at
        return any(
            "".join(token.word for token in self.tokens[max(0, before - count) : before]) in INSTITUTIONS
            for count in (1, 2, 3)
        )

    def is_certain(self, start: int, end: int) -> bool:
        """Digits, «دوازدهم», «بیست و پنج»: no other word, and no count of what follows."""
        words = [token.word for token in self.tokens[start:end]]
        first = words[0]
        written = ORDINAL_WORDS.get(first, 0) > 3 or NUMBER_WORDS.get(first, 0) > 10
        return len(words) > 1 or first.isdigit() or "/" in first or written

    def is_listed(self, part: Part | None) -> bool:
        """True for a name that the gazetteer has with this very type word: «پارک ملت», though a station has it too."""
        return part is not None and any(e.type == part.type for e in self.gazetteer.by_key(part.key))

    def fits(self, at: int, key: str, kind: str, word: str, end: int) -> bool:
        """«خیابون برق می‌زنه»: an everyday word is a name behind a type word only where such a place is known."""
        entries = self.gazetteer.by_key(key)
        if key in HARD_STOPS:
            return any(entry.kind == kind and entry.type == word for entry in entries)
        if key not in self.gazetteer.everyday:
            return True
        if self.word(at - 1) in POINTING:
            return False  # «این کوچه نور کافی ندارد»
        if self.sort(end) == "mark":
            return True
        return any(entry.kind == kind or {entry.kind, kind} <= WAYS for entry in entries)

    def called_after(self, at: int, after: int, kind: str) -> int:
        """The end of «کوچهٔ حوض لقمان», «آسایشگاه معلولین شهید فیاضی»: what it is called after and a name; else 0."""
        if after + 1 >= len(self.tokens):
            return 0
        second = self.word(after + 1)
        arabic = second.startswith(_ARTICLE) and len(second) > 4 and second not in self.gazetteer.everyday
        if kind == "landmark" and arabic and self.may_be_named(self.tokens[after]):
            return after + 2  # «مسافرخانه نور الرضا»
        if kind == "landmark" and self.word(after) in QUALITIES:
            end = self.unknown_name(after + 1)
            named = self.tokens[self.titled(after + 1) : end]
            return 0 if not named or any(t.latin or self.like_everyday(t.word) for t in named) else end
        if kind != "alley" or not (self.word(after) in MARKERS or self.word(after) in _OLD_THINGS):
            return 0
        token = self.tokens[after + 1]
        unusable = not self.may_be_named(token) or token.latin or self.word(after + 2) == ABAD
        if unusable or len(token.word) < 3:
            return 0
        if token.word in self.gazetteer.everyday:
            return after + 2 if token.word in QUALITIES and self.context(at) != "word" else 0
        return 0 if self.like_everyday(token.word) else after + 2

    def is_latin_word(self, at: int) -> bool:
        return self.tokens[at].latin and self.is_latin_everyday(self.word(at))

    def may_be_named(self, token: Token) -> bool:
        word = token.word
        usable = token.sort == "word" and len(word) > 1 and not self.is_stop(token)
        return usable and word not in RELATIONS and word not in TYPES and word not in UNITS

    def is_longer(self, key: str, word: str) -> bool:
        """«محمدی» for «محمدیه»: a last letter less or more makes another name, but «الهیه‌ه» is one of speech."""
        return key[:-1] == word and len(key) < _LONG_NAME

    def kind_of(self, key: str, numbered: bool) -> str:
        """The likeliest kind of a known name that stands without a type word."""
        kinds = [entry.kind for entry in self.gazetteer.by_key(key)]
        order = _NUMBERED_KINDS if numbered else _BARE_KINDS
        chosen = next((kind for kind in order if kind in kinds), kinds[0] if kinds else "street")
        if numbered and chosen in ("metro_station", "landmark", "park"):
            return "street"
        return "neighbourhood" if chosen == "outside" else chosen

    def shown_name(self, key: str, start: int, end: int) -> str:
        """The name as the gazetteer spells it, with the direction behind it."""
        entries = self.gazetteer.by_key(key)
        own = [entry.name for entry in entries if key_of(entry.name) == key]
        name = own[0] if own else entries[0].title if entries else self.written(start, end)
        if self.word(end - 1) in DIRECTIONS and not folded(name).endswith(self.word(end - 1)):
            name += " " + self.written(end - 1, end)
        return name
