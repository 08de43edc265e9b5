"""One named place at one position of a message: type word, name, number.

Each `Part` is a stretch of tokens. `locations` joins parts to what a citizen means by one address.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from persian.digits import to_persian
from persian.gazetteer import Gazetteer, key_of
from persian.letters import folded
from persian.place_tokens import Token
from persian.place_words import (
    ABBREVIATED, ADDRESSING, BETWEEN, DAYTIMES, DIRECTIONS, HARD_STOPS, LATIN_STOPS, NEEDS_KNOWN, NUMBER_WORDS, NUMBERED_WITHOUT_NAME,
    ORDINAL_WORDS, PREPOSITIONS, RELATIONS, SHORT_CARDINALS, STRONG, TENS, TITLES, TYPES, UNITS,
)
from persian.typos import TypoIndex

_TYPE_TYPOS = TypoIndex(form for form, (kind, _) in TYPES.items() if kind in ("street", "square", "neighbourhood"))
_DISTRICT_WORDS = frozenset(folded(word) for word in "منطقه منظقه منطقع منطقۀ منتقه منطفه مناطق".split())
_AND, _TO, _EZAFE = folded("و"), frozenset({folded("تا"), folded("الی"), "-", "–", folded("و")}), folded("ی")
_PLATE, _LANES, _QUARTER = folded("پلاک"), frozenset(map(folded, ("کوچه", "فرعی"))), folded("ناحیه")
_SAMEN = frozenset({folded("ثامن"), folded("سامن")})
_FLOORS = frozenset(map(folded, ("طبقه", "واحد")))
_ABAD = folded("آباد")
_BEFORE_NUMBER = frozenset({_EZAFE, "e", folded("فاز"), folded("شماره")})
_SERVICE_NUMBERS = frozenset("110 112 113 114 115 118 121 122 123 125 129 131 132 133 134 135 136 137 190 192 194 197".split())
_BEFORE_FROM = frozenset(map(folded, ("نرسیده", "بعد", "قبل", "بالاتر", "پایینتر", "مانده")))
_COLLOQUIAL_ENDINGS = tuple(map(folded, ("مون", "تون", "شون", "هامو", "هاشو", "هایی", "ترین")))
_VERB_ENDINGS = tuple(
    map(folded, "یدم ستم ندم ردم دیم ستیم ندیم ختن شتن ردن ستن یدن مم ریم نیم یند رند کنن شونو اشو هاش هامون ترم انمان دارن ایسم نمیان".split())
)
_LATIN_VERBS = ("mi", "nemi", "nami")
_VERB_BEGINNINGS = tuple(map(folded, ("می", "نمی")))
_LONGEST_NAME = 5
_SHORT_LATIN = 6


@dataclass(frozen=True)
class Part:
    """A place in tokens [start, end). A weak part («کوچه پنجم») counts only beside another part."""

    start: int
    end: int
    kind: str
    type: str = ""
    name: str = ""
    key: str = ""
    number: str = ""
    plate: str = ""
    district: str | None = None
    weak: bool = False


@dataclass
class Number:
    end: int
    text: str


@dataclass
class Parser:
    """Reads the tokens of one message."""

    tokens: list[Token]
    gazetteer: Gazetteer
    source: list[str] = field(default_factory=list)
    last_end: int = -1
    """Where the part found last ends: a name behind it and «و» is a place too."""

    def part_at(self, at: int) -> Part | None:
        """The place that begins at token `at`, if one does."""
        token = self.tokens[at]
        if token.sort == "mark":
            return None
        if token.sort == "number" and not self._metre_street(at):
            known = self._known(at)
            return self._bare(at, known) if known and known[0] - at > 1 else None
        district = self._district(at)
        if district:
            return district
        whole = self._known(at)
        if whole and whole[0] - at > 1 and token.word in TYPES and not self._type(at, longer_than=whole[0] - at):
            named = self._finish_known(at, at, whole[0], whole[1], "", self.number_at(whole[0]))
            if self._word(at) in TYPES and whole[1] not in self.gazetteer.everyday:
                return named
        typed = self._typed(at)
        if typed:
            return typed
        return self._bare(at, whole)

    # Words

    def _word(self, at: int) -> str:
        return self.tokens[at].word if 0 <= at < len(self.tokens) else ""

    def _sort(self, at: int) -> str:
        return self.tokens[at].sort if 0 <= at < len(self.tokens) else ""

    def written(self, start: int, end: int) -> str:
        return " ".join(self.source[start:end])

    def _type(self, at: int, longer_than: int = 0) -> tuple[int, str, str] | None:
        """(end, kind, canonical word) of the type word at `at`."""
        for count in (4, 3, 2, 1):
            if count <= longer_than or at + count > len(self.tokens):
                continue
            key = "".join(token.word for token in self.tokens[at : at + count])
            if key in TYPES:
                if key in ABBREVIATED:
                    dotted = self._word(at + 1) == "."
                    after = at + 1 + dotted
                    if not (self._known(after) or dotted and self._sort(after + 1) == "number"):
                        return None
                    return (after, *TYPES[key])
                end = at + count
                # The ezafe of «خیابانِ», written apart, and the e of Finglish.
                if self._word(end) in (_EZAFE, "e", "ye"):
                    end += 1
                return (end, *TYPES[key])
        word = self._word(at)
        if longer_than == 0 and word not in self.gazetteer.everyday and not self.gazetteer.is_name(word):
            meant = _TYPE_TYPOS.one_edit_away(word)
            if meant:
                return (at + 1, *TYPES[meant])
        return None

    def _known(self, at: int) -> tuple[int, str] | None:
        """(end, key) of the longest gazetteer name at `at`."""
        best: tuple[int, str] | None = None
        key = ""
        for end in range(at, min(at + _LONGEST_NAME, len(self.tokens))):
            if self.tokens[end].sort == "mark":
                break
            key += self.tokens[end].word
            if len(key) > self.gazetteer.longest_key:
                break
            if len(key) > 1 and not key.isdigit() and self.gazetteer.is_name(key):
                best = (end + 1, key)
        return best

    def _titled(self, at: int) -> int:
        """The token after the titles at `at`."""
        while self._word(at) in TITLES:
            at += 1
        return at

    def _misspelt(self, at: int) -> tuple[int, str] | None:
        """A name of five letters or more with one typo, in two words or one that are no everyday words."""
        for count in (2, 1):
            words = self.tokens[at : at + count]
            if len(words) < count or any(w.sort != "word" for w in words):
                continue
            if any(w.word in self.gazetteer.everyday or w.word in HARD_STOPS for w in words[: 1 if count == 2 else 2]):
                continue
            if count == 2 and words[1].word in HARD_STOPS:
                continue
            near = self.gazetteer.near_miss("".join(w.word for w in words))
            if near:
                return at + count, near
        return None

    # Numbers

    def _value(self, at: int) -> tuple[int, str] | None:
        """(end, digits) of one number, in digits or words."""
        token_sort, word = self._sort(at), self._word(at)
        if token_sort == "number":
            head = word.split("/")[0]
            return (at + 1, word) if len(head) <= 3 and len(word) <= 9 else None
        if word in TENS and self._word(at + 1) == _AND and self._word(at + 2) in {**NUMBER_WORDS, **ORDINAL_WORDS}:
            last = self._word(at + 2)
            return at + 3, str(TENS[word] + NUMBER_WORDS.get(last, ORDINAL_WORDS.get(last, 0)))
        if word in ORDINAL_WORDS:
            return at + 1, str(ORDINAL_WORDS[word])
        if word in NUMBER_WORDS:
            return at + 1, str(NUMBER_WORDS[word])
        return None

    def _is_count(self, end: int, named: bool = False) -> bool:
        """True where what follows a number makes it a count, a time or a date."""
        following = self._word(end)
        if named and (following in DAYTIMES or (following in _FLOORS and self._value(end + 1))):
            return False
        if following == folded("تا"):
            return self._value(end + 1) is None
        if following == ":" and self._sort(end + 1) == "number":
            return True
        return following in UNITS or following in ("%", "٪")

    def number_at(self, at: int, words: bool = True, named: bool = False) -> Number | None:
        """The lane number at `at`: «۱۲», «دوازدهم», «۵ و ۷», «بین ۵ و ۷», «۲۱ تا ۲۷»."""
        start = at
        if self._word(at) in _BEFORE_NUMBER and self._value(at + 1):
            at += 1
        lead = self._relation(at, BETWEEN)
        if lead and self._sort(lead) == "number":
            at = lead
        if not words and self._sort(at) != "number":
            return None
        first = self._value(at)
        if not first or self._word(at) in SHORT_CARDINALS:
            return None
        end, text = first
        second = self._value(end + 1) if self._word(end) in _TO and self._sort(end + 1) == "number" else None
        if second and not self._is_count(second[0]):
            joint = "و" if self._word(end) == _AND else "تا"
            return Number(second[0], f"{to_persian(text)} {joint} {to_persian(second[1])}")
        return None if self._is_count(end, named) or end == start else Number(end, to_persian(text))

    def _relation(self, at: int, phrases: frozenset[str]) -> int:
        """The token after the phrase at `at`, or 0."""
        key, best = "", 0
        for end in range(at, min(at + 3, len(self.tokens))):
            key += self.tokens[end].word
            if key in phrases:
                best = end + 1
        return best

    # Places

    def _district(self, at: int) -> Part | None:
        word = self._word(at)
        if word == _QUARTER and (number := self._value(at + 1)) and self._word(number[0]) in _DISTRICT_WORDS:
            inner = self._district(number[0])
            return Part(at, inner.end, "district", "", inner.name, district=inner.district) if inner else None
        if word not in _DISTRICT_WORDS:
            return None
        after = at + 1
        if self._word(after) in (_EZAFE, folded("شماره"), folded("شهرداری")):
            after += 1
        if self._word(after) in _SAMEN:
            return Part(at, after + 1, "district", "", "منطقهٔ ثامن", district="samen")
        value = self._value(after)
        if value and value[1].isdigit() and 1 <= int(value[1]) <= 13 and not self._is_count(value[0]):
            number = str(int(value[1]))
            return Part(
                at, value[0], "district", "", f"منطقهٔ {to_persian(number)}", district=number if number != "13" else "samen"
            )
        return None

    def _metre_street(self, at: int) -> bool:
        return self._word(at + 1) == folded("متری") and bool(self._known(at + 2))

    def _finish(self, start: int, end: int, kind: str, type_: str, name: str, key: str, number: Number | None) -> Part:
        plate = ""
        if number:
            end = number.end
        behind = end + 1 if self._word(end) in ("،", ",", "-") else end
        if self._word(behind) == _PLATE and self._sort(behind + 1) == "number":
            plate, end = to_persian(self._word(behind + 1)), behind + 2
        return Part(start, end, kind, type_, name, key, number.text if number else "", plate)

    def _finish_known(self, at: int, name_at: int, end: int, key: str, type_: str, number: Number | None) -> Part:
        kind = self.kind_of(key, bool(number))
        return self._finish(at, end, kind, type_, self._name(key, name_at, end), key, number)

    def _with_direction(self, end: int, key: str) -> int:
        """«طبرسی جنوبی»: a direction behind a name is part of it."""
        return end + 1 if self._word(end) in DIRECTIONS else end

    def _typed(self, at: int) -> Part | None:
        found = self._type(at)
        if not found:
            return None
        after, kind, word = found
        if after >= len(self.tokens):
            return None
        if kind in NUMBERED_WITHOUT_NAME and (lane := self.number_at(after)):
            # «کوچه ۱۲ هدایت»
            name_at = self._titled(lane.end)
            known = self._known(name_at)
            if known and known[1] not in self.gazetteer.everyday:
                part = self._finish(at, known[0], kind, word, self._name(known[1], name_at, known[0]), known[1], None)
                return replace(part, number=lane.text)
            return self._weak(at, lane, kind, word)
        name_at = self._titled(after)
        known = self._known(after) or self._known(name_at) or self._misspelt(name_at)
        if known and not (known[1] in HARD_STOPS and not self.number_at(known[0])):
            end = self._with_direction(known[0], known[1])
            number = self.number_at(end, named=True)
            if known[1] in self.gazetteer.everyday and not number and not self._fits(known[1], kind, end):
                return None
            return self._finish(at, end, kind, word, self._name(known[1], after, end), known[1], number)
        return self._typed_unknown(at, after, kind, word)

    def _fits(self, key: str, kind: str, end: int) -> bool:
        """«خیابون برق می‌زنه»: an everyday word is a name behind a type word only if such a place is known."""
        return any(e.kind == kind for e in self.gazetteer.by_key(key)) or self._sort(end) in ("mark", "")

    def _weak(self, at: int, lane: Number, kind: str, word: str) -> Part:
        return Part(at, lane.end, kind, word, "", "", lane.text, weak=True)

    def _typed_unknown(self, at: int, after: int, kind: str, word: str) -> Part | None:
        """A type word with up to three words that are no everyday words: the name as the citizen wrote it."""
        end = self._unknown_name(after, kind)
        if end == after:
            first = self.tokens[after]
            digits = self.number_at(after + 1, words=False)
            if digits and first.sort == "word" and len(first.word) > 2 and not self._is_stop(first) and not first.word in RELATIONS:
                return self._finish(at, after + 1, kind, word, self.written(after, after + 1), "", digits)
            return None
        number = self.number_at(end)
        titled = self._word(after) in TITLES
        loose = any(token.word in NEEDS_KNOWN for token in self.tokens[at:after])
        if loose and not number and not titled and self.context(at) != "strong":
            return None
        if not number and not titled and any(self._like_everyday(t.word) for t in self.tokens[after:end]):
            return None
        return self._finish(at, end, kind, word, self.written(after, end), "", number)

    def _like_everyday(self, word: str) -> bool:
        """True for a misspelt everyday word or a verb: «کوچه پاتق», «خیابون نساختن»."""
        return word.endswith(_VERB_ENDINGS) or self.gazetteer.is_like_everyday(word)

    def _is_stop(self, token: Token) -> bool:
        return token.word in HARD_STOPS or token.word in LATIN_STOPS or token.word in PREPOSITIONS

    def _unknown_name(self, at: int, kind: str = "") -> int:
        """The end of the run of words at `at` that can only be a name; `at` where there is none."""
        end = self._titled(at)
        titled = end > at
        limit = end + (2 if not titled else 2)
        while end < min(limit, len(self.tokens)):
            token = self.tokens[end]
            if token.sort != "word" or self._is_stop(token) or token.word in TYPES or token.word in STRONG:
                break
            if len(token.word) < 3 or token.word in RELATIONS or token.word in UNITS or token.word in ORDINAL_WORDS or token.word in NUMBER_WORDS:
                break
            if token.latin and (token.word.removesuffix("e") in self.gazetteer.everyday or token.word + "e" in self.gazetteer.everyday):
                break
            if token.word in self.gazetteer.everyday and not (titled and end == limit - 2):
                break
            if token.word.endswith(_COLLOQUIAL_ENDINGS) or (token.word.startswith(_VERB_BEGINNINGS) and len(token.word) > 5 and token.word not in self.gazetteer.names() and end > at):
                break
            end += 1
        if titled and end == self._titled(at):
            return at
        return self._with_direction(end, "") if end > at else at

    def _bare(self, at: int, whole: tuple[int, str] | None) -> Part | None:
        """A name without a type word: known and certain enough here, or unknown before a number."""
        name_at = self._titled(at)
        known = whole or self._known(name_at)
        if known:
            end = self._with_direction(known[0], known[1])
            number = self.number_at(end, words=self.gazetteer.alone(known[1]) == "yes", named=True)
            if self._counts(at, end, known[1], number, titled=name_at > at):
                kind = self.kind_of(known[1], bool(number))
                return self._finish(at, end, kind, "", self._name(known[1], at, end), known[1], number)
            return None
        abad = at + 1 if self._word(at).endswith(_ABAD) and len(self._word(at)) > 6 else at + 2
        first = self.tokens[at]
        if (self._word(abad - 1).endswith(_ABAD) and abad - at == 2 and self._word(at + 1) == _ABAD) or abad - at == 1:
            if len(first.word) > 2 and not self._is_stop(first) and not (abad - at == 1 and first.word in self.gazetteer.everyday):
                return self._finish(at, abad, "neighbourhood", "", self.written(at, abad), "", self.number_at(abad))
        misspelt = self._misspelt(name_at)
        if misspelt and (number := self.number_at(misspelt[0], words=False)):
            return self._finish(at, misspelt[0], self.kind_of(misspelt[1], True), "", self._name(misspelt[1], at, misspelt[0]), misspelt[1], number)
        if misspelt and self.context(at) == "strong" and self._word(at) not in self.gazetteer.everyday:
            return self._finish(at, misspelt[0], self.kind_of(misspelt[1], False), "", self._name(misspelt[1], at, misspelt[0]), misspelt[1], None)
        end = self._unknown_name(at)
        if end > at and (number := self.number_at(end, words=False)) and self._is_lane(at, end):
            return self._finish(at, end, "street", "", self.written(at, end), "", number)
        return None

    def _is_lane(self, at: int, end: int) -> bool:
        """True where unknown words before a number are a street's name, not «شماره ۱۳۳» or «mizanam 115»."""
        if self._word(end) in _BEFORE_NUMBER or self._word(end) in _SERVICE_NUMBERS:
            return False
        words = [token.word for token in self.tokens[at:end]]
        if any(token.latin and token.word.startswith(_LATIN_VERBS) for token in self.tokens[at:end]):
            return False
        sure = self.context(at) in ("strong", "preposition") or words[0] in TITLES
        return sure or not any(self._like_everyday(word) for word in words)

    def context(self, at: int) -> str:
        """What stands before token `at`: `strong`, `preposition`, `edge` (nothing, or a mark) or `word`."""
        before = at - 1
        if before >= 0 and self._word(before) in (_EZAFE, "e", "ye"):
            before -= 1
        if before < 0 or self._sort(before) == "mark":
            return "edge"
        word = self._word(before)
        if word == _AND and before == self.last_end:
            return "strong"
        if word in STRONG or word in RELATIONS or self._word(before - 1) in _BEFORE_FROM:
            return "strong"
        return "preposition" if word in PREPOSITIONS else "word"

    def _counts(self, at: int, end: int, key: str, number: Number | None, titled: bool) -> bool:
        level = self.gazetteer.alone(key)
        everyday = key in self.gazetteer.everyday or key in HARD_STOPS
        context = self.context(at)
        digits = number is not None and any(token.sort == "number" for token in self.tokens[end : number.end])
        if level == "yes" and self.tokens[at].latin and end - at == 1 and self._length(at) < _SHORT_LATIN:
            level = "near"
        if level == "yes" or (level == "near" and self._word(end - 1) in DIRECTIONS):
            return True
        closed = self._sort(end) in ("mark", "")
        if digits and number:
            if not everyday or level == "near":
                return True
            return context != "word" or self._sort(number.end) in ("mark", "")
        if level == "near" and self._word(end) == _AND and (other := self._known(end + 1)):
            if self.gazetteer.alone(other[1]) != "typed":
                return True
        if level == "near" or (titled and not everyday):
            return context in ("strong", "preposition") or (closed and self._word(at - 1) not in ADDRESSING)
        return context == "strong" and not everyday

    def _length(self, at: int) -> int:
        return self.tokens[at].end - self.tokens[at].start

    def kind_of(self, key: str, numbered: bool) -> str:
        """The likeliest kind of a known name that stands without a type word."""
        kinds = [entry.kind for entry in self.gazetteer.by_key(key)]
        order = ("street", "alley", "highway") if numbered else ("neighbourhood", "landmark", "outside", "street", "park")
        chosen = next((kind for kind in order if kind in kinds), kinds[0] if kinds else "street")
        return "neighbourhood" if chosen == "outside" else chosen

    def _name(self, key: str, start: int, end: int) -> str:
        """The name as the gazetteer spells it, with the direction behind it."""
        entries = self.gazetteer.by_key(key)
        own = [e.name for e in entries if key_of(e.name) == key]
        name = own[0] if own else entries[0].title if entries else self.written(start, end)
        last = self._word(end - 1)
        if last in DIRECTIONS and not folded(name).endswith(last):
            name += " " + self.written(end - 1, end)
        return name
