"""The life of a request in data/catalogue/lifecycle.yml."""

from __future__ import annotations

from pathlib import Path

import pytest

from casework.lifecycle import (
    ACTORS,
    INITIAL,
    STATES,
    Lifecycle,
    LifecycleError,
    TransitionRefused,
    load_lifecycle,
)

FILE = Path(__file__).parents[2] / "data" / "catalogue" / "lifecycle.yml"


@pytest.fixture(scope="module")
def lifecycle() -> Lifecycle:
    return load_lifecycle(FILE)


def test_the_states_are_those_of_the_design(lifecycle: Lifecycle) -> None:
    assert set(lifecycle.states) == set(STATES)


def test_every_state_can_be_reached_from_a_draft(lifecycle: Lifecycle) -> None:
    reached, ahead = {INITIAL}, [INITIAL]
    while ahead:
        for following in lifecycle.state(ahead.pop()).next:
            if following not in reached:
                reached.add(following)
                ahead.append(following)
    assert reached == set(STATES)


def test_only_the_citizen_says_solved(lifecycle: Lifecycle) -> None:
    assert lifecycle.state("solved").set_by == ("citizen",)
    for state in lifecycle.states.values():
        for actor in ACTORS:
            if actor != "citizen" and "solved" in state.next:
                with pytest.raises(TransitionRefused):
                    lifecycle.check(state.code, "solved", actor)


def test_the_straight_way_is_allowed(lifecycle: Lifecycle) -> None:
    way = [
        ("draft", "registered", "citizen"),
        ("registered", "submitted", "system"),
        ("submitted", "accepted", "system"),
        ("accepted", "in_progress", "system"),
        ("in_progress", "answered", "system"),
        ("answered", "closed", "clock"),
        ("closed", "solved", "citizen"),
    ]
    for step in way:
        lifecycle.check(*step)


def test_silence_closes_an_answered_request_but_never_solves_it(lifecycle: Lifecycle) -> None:
    assert lifecycle.allowed("answered", "clock") == ["closed"]


def test_a_redirected_request_goes_on_to_another_system(lifecycle: Lifecycle) -> None:
    lifecycle.check("submitted", "redirected", "system")
    lifecycle.check("redirected", "submitted", "system")


def test_she_can_open_what_was_closed_answered_rejected_or_solved(lifecycle: Lifecycle) -> None:
    for state in ("answered", "closed", "solved", "rejected", "merged"):
        lifecycle.check(state, "reopened", "citizen")


def test_nothing_follows_a_cancelled_request(lifecycle: Lifecycle) -> None:
    assert not lifecycle.state("cancelled").next


@pytest.mark.parametrize(
    ("from_", "to", "by"),
    [
        ("draft", "submitted", "system"),
        ("submitted", "registered", "system"),
        ("solved", "closed", "system"),
        ("cancelled", "reopened", "citizen"),
        ("submitted", "accepted", "citizen"),
        ("submitted", "vanished", "system"),
        ("nowhere", "accepted", "system"),
    ],
)
def test_a_step_that_is_not_in_the_table_is_refused(
    lifecycle: Lifecycle, from_: str, to: str, by: str
) -> None:
    with pytest.raises(TransitionRefused):
        lifecycle.check(from_, to, by)


def test_the_clock_stops_where_nobody_at_the_city_has_to_act(lifecycle: Lifecycle) -> None:
    for state in lifecycle.states.values():
        if state.terminal or state.code in ("draft", "answered"):
            assert not state.clock, state.code
        else:
            assert state.clock, state.code


def test_what_is_terminal_is_closed_for_open311_and_nothing_else(lifecycle: Lifecycle) -> None:
    for state in lifecycle.states.values():
        assert (state.open311 == "closed") == state.terminal, state.code


def test_every_state_has_a_short_label_and_all_but_the_draft_a_sentence(lifecycle: Lifecycle) -> None:
    for state in lifecycle.states.values():
        assert (state.sentence is None) == (state.code == "draft")
        assert len(state.label) <= 25
        if state.sentence:
            assert "\n" not in state.sentence
            state.sentence.format(agency="شهرداری منطقهٔ ۹", tracking="۱۲۳")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("terminal: true\n    set_by: [citizen]", "terminal: true\n    set_by: [pope]", "is not one of"),
        ("solved: [citizen]", "solved: [clock]", "may never set solved"),
        ("{agency} به درخواستتان", "{mayor} به درخواستتان", "is not one of agency"),
        ("cancelled: [citizen, operator, clock]", "canceled: [citizen]", "no such state"),
        ("    clock: false", "    clock: perhaps", "true or false"),
    ],
)
def test_a_mistake_is_named_with_file_key_and_reason(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "lifecycle.yml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LifecycleError) as caught:
        load_lifecycle(path)
    assert "lifecycle.yml" in str(caught.value) and caught.value.key and says in caught.value.reason
