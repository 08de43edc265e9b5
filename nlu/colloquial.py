"""Spoken Persian brought to its written form: «خیابونمون» to «خیابانمان», «چراغا» to «چراغها», «میخوام» to «میخواهم».

Words come folded and without ZWNJ (`nlu.words.spelled`). A rule is used only where it leads to a word that the
lexicon knows, and the word itself is not one: «قانون» and «ایران» stay. Whole words of speech stand in
`data/thesaurus/colloquial.yml`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from nlu.words import spelled

# Spoken present stems and their written ones, behind می/نمی/ن/ب.
_STEMS = {
    "خوا": "خواه",
    "ر": "رو",
    "ش": "شو",
    "گ": "گوی",
    "د": "ده",
    "تون": "توان",
    "دون": "دان",
    "مون": "مان",
    "خون": "خوان",
    "ذار": "گذار",
    "زار": "گذار",
    "شین": "نشین",
    "ا": "آی",
    "یا": "آی",
    "ار": "آور",
    "یار": "آور",
    "وفت": "افت",
    "یفت": "افت",
    "سوزون": "سوزان",
    "رسون": "رسان",
    "پوشون": "پوشان",
    "ترسون": "ترسان",
    "چرخون": "چرخان",
    "کشون": "کشان",
    "شورن": "شوین",
    "شور": "شوی",
}
_PERSONS = {"م": "م", "ی": "ی", "ه": "د", "د": "د", "یم": "یم", "ین": "ید", "ید": "ید", "ن": "ند", "ند": "ند"}
_VERB = re.compile(rf"^(ن?می|ن|ب)({'|'.join(sorted(_STEMS, key=len, reverse=True))})({'|'.join(_PERSONS)})$")
_CLITICS = ("هامون", "هاتون", "هاشون", "امون", "اتون", "اشون", "مون", "تون", "شون")
_WRITTEN = {
    "هامون": "هایمان",
    "هاتون": "هایتان",
    "هاشون": "هایشان",
    "امون": "هایمان",
    "اتون": "هایتان",
    "اشون": "هایشان",
    "مون": "مان",
    "تون": "تان",
    "شون": "شان",
}
_LIGHT = ("هارو", "هاست", "های", "ها", "ای", "ست", "ا", "رو", "و", "ه", "م", "ت", "ش", "ی", "شم", "اش")


class Colloquial:
    """`standard(word)` and `base(word)`, both cached."""

    def __init__(self, lexicon: Container[str], table: Mapping[str, str] | None = None) -> None:
        self._lexicon = lexicon
        self._table = dict(table or {})
        self.standard = lru_cache(maxsize=65536)(self._standard)
        self.base = lru_cache(maxsize=65536)(self._base)

    def _standard(self, word: str) -> str:
        """The written form, or the word as it is."""
        if word in self._table:
            return self._table[word]
        if word in self._lexicon or len(word) < 3:
            return word
        verb = _VERB.match(word)
        if verb:
            return verb.group(1) + _STEMS[verb.group(2)] + _PERSONS[verb.group(3)]
        for clitic in _CLITICS:
            if word.endswith(clitic):
                base = self._known(word[: -len(clitic)])
                if base:
                    return base + _WRITTEN[clitic]
        known = self._known(word)
        if known:
            return known
        if word.endswith(("ای", "ا")):
            ending = "های" if word.endswith("ای") else "ها"
            base = self._known(word[:-2] if ending == "های" else word[:-1])
            if base:
                return base + ending
        return word

    def _known(self, word: str) -> str | None:
        """The word itself, or with «ون» as «ان» and «وم» as «ام» anywhere, if the lexicon has it."""
        if len(word) < 2:
            return None
        if word in self._table:
            return self._table[word]
        if word in self._lexicon:
            return word
        for spoken, written in (("ون", "ان"), ("وم", "ام")):
            at = word.rfind(spoken)
            if at > 0:
                changed = word[:at] + written + word[at + 2 :]
                if changed in self._lexicon:
                    return changed
        return None

    def _base(self, word: str) -> str:
        """The word without plural, possession, object marker and «is», where the rest is a known word."""
        word = self._standard(word)
        for ending in ("هایمان", "هایتان", "هایشان", "مان", "تان", "شان", *_LIGHT):
            rest = word[: -len(ending)]
            if len(rest) >= 3 and word.endswith(ending):
                known = self._known(rest)
                if known:
                    return known
        return word


def load_table(path: Path) -> dict[str, str]:
    """`spoken: written` pairs, spelled as `nlu.words.spelled` does; an absent file is an empty table."""
    if not path.exists():
        return {}
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise ValueError(f"{path}: must map spoken words to written ones")
    return {spelled(str(k)): spelled(str(v)) for k, v in data.items()}
