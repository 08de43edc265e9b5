"""A fresh dialogue over the real data for each test."""

from __future__ import annotations

import pytest

from actions.dialogue import Knowledge
from tests.actions.dialogue_driver import Dialogue
from tests.support.knowledge import knowledge  # noqa: F401  (a fixture)


@pytest.fixture
def dialogue(knowledge: Knowledge) -> Dialogue:  # noqa: F811
    return Dialogue(knowledge)
