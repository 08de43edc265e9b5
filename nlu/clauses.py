"""Clauses: where a message may turn to something else, and which words only say where.

A long letter is judged clause by clause as well as whole: the matter is often one short clause between greetings,
family history and thanks. A phrase behind «کنار», «روبه‌روی», «نبش» names a landmark and should not decide.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlu.words import Word

_HARD = frozenset(".!?؟؛;\n…")
_SOFT = frozenset("،,:")
# Words that begin a new thought; only after a few words, so that «و» between two nouns does not part them.
_TURNS = frozenset(
    "ضمنا همچنین ولی اما درضمن راستی بعدشم تازه بعلاوه هم‌چنین علاوه باز درحالیکه درصورتیکه "
    "vali ama zemnan rasti hamchenin".split()
)
_SHORTEST = 3

_LANDMARK = frozenset(
    "کنار جلوی جلو روبروی روبرو روبرویی مقابل پشت نبش بغل جنب نزدیک نزدیکی نرسیده بعداز قبلاز پایین بالای زیر سر "
    "پهلوی پیش دم نزدیکای اطراف حوالی ضلع انتهای ابتدای اول اخر "
    "kenare kenar jeloye jelo roberoo ruberu poshte posht nabshe nabsh baghale baghal nazdik nazdike dame sare".split()
)
LANDMARK_REACH = 3
_BUT = frozenset(("ولی", "اما", "فقط", "بلکه", "vali", "ama"))


def split_clauses(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Half-open ranges of word indexes, in order, that cover all words; pieces too short join the one before."""
    cuts = [0]
    for i, word in enumerate(words):
        since = i - cuts[-1]
        if (word.kind == "break" and word.standard in _HARD and since >= 1) or (
            word.kind == "break" and word.standard in _SOFT and since >= _SHORTEST
        ):
            cuts.append(i + 1)
        elif word.standard in _TURNS and since >= _SHORTEST:
            cuts.append(i)
    cuts.append(len(words))
    ranges: list[tuple[int, int]] = []
    for start, end in zip(cuts, cuts[1:], strict=False):
        if end <= start:
            continue
        if ranges and (end - start < _SHORTEST or ranges[-1][1] - ranges[-1][0] < _SHORTEST):
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((start, end))
    return ranges


_FINE = (
    "سالم",
    "مشکلیندار",
    "مشکلندار",
    "مشکلینیست",
    "مشکلنیست",
    "کاریندار",
    "کاریبه",
    "حرفینیست",
    "ایرادیندار",
    "بدنیست",
    "درستکار",
    "روبراه",
    "خوبهولی",
    "خوبهاما",
    "گلهایندار",
    "گلهندار",
    "دعواندار",
    "منظورم",
    "شکایتیندار",
    "ربطی",
)


def aside_words(words: Sequence[Word]) -> set[int]:
    """Indexes of words that only say where, or what is *not* wrong («چراغ سالم است، تابلو افتاده»)."""
    aside = landmark_words(words)
    start = 0
    for i in range(len(words) + 1):
        if i < len(words) and words[i].kind != "break" and words[i].standard not in _BUT:
            continue
        clause = "".join(w.standard for w in words[start:i])
        if len(clause) < 60 and any(sign in clause for sign in _FINE):
            aside.update(range(start, i))
        start = i + 1
    return aside


def landmark_words(words: Sequence[Word]) -> set[int]:
    """Indexes of the words that stand behind a word of place, up to three words or the end of the clause."""
    marked: set[int] = set()
    for i, word in enumerate(words):
        if word.standard not in _LANDMARK:
            continue
        for j in range(i + 1, min(i + 1 + LANDMARK_REACH, len(words))):
            if words[j].kind != "word":
                break
            marked.add(j)
    return marked
