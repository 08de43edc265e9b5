"""Clauses: where a message may turn to something else.

A long letter is judged clause by clause as well as whole: a further issue is often one short clause of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlu.words import Word

_HARD = frozenset(".!?؟؛;\n…")
_SOFT = frozenset("،,:-–•")
# Words that begin a new thought; only after a few words, so that «و» between two nouns does not part them.
_TURNS = frozenset(
    "ضمنا همچنین ولی اما درضمن راستی بعدشم تازه بعلاوه هم‌چنین علاوه باز درحالیکه درصورتیکه وهمچنین همینطور "
    "دوما سوما ثانیا ثالثا vali ama zemnan rasti hamchenin badesham taze".split()
)
_ORDINALS = frozenset("دوم سوم چهارم یکی".split())
_THAT = frozenset(("اینکه", "که", "این"))
_AND = frozenset(("و", "va"))
_ALSO = frozenset(("هم", "ham"))
_ITEM = frozenset(("-", "–", ")", ".", "_", "/"))
# Words that mostly end a sentence, where nobody writes punctuation («آسفالت کنده شده جوب هم گرفته»).
_VERBS = frozenset(
    "است هست هستش نیست شد شده نشده کرده کردن نکرده نکردن گرفته گرفتن ریخته ریختن رفته رفتن افتاده شکسته سوخته داره "
    "دارن نداره ندارن نداریم داریم خرابه بسته کنده کندن گذاشتن گذاشته زدن زده نیومده نیومدن اومده مونده ترکیده "
    "دراومده ندارد دارد شدن kharabe nadare dare shode nashode kardan nist hast".split()
)
_SHORTEST = 3


def split_clauses(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Half-open ranges of word indexes, in order, that cover all words; pieces too short join the one before."""
    cuts = [0]
    for i, word in enumerate(words):
        since = i - cuts[-1]
        if (word.kind == "break" and word.standard in _HARD and since >= 1) or (
            word.standard in _SOFT and since >= _SHORTEST
        ):
            cuts.append(i + 1)
        elif since >= _SHORTEST and (word.standard in _TURNS or _begins_item(words, i)):
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
    return [piece for start, end in ranges for piece in _parted(words, start, end)]


def _begins_item(words: Sequence[Word], i: int) -> bool:
    """«۲- …», «دوم اینکه …»."""
    after = words[i + 1].standard if i + 1 < len(words) else ""
    return (words[i].kind == "number" and after in _ITEM) or (
        words[i].standard in _ORDINALS and after in _THAT
    )


def _parted(words: Sequence[Word], start: int, end: int) -> list[tuple[int, int]]:
    """A range cut again at «و», behind a verb and, where it comes twice, at «هم», if enough stands on both sides."""
    also = sum(word.standard in _ALSO for word in words[start:end]) > 1
    cuts = [start]
    for i in range(start, end):
        word = words[i].standard
        if i - cuts[-1] < _SHORTEST:
            continue
        if word in _AND and end - i > _SHORTEST:
            cuts.append(i + 1)
        elif end - i >= _SHORTEST and ((also and word in _ALSO) or words[i - 1].standard in _VERBS):
            cuts.append(i)
    return list(zip(cuts, [*cuts[1:], end], strict=True))
