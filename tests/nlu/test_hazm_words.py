"""What hazm makes of any text: offsets stay true, and what is normalised once stays as it is."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlu.words import spelled
from tests.support.examples import examples

pytestmark = pytest.mark.xdist_group("hazm")

ROOT = Path(__file__).parents[2]
_PIECES = (
    "می روم|کتاب ها|نمی‌خواهم|خیـــابان|خيابان|كوچه|۱۲/۳|١٢|12|۰۹۱۵۱۲۳۴۵۶۷|پارک وی|سلاااام|🌹🌹|👩🏽‍🔧|"
    "\u200c|\u200c\u200c|\u200f|ه‌ی|بُلوارِ|bolvar|Hedayat12|،|"
    "...|؟!|«|»|(|\n|\t|ۀ|أ|ؤ|لا|ﷲ|هزار و سیصد|info@x.ir|http://a.ir/b|۱۳۹۹/۰۲/۰۳|/intent"
).split("|")
_TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(_PIECES) | st.text(max_size=5), max_size=30).map(" ".join),
    st.lists(st.sampled_from(_PIECES), max_size=30).map("".join),
    st.lists(st.sampled_from(_PIECES), min_size=300, max_size=300).map(lambda p: " ".join(p)[:4000]),
).map(lambda text: text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


class Door:
    """hazm in the other environment, a text at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [str(ROOT / ".venv-rasa" / "bin" / "python"), str(ROOT / "tests" / "nlu" / "hazm_door.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
        )  # fmt: skip
        assert self._line().strip() == "ready"

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def _answer(self, asked: object) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        line = self._line()
        assert line, f"hazm fell over {asked!r}"
        return json.loads(line)

    def words(self, text: str) -> list[tuple[int, int, str, str]]:
        return [(w[0], w[1], w[2], w[3]) for w in self._answer(text)]

    def both_ways(self, text: str) -> tuple[str, str, list[str], list[str]]:
        """hazm's normalised text and ours, hazm's tokens of it and ours."""
        theirs, ours, tokens, our_tokens = self._answer([text])
        return theirs, ours, tokens, our_tokens

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    opened = Door()
    yield opened
    opened.close()


@settings(
    max_examples=examples(100),
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=_TEXTS)
def test_the_words_of_any_text_lie_in_it_in_order_and_spell_what_stands_there(door: Door, text: str) -> None:
    last = 0
    for start, end, standard, kind in door.words(text):
        assert last <= start < end <= len(text)
        if kind == "word":
            assert standard == spelled(text[start:end])
        last = end


@settings(
    max_examples=examples(50),
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=_TEXTS)
def test_what_is_standard_stays_standard(door: Door, text: str) -> None:
    for _, _, standard, kind in door.words(text):
        if kind == "word":
            assert spelled(standard) == standard


_SPACED = st.lists(
    st.sampled_from(
        "می|نمی|روم|ه|ی|ای|ها|هایی|تر|گر|ترین|ام|خانه|شنبهها|رفته|است|خواهد|رفت|نمیدانم|میگفت|زمین|لرزه|بزرگ|"
        "سلاااام|«|»|(|[|}|/|:|.|...|،|؟!|"
        "\"|' |1.5|۱۲|%|\u200c|\u200c\u200c|ـ|\r|\n|\n\n\n|\t|\u2028|\x0b|ۀ|ﷲ|ﻻ|ً".split("|")
    )
    | st.text(max_size=3),
    max_size=25,
)


@settings(
    max_examples=examples(200),
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.one_of(_SPACED.map(" ".join), _SPACED.map("".join), _TEXTS))
def test_the_quick_normaliser_writes_what_hazm_writes(door: Door, text: str) -> None:
    theirs, ours, tokens, our_tokens = door.both_ways(text)
    assert ours == theirs
    assert our_tokens == tokens


@pytest.mark.parametrize("text", ["kharabe, chale", "چراغ,آب", "سلام...خوبی"])
def test_punctuation_is_no_part_of_a_word(door: Door, text: str) -> None:
    words = [(text[start:end], kind) for start, end, _, kind in door.words(text)]
    assert [word for word, kind in words if kind == "word"] == re.findall(r"[^\W\d]+", text)
    assert {word for word, kind in words if kind == "break"} <= set(",.")


@pytest.mark.parametrize("text", ["", " ", "\u200c", "🌹", "/", "\u202e\u202d", "." * 4000, "ا" * 4000])
def test_nothing_and_runs_of_one_thing_are_read(door: Door, text: str) -> None:
    assert all(0 <= start < end <= len(text) for start, end, _, _ in door.words(text))
