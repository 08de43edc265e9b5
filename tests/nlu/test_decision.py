"""When the assistant accepts, confirms or asks."""

from __future__ import annotations

from nlu.decision import Thresholds, choose, lowest_with


def test_the_threshold_is_the_lowest_from_which_on_98_percent_are_right() -> None:
    confidence = [i / 100 for i in range(100)]
    right = [c >= 0.4 for c in confidence]
    lowest = lowest_with(confidence, right, 0.98)
    assert lowest is not None and 0.38 <= lowest <= 0.4


def test_without_twenty_sure_messages_nothing_is_accepted_lightly() -> None:
    assert lowest_with([0.9] * 5, [True] * 5, 0.98) is None
    assert choose([0.9] * 5, [True] * 5).accept == 0.9


def test_an_unsure_intent_is_not_accepted_however_sure_the_service() -> None:
    thresholds = Thresholds(accept=0.8, confirm=0.5, intent=0.5)
    assert thresholds.decide(0.3, 0.95) == "confirm"
    assert thresholds.decide(0.9, 0.95) == "accept"
    assert thresholds.decide(0.9, 0.6) == "confirm"
    assert thresholds.decide(0.9, 0.2) == "ask"
    assert thresholds.decide(0.9, None) == "accept"
