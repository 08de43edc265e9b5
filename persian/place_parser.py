"""One named place at one position of a message: type word, name, number.

Each `Part` is a stretch of tokens. `locations` joins parts to what a citizen means by one address.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

from persian.digits import to_persian
from persian.lane_numbers import BEFORE_NUMBER, Lane
from persian.letters import folded
from persian.place_judge import MADE, WAYS, Judge
from persian.place_landmarks import NAME_LIKE, PEOPLE, QUALITIES
from persian.place_part import Part
from persian.place_reader import ABAD, is_latin_verb
from persian.place_roads import metres_at, road_at, unnamed_at
from persian.place_words import (
    ALONE,
    BUILDINGS,
    DESCRIBING,
    DIRECTIONS,
    HARD_STOPS,
    METRES,
    NEEDS_KNOWN,
    NUMBERED_WITHOUT_NAME,
    ORDINAL_WORDS,
    PLATES,
    RELATIONS,
    ROADS,
    SERVICE_NUMBERS,
    SURE_TYPES,
    TITLES,
    TYPES,
    VERB_ENDINGS,
)

_NAMES = NAME_LIKE - TITLES
_NUMBER = folded("شماره")
_BY_ITSELF = ("strong", "preposition", "edge")
_HIGHEST_LANE = 140
_LONGEST_KHAN = 4
_KHAN = folded("خان")


class Parser(Judge):
    """Reads the tokens of one message, from left to right; `last_end` is where the part found last ends."""

    def part_at(self, at: int) -> Part | None:
        """The place that begins at token `at`, if one does."""
        token = self.tokens[at]
        if token.sort == "mark":
            return None
        whole = self.known(at)
        long_name = whole is not None and whole[0] - at > 1
        if token.sort == "number" and not long_name and token.word + self.word(at + 1) not in TYPES:
            return metres_at(self, at) if self.word(at + 1) in METRES else None
        if unnamed := unnamed_at(self, at):
            return unnamed
        typed = self._typed(at)
        # «فلکه آب», «باغ ملی»: the type word is part of the name itself.
        own_type = long_name and token.word in TYPES and not self.is_listed(typed)
        if whole and own_type and not self.type_at(at, whole[0] - at):
            return self._named(at, at, whole[0], whole[1], self.numbers.lane(whole[0]))
        return typed or self._bare(at, whole)

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
        unknown = self.unknown_name(at) if before in RELATIONS else at
        if unknown > at and not any(self.like_everyday(token.word) for token in self.tokens[at:unknown]):
            lane = self.numbers.lane(unknown, words=False)
            return self._finish(Part(at, unknown, "landmark", "", self.written(at, unknown)), lane)
        if before in RELATIONS and self.word(at) in markers:
            kind = TYPES.get(self.word(at), ("landmark", ""))[0]
            return Part(at, at + 1, kind, self.written(at, at + 1), weak=True)
        if self.word(at) in PLATES and self.sort(at + 1) == "number":
            return Part(at, at + 2, "address", "پلاک", number=to_persian(self.word(at + 1)), weak=True)
        return None

    # Places

    def _finish(self, part: Part, lane: Lane | None) -> Part:
        """The part with its lane number and the plate number behind it."""
        end = lane.end if lane else part.end
        plate = ""
        behind = end + 1 if self.word(end) in ("،", ",", "-") else end
        if self.word(behind) in PLATES and self.sort(behind + 1) == "number":
            plate, end = to_persian(self.word(behind + 1)), behind + 2
        return replace(part, end=end, number=lane.text if lane else part.number, plate=plate)

    def _named(self, at: int, name_at: int, end: int, key: str, lane: Lane | None) -> Part:
        kind = self.kind_of(key, lane is not None)
        return self._finish(Part(at, end, kind, "", self.shown_name(key, name_at, end), key), lane)

    def _typed(self, at: int) -> Part | None:
        """A type word with a name: known, misspelt, or unknown."""
        found = self.type_at(at)
        if not found or found[0] >= len(self.tokens):
            return None
        after, kind, word = found
        if self.word(at) in ROADS and (road := road_at(self, at, after)):
            return road
        ordinal = kind == "square" and self.word(after) in ORDINAL_WORDS  # «فلکه دوم آب و برق»
        if (ordinal or kind in NUMBERED_WITHOUT_NAME) and (lane := self.numbers.lane(after)):
            return self._number_first(at, lane, kind, word)
        name_at = self.titled(after)
        known = self.known(after) or self.known(name_at) or self._meant(after, name_at)
        if not known and self.word(after) in QUALITIES:  # «پارک خطی چهل‌بازه»
            known = self.known(after + 1)
            if not known and kind == "landmark" and self.word(after + 1) in _NAMES:
                return self._finish(Part(at, after + 2, kind, word, self.written(after, after + 2)), None)
        if not known:
            return self._typed_unknown(at, after, kind, word)
        end = known[0] + (self.word(known[0]) in DIRECTIONS)
        lane = self.numbers.lane(end, named=True)
        building = word in BUILDINGS and known[1] not in PEOPLE and known[1] not in HARD_STOPS  # «هتل پارس»
        if not lane and not building and not self.fits(at, known[1], kind, word, end):
            return None
        return self._finish(Part(at, end, kind, word, self.shown_name(known[1], after, end), known[1]), lane)

    def _meant(self, after: int, name_at: int) -> tuple[int, str] | None:
        """The misspelt name at `name_at`; behind a title a last letter more is another name: «شهید محمدی», «محمدیه»."""
        near = self.misspelt(name_at) or (self.misspelt(after) if name_at > after else None)
        if not near:
            return None
        if name_at > after and (near[1][:-1] == self.word(name_at) or near[1] == self.word(name_at)[:-1]):
            return None
        return near[:2]

    def _number_first(self, at: int, lane: Lane, kind: str, word: str) -> Part:
        """«کوچه ۱۲ هدایت»; without a name, «کوچه پنجم» is only part of an address."""
        name_at = self.titled(lane.end)
        known = self.known(name_at)
        if known and (known[1] not in self.gazetteer.everyday or self.sort(known[0]) == "mark"):
            name = self.shown_name(known[1], name_at, known[0])
            return self._finish(Part(at, known[0], kind, word, name, known[1], lane.text), None)
        end = self.unknown_name(lane.end)
        named = self.tokens[name_at:end]
        if named and self.context(at) != "word" and not any(self.like_everyday(t.word) for t in named):
            return self._finish(
                Part(at, end, kind, word, self.written(lane.end, end), number=lane.text), None
            )
        return Part(at, lane.end, kind, word, number=lane.text, weak=True)

    def _typed_unknown(self, at: int, after: int, kind: str, word: str) -> Part | None:
        """A type word with words that are no everyday words: the name as the citizen wrote it."""
        end = self.unknown_name(after)
        if kind == "landmark" and self.word(after) == _NUMBER and (lane := self.numbers.lane(after)):
            return self._finish(Part(at, after, kind, word), lane)  # «درمانگاه شمارهٔ ۵»
        if kind in WAYS and self.word(after) not in HARD_STOPS:
            for last in range(after + 1, after + _LONGEST_KHAN):
                if self.word(last) == _KHAN:  # «کوچه باغ حسن خان»
                    return self._finish(Part(at, last + 1, kind, word, self.written(after, last + 1)), None)
        if called := self.called_after(at, after, kind):
            return self._finish(Part(at, called, kind, word, self.written(after, called)), None)
        if self.word(after) in QUALITIES and kind == "landmark" and self.context(at) == "strong":
            return Part(at, after + 1, kind, word, self.written(after, after + 1))  # «نزدیک کارخانهٔ قدیم»
        if end == after or not self.numbers.lane(end):
            for last in range(after + 1, after + 3):
                # «خیابان گل‌نرگس ۷»: before a number even everyday words are a name.
                lane = self.numbers.lane(last, words=False)
                if last > after + 1 and self.is_latin_word(after) and self.known(last - 1):
                    break  # «kuche khamushe pirouzi 33»
                if lane and all(self.may_be_named(token) for token in self.tokens[after:last]):
                    return self._finish(Part(at, last, kind, word, self.written(after, last)), lane)
        if end == after:
            return self._named_by_type(at, after, kind, word)
        lane = self.numbers.lane(end)
        if not lane and self.word(after) not in TITLES:
            names = self.tokens[after:end]
            loose = any(token.word in NEEDS_KNOWN for token in self.tokens[at:after])
            if loose and self.context(at) not in (_BY_ITSELF if word in ALONE else ("strong",)):
                return None
            like = self.is_inflected if word in BUILDINGS else self.like_everyday
            if any(like(token.word) or is_latin_verb(token) for token in names):
                return self._named_by_type(at, after, kind, word)
        return self._finish(Part(at, end, kind, word, self.written(after, end)), lane)

    def _named_by_type(self, at: int, after: int, kind: str, word: str) -> Part | None:
        """«بوستان پونه», «بولوار جلال»: behind these hardly anything but a name stands, even an everyday word."""
        token = self.tokens[after]
        usable = self.may_be_named(token) and len(token.word) > 2 and token.word not in DESCRIBING
        named = word in SURE_TYPES or (
            kind == "landmark" and token.word in NAME_LIKE and token.word not in PEOPLE
        )
        if not named or not usable or token.word.endswith(VERB_ENDINGS) or token.latin:
            return None
        if self.like_everyday(token.word) and token.word not in NAME_LIKE:
            return None  # «پارک دوبل», «بوستان بسازید»
        return self._finish(Part(at, after + 1, kind, word, self.written(after, after + 1)), None)

    def _bare(self, at: int, whole: tuple[int, str] | None) -> Part | None:
        """A name without a type word: known and certain enough here, or unknown before a number."""
        name_at = self.titled(at)
        known = whole or (self.known(name_at) if name_at > at else None)
        if known:
            end = known[0] + (self.word(known[0]) in DIRECTIONS)
            lane = self.numbers.lane(end, named=True)
            if self.counts(at, end, known[1], lane, titled=name_at > at):
                return self._named(at, at, end, known[1], lane)
            return None
        return self._settlement(at) or self._misspelt_name(at, name_at) or self._numbered_name(at)

    def _settlement(self, at: int) -> Part | None:
        """«حسن‌آباد»: what ends so is a place, known or not."""
        token = self.tokens[at]
        if self.is_stop(token) or token.sort != "word":
            return None
        if self.word(at + 1) == ABAD and self.word(at + 2) in MADE:
            return None
        if self.word(at + 1) == ABAD and len(token.word) > 2:
            end = at + 2
        elif token.word.endswith(ABAD) and len(token.word) > len(ABAD) + 2 and not self.is_common(at):
            end = at + 1
        else:
            return None
        return self._finish(Part(at, end, "neighbourhood", "", self.written(at, end)), self.numbers.lane(end))

    def _misspelt_name(self, at: int, name_at: int) -> Part | None:
        """A name with a slip: before a number or behind «نبش»; elsewhere where it is nearer than any everyday word."""
        misspelt = (self.misspelt(at) if name_at > at else None) or self.misspelt(name_at)
        if not misspelt:
            return None
        end, key, cost = misspelt
        word = self.word(name_at)
        lane = self.numbers.lane(end)
        if lane and not self.is_certain(end, lane.end):
            lane = None
        everyday = self.gazetteer.everyday_slip(word) if end - name_at == 1 else inf
        strong = self.context(at) == "strong"
        if (strong and cost <= everyday and len(word) > 4) or ((strong or lane) and cost < everyday):
            return self._named(at, at, end, key, lane)
        if not key or strong or self.is_inflected(word) or cost >= everyday or self.is_longer(key, word):
            return None
        return self._named(at, at, end, key, None) if self.counts(at, end, key, None, name_at > at) else None

    def _numbered_name(self, at: int) -> Part | None:
        """Unknown words before a number are a street's name, but not «شماره ۱۳۳» or «mizanam 115»."""
        end = self.unknown_name(at)
        if end == at and self.word(at + 1) in DIRECTIONS and self.may_be_named(self.tokens[at]):
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
