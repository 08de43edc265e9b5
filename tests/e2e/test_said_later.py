"""What a citizen says after filing, through all roles to a system that takes it, and what comes back from there."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.registry import SYSTEMS_FOLDER
from tests.e2e.city import Citizen, City, own_files

pytestmark = pytest.mark.xdist_group("city")

_chats = itertools.count(6_900_000_000)


@pytest.fixture
def told(city: City, tmp_path: Path) -> Iterator[City]:
    """The same systems, as if those with Open311 took posted updates and listed them in a feed."""
    folder = tmp_path / "systems"
    shutil.copytree(SYSTEMS_FOLDER, folder)
    base = folder / "_open311.yml"
    text = base.read_text(encoding="utf-8")
    for before, after in (
        ("updates: by_id", "updates: servicerequestupdates\n  additions: update_id"),
        ("every_seconds: 120", "every_seconds: 1"),
    ):
        assert before in text
        text = text.replace(before, after)
    base.write_text(text, encoding="utf-8")
    city.restart("worker", **own_files(city.simulator, folder))
    yield city
    city.restart("worker", HAMYAR_SYSTEMS="simulator")


async def test_still_not_solved_reaches_the_system_with_her_reason_and_work_goes_on(
    told: City,
) -> None:
    citizen = Citizen(told.telegram, next(_chats))
    number = await citizen.files()
    there = await told.until_filed(number)
    told.moves(there, "closed", "لامپ عوض شد")
    citizen.presses(await citizen.hears("لامپ عوض شد"), "حل نشده")
    await citizen.hears("بنویسید چه چیزی هنوز مانده است")
    citizen.writes("دوباره خاموش شد")
    await citizen.hears("اضافه شد")

    def heard() -> list[tuple[str, str]]:
        return [(one["status"], one["words"]) for one in told.filed_under(number)[0]["additions"]]

    await told.telegram.wait_for(lambda: len(heard()) == 2, 20)
    assert heard() == [
        ("REOPEN", "شهروند می‌گوید این مشکل هنوز برطرف نشده است."),
        ("OPEN", "دوباره خاموش شد"),
    ]
    told.moves(there, "in_progress", "اکیپ دوباره رفت")
    await citizen.hears("اکیپ دوباره رفت")
    assert len(heard()) == 2
