"""`hamyar block`: a sender or a network, with a reason, until it is lifted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(hamyar_command: Run) -> Run:
    return partial(hamyar_command, "block")


def test_a_sender_is_blocked_listed_and_lifted(run: Run) -> None:
    assert run("add", "bale", "4217", "--reason", "spam", "--days", "3") == (0, "Block 1 is in force\n")
    listed = run("list")[1]
    assert "4217" in listed and "bale" in listed and "spam" in listed
    assert run("lift", "1")[0] == 0
    assert run("lift", "1")[0] == 1
    assert "4217" not in run("list")[1]


def test_a_network_is_blocked_in_the_web_chat(run: Run) -> None:
    assert run("add", "webchat", "203.0.113.9/24", "--reason", "flood")[0] == 0
    assert "203.0.113.0/24" in run("list")[1]


@pytest.mark.parametrize(
    "words",
    [
        ("add", "sms", "1", "--reason", "x"),
        ("add", "webchat", "203.0.113.0/99", "--reason", "x"),
        ("add", "bale", "1"),
    ],
)
def test_what_cannot_be_blocked_is_refused_in_a_sentence(run: Run, words: tuple[str, ...]) -> None:
    code, said = run(*words)
    assert code != 0 and "Traceback" not in said
