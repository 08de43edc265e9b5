"""Which clauses add a matter of their own to a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.nlu.test_vectors import script

MESSAGE = """
        import numpy as np
        from nlu.further import announced, further

        LAMP, BIN, DOG = range(3)

        def found(clauses, said, asks=0.9):
            clauses = np.array(clauses, dtype=np.float32)
            return further(clauses.mean(axis=0), clauses, np.full(len(clauses), asks), 6.0, [c.split() for c in said])

        lamp, bin_ = [1.2, -0.9, -1.0], [-0.9, 1.1, -1.0]
"""


@pytest.mark.parametrize(
    "code",
    [
        'assert found([lamp, bin_], ["چراغ کوچه خاموش است", "سطل هم نداریم"]) == [BIN]',
        'assert found([lamp, lamp], ["چراغ کوچه خاموش است", "شب هم تاریک است"]) == []',
        # «نیست» speaks against a clause.
        """
        clauses, first = [lamp, lamp, [-0.9, 0.8, -1.0]], ["چراغ کوچه خاموش است و تاریک", "شب‌ها چیزی دیده نمی‌شود"]
        assert found(clauses, [*first, "زباله توی کوچه ریخته"]) == [BIN]
        assert found(clauses, [*first, "زباله توی کوچه نیست"]) == []
        """,
        'assert found([lamp, [-0.5, -0.4, -0.6]], ["چراغ کوچه خاموش است", "از دست شما"]) == []',
        # One short clause of a long letter says little, unless the letter announces several matters.
        """
        letter = ["چراغ کوچه خاموش است و ما همه شب‌ها می‌ترسیم"] * 9 + ["سطل نداریم"]
        assert found([lamp] * 9 + [bin_], letter) == []
        assert found([lamp] * 9 + [bin_], ["دو مورد عرض می‌کنم", *letter[1:]]) == [BIN]
        """,
        'assert announced("سه تا مشکل داریم".split()) and announced("چند مورد را می‌گویم".split())',
        'assert not announced("سه روز است مشکلی نیست".split()[:2]) and not announced("دو کوچه بالاتر".split())',
    ],
)
def test_clauses_are_weighed(tmp_path: Path, code: str) -> None:
    if "\n" not in code:
        code = f"        {code}\n"
    script(MESSAGE + code, tmp_path)
