"""Answers that are kept."""

from __future__ import annotations

from persian.remembered import Remembered


def test_a_function_is_asked_once_for_each_argument_and_forgets_when_full() -> None:
    asked: list[str] = []

    def length(word: str) -> int:
        asked.append(word)
        return len(word)

    lengths = Remembered(length, most=2)
    assert [lengths["a"], lengths["bb"], lengths["a"]] == [1, 2, 1]
    assert asked == ["a", "bb"]
    assert lengths["ccc"] == 3 and len(lengths) == 1
    assert lengths["a"] == 1 and asked == ["a", "bb", "ccc", "a"]
