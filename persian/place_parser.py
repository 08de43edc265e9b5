"""One named place at one position of a message: type word, name, number.

Each `Part` is a stretch of tokens. `locations` joins parts to what a citizen means by one address.
"""

from __future__ import annotations

from dataclasses import replace

from persian.digits import to_persian
from persian.gazetteer import key_of
from persian.lane_numbers import AND, BEFORE_NUMBER, Lane
from persian.letters import folded
from persian.place_landmarks import NAME_LIKE, QUALITIES
from persian.place_part import Part
from persian.place_reader import ABAD, Reader, is_latin_verb
from persian.place_roads import road_at, unnamed_at
from persian.place_tokens import Token
from persian.place_words import (
    ADDRESSING,
    DESCRIBING,
    DIRECTIONS,
    HARD_STOPS,
    NEEDS_KNOWN,
    NUMBERED_WITHOUT_NAME,
    ORDINAL_WORDS,
    RELATIONS,
    ROADS,
    SERVICE_NUMBERS,
    SURE_TYPES,
    TITLES,
    TYPES,
    UNITS,
    VERB_ENDINGS,
)

_PLATE = folded("پلاک")
_NUMBERED_KINDS = ("street", "alley", "highway")
_BARE_KINDS = ("neighbourhood", "landmark", "outside", "street", "park")
_WAYS = frozenset({"street", "alley"})
_SHORT_LATIN = 6
_HIGHEST_LANE = 140


class Parser(Reader):
    """Reads the tokens of one message, from left to right; `last_end` is where the part found last ends."""

    def part_at(self, at: int) -> Part | None:
        """The place that begins at token `at`, if one does."""
        token = self.tokens[at]
        if token.sort == "mark":
            return None
        whole = self.known(at)
        long_name = whole is not None and whole[0] - at > 1
        if token.sort == "number" and not long_name and token.word + self.word(at + 1) not in TYPES:
            return None
        if unnamed := unnamed_at(self, at):
            return unnamed
        typed = self._typed(at)
        # «فلکه آب», «باغ ملی»: the type word is part of the name itself.
        own_type = long_name and token.word in TYPES and not self._is_listed(typed)
        if whole and own_type and not self.type_at(at, whole[0] - at):
            return self._named(at, at, whole[0], whole[1], self.numbers.lane(whole[0]))
        return typed or self._bare(at, whole)

    def _is_listed(self, part: Part | None) -> bool:
        """True for a name that the gazetteer has with this very type word: «پارک ملت», though a station has it too."""
        return part is not None and any(e.type == part.type for e in self.gazetteer.by_key(part.key))

    def tail_at(self, at: int, markers: frozenset[str]) -> Part | None:
        """What is a place only beside another one: «نبش ۱۹», «پشت مسجد», «پلاک ۵», a name too common alone."""
        before = self.word(at - 1) if at else ""
        known = self.known(at)
        if known and known[1] not in self.gazetteer.everyday:
            return self._named(at, at, known[0], known[1], self.numbers.lane(known[0], named=True))
        end = self.unknown_name(at) if before in ("،", ",") else at
        if end > at:
            lane = self.numbers.lane(end, words=False)
            if lane or self.word(at) in TITLES:
                return self._finish(Part(at, end, "street", "", self.written(at, end)), lane)
        if self.sort(at) == "number" and before in RELATIONS and (lane := self.numbers.lane(at, words=False)):
            return Part(at, lane.end, "alley", number=lane.text, weak=True)
        if before in RELATIONS and self.word(at) in markers:
            kind = TYPES.get(self.word(at), ("landmark", ""))[0]
            return Part(at, at + 1, kind, self.written(at, at + 1), weak=True)
        if self.word(at) == _PLATE and self.sort(at + 1) == "number":
            return Part(at, at + 2, "address", "پلاک", number=to_persian(self.word(at + 1)), weak=True)
        return None

    # Places

    def _finish(self, part: Part, lane: Lane | None) -> Part:
        """The part with its lane number and the plate number behind it."""
        end = lane.end if lane else part.end
        plate = ""
        behind = end + 1 if self.word(end) in ("،", ",", "-") else end
        if self.word(behind) == _PLATE and self.sort(behind + 1) == "number":
            plate, end = to_persian(self.word(behind + 1)), behind + 2
        return replace(part, end=end, number=lane.text if lane else part.number, plate=plate)

    def _named(self, at: int, name_at: int, end: int, key: str, lane: Lane | None) -> Part:
        kind = self._kind_of(key, lane is not None)
        return self._finish(Part(at, end, kind, "", self._name(key, name_at, end), key), lane)

    def _typed(self, at: int) -> Part | None:
        """A type word with a name: known, misspelt, or unknown."""
        found = self.type_at(at)
        if not found or found[0] >= len(self.tokens):
            return None
        after, kind, word = found
        if self.word(at) in ROADS and (road := road_at(self, at, after)):
            return road
        if kind in NUMBERED_WITHOUT_NAME and (lane := self.numbers.lane(after)):
            return self._number_first(at, lane, kind, word)
        name_at = self.titled(after)
        known = self.known(after) or self.known(name_at) or self._meant(after, name_at)
        if not known and self.word(after) in QUALITIES:  # «پارک خطی چهل‌بازه»
            known = self.known(after + 1)
        if not known:
            return self._typed_unknown(at, after, kind, word)
        end = known[0] + (self.word(known[0]) in DIRECTIONS)
        lane = self.numbers.lane(end, named=True)
        if not lane and not self._fits(known[1], kind, word, end):
            return None
        return self._finish(Part(at, end, kind, word, self._name(known[1], after, end), known[1]), lane)

    def _meant(self, after: int, name_at: int) -> tuple[int, str] | None:
        """The misspelt name at `name_at`; behind a title a last letter more is another name: «شهید محمدی», «محمدیه»."""
        near = self.misspelt(name_at)
        if (
            near
            and name_at > after
            and (near[1][:-1] == self.word(name_at) or near[1] == self.word(name_at)[:-1])
        ):
            return None
        return near

    def _number_first(self, at: int, lane: Lane, kind: str, word: str) -> Part:
        """«کوچه ۱۲ هدایت»; without a name, «کوچه پنجم» is only part of an address."""
        name_at = self.titled(lane.end)
        known = self.known(name_at)
        if known and (known[1] not in self.gazetteer.everyday or self.sort(known[0]) == "mark"):
            name = self._name(known[1], name_at, known[0])
            return self._finish(Part(at, known[0], kind, word, name, known[1], lane.text), None)
        return Part(at, lane.end, kind, word, number=lane.text, weak=True)

    def _fits(self, key: str, kind: str, word: str, end: int) -> bool:
        """«خیابون برق می‌زنه»: an everyday word is a name behind a type word only where such a place is known."""
        entries = self.gazetteer.by_key(key)
        if key in HARD_STOPS:
            return any(entry.kind == kind and entry.type == word for entry in entries)
        if key not in self.gazetteer.everyday or self.sort(end) == "mark":
            return True
        return any(entry.kind == kind or {entry.kind, kind} <= _WAYS for entry in entries)

    def _typed_unknown(self, at: int, after: int, kind: str, word: str) -> Part | None:
        """A type word with words that are no everyday words: the name as the citizen wrote it."""
        end = self.unknown_name(after)
        if self.word(after) in QUALITIES and kind == "landmark" and self.context(at) == "strong":
            return Part(at, after + 1, kind, word, self.written(after, after + 1))  # «نزدیک کارخانهٔ قدیم»
        if end == after or not self.numbers.lane(end):
            for last in range(after + 1, after + 3):
                # «خیابان گل‌نرگس ۷»: before a number even everyday words are a name.
                lane = self.numbers.lane(last, words=False)
                if lane and all(self._may_be_named(token) for token in self.tokens[after:last]):
                    return self._finish(Part(at, last, kind, word, self.written(after, last)), lane)
        if end == after:
            return self._named_by_type(at, after, kind, word)
        lane = self.numbers.lane(end)
        if not lane and self.word(after) not in TITLES:
            names = self.tokens[after:end]
            loose = any(token.word in NEEDS_KNOWN for token in self.tokens[at:after])
            if loose and self.context(at) != "strong":
                return None
            if any(self.like_everyday(token.word) or is_latin_verb(token) for token in names):
                return self._named_by_type(at, after, kind, word)
        return self._finish(Part(at, end, kind, word, self.written(after, end)), lane)

    def _named_by_type(self, at: int, after: int, kind: str, word: str) -> Part | None:
        """«بوستان پونه», «بولوار جلال»: behind these hardly anything but a name stands, even an everyday word."""
        token = self.tokens[after]
        usable = self._may_be_named(token) and len(token.word) > 2 and token.word not in DESCRIBING
        if word not in SURE_TYPES or not usable or token.word.endswith(VERB_ENDINGS) or is_latin_verb(token):
            return None
        if self.like_everyday(token.word) and token.word not in NAME_LIKE:
            return None  # «پارک دوبل», «بوستان بسازید»
        return self._finish(Part(at, after + 1, kind, word, self.written(after, after + 1)), None)

    def _may_be_named(self, token: Token) -> bool:
        word = token.word
        usable = token.sort == "word" and len(word) > 1 and not self.is_stop(token)
        return usable and word not in RELATIONS and word not in TYPES and word not in UNITS

    def _bare(self, at: int, whole: tuple[int, str] | None) -> Part | None:
        """A name without a type word: known and certain enough here, or unknown before a number."""
        name_at = self.titled(at)
        known = whole or (self.known(name_at) if name_at > at else None)
        if known:
            end = known[0] + (self.word(known[0]) in DIRECTIONS)
            lane = self.numbers.lane(end, named=True)
            if self._counts(at, end, known[1], lane, titled=name_at > at):
                return self._named(at, at, end, known[1], lane)
            return None
        return self._settlement(at) or self._misspelt_name(at, name_at) or self._numbered_name(at)

    def _settlement(self, at: int) -> Part | None:
        """«حسن‌آباد»: what ends so is a place, known or not."""
        token = self.tokens[at]
        if self.is_stop(token) or token.sort != "word":
            return None
        if self.word(at + 1) == ABAD and len(token.word) > 2:
            end = at + 2
        elif token.word.endswith(ABAD) and len(token.word) > len(ABAD) + 2 and not self.is_common(at):
            end = at + 1
        else:
            return None
        return self._finish(Part(at, end, "neighbourhood", "", self.written(at, end)), self.numbers.lane(end))

    def _misspelt_name(self, at: int, name_at: int) -> Part | None:
        numbered = "number" in (self.sort(name_at + 1), self.sort(name_at + 2))
        if not numbered and self.context(at) != "strong":
            return None
        misspelt = self.misspelt(name_at)
        if not misspelt:
            return None
        lane = self.numbers.lane(misspelt[0], words=False)
        if not lane and self.context(at) != "strong":
            return None
        return self._named(at, at, misspelt[0], misspelt[1], lane)

    def _numbered_name(self, at: int) -> Part | None:
        """Unknown words before a number are a street's name, but not «شماره ۱۳۳» or «mizanam 115»."""
        end = self.unknown_name(at)
        if end == at and self.word(at + 1) in DIRECTIONS and self._may_be_named(self.tokens[at]):
            end = at + 2  # «میثم شمالی ۹»: with a direction an everyday word is a name too
        lane = (
            self.numbers.lane(end, words=False, named=self.word(end - 1) in DIRECTIONS) if end > at else None
        )
        if not lane or self.word(end) in BEFORE_NUMBER or self.word(end) in SERVICE_NUMBERS:
            return None
        names = self.tokens[at:end]
        if self.word(end).isdigit() and int(self.word(end)) > _HIGHEST_LANE:
            return None  # «جذر ۱۴۴» is no street, «کدم ۸۷۰» neither
        if any(is_latin_verb(token) for token in names):
            return None
        sure = self.context(at) in ("strong", "preposition") or names[0].word in TITLES
        sure = sure or names[-1].word in DIRECTIONS
        if not sure and any(self.like_everyday(token.word) for token in names):
            return None
        return self._finish(Part(at, end, "street", "", self.written(at, end)), lane)

    def _counts(self, at: int, end: int, key: str, lane: Lane | None, titled: bool) -> bool:
        """Whether a known name without a type word is meant as a place here."""
        level = self.gazetteer.alone(key)
        everyday = key in self.gazetteer.everyday or key in HARD_STOPS
        context = self.context(at)
        closed = self.sort(end) == "mark"
        token = self.tokens[at]
        if lane and self._is_certain(end, lane.end):
            if self.word(end) in SERVICE_NUMBERS and everyday:
                return False
            return not everyday or level != "typed" or context != "word" or self.sort(lane.end) == "mark"
        if token.latin and end - at == 1 and token.end - token.start < _SHORT_LATIN:
            return level != "typed" and context in ("strong", "preposition")
        if level == "yes" or (level == "near" and self.word(end - 1) in DIRECTIONS):
            return True
        other = self.known(end + 1) if self.word(end) == AND else None
        if level == "near" and other and self.gazetteer.alone(other[1]) != "typed":
            return True  # «سجاد و خیام»: two names of streets are a crossing.
        if self.word(at - 1) == AND and at - 1 == self.last_end and self.crossing:
            return True  # «تقاطع سناباد و راهنمایی»
        if level == "near" or (titled and not everyday):
            return context in ("strong", "preposition") or (closed and self.word(at - 1) not in ADDRESSING)
        return context == "strong" and not everyday

    def _is_certain(self, start: int, end: int) -> bool:
        """Digits, «دوازدهم», «بیست و پنج»: no other word, and no count of what follows."""
        words = [token.word for token in self.tokens[start:end]]
        return len(words) > 1 or words[0].isdigit() or "/" in words[0] or ORDINAL_WORDS.get(words[0], 0) > 3

    def _kind_of(self, key: str, numbered: bool) -> str:
        """The likeliest kind of a known name that stands without a type word."""
        kinds = [entry.kind for entry in self.gazetteer.by_key(key)]
        order = _NUMBERED_KINDS if numbered else _BARE_KINDS
        chosen = next((kind for kind in order if kind in kinds), kinds[0] if kinds else "street")
        if numbered and chosen in ("metro_station", "landmark", "park"):
            return "street"
        return "neighbourhood" if chosen == "outside" else chosen

    def _name(self, key: str, start: int, end: int) -> str:
        """The name as the gazetteer spells it, with the direction behind it."""
        entries = self.gazetteer.by_key(key)
        own = [entry.name for entry in entries if key_of(entry.name) == key]
        name = own[0] if own else entries[0].title if entries else self.written(start, end)
        if self.word(end - 1) in DIRECTIONS and not folded(name).endswith(self.word(end - 1)):
            name += " " + self.written(end - 1, end)
        return name
