"""After an alarm the number of the body that is responsible stands right above: it is not said a second time."""

from __future__ import annotations

import pytest

from actions.dialogue import Understanding
from persian.digits import to_persian
from tests.support.citizen import BIKE, Citizen, Hamyar
from tests.support.database import Watch

GAS, LINE = "بوی شدید گاز می‌آید", "سیم برق افتاده وسط کوچه و جرقه می‌زند"
BILL, ASKED = "قبض گاز نیامده است", "بوی گاز میاد چیکار کنم"
SERVICES = {GAS: "not_ours_gas", LINE: "not_ours_power", BILL: "not_ours_gas", ASKED: "not_ours_gas"}


@pytest.fixture(autouse=True)
def understanding(hamyar: Hamyar) -> None:
    for text, service in SERVICES.items():
        hamyar.understanding.prepared[text] = Understanding(
            "request" if text != ASKED else "info",
            0.95,
            service,
            ((service, 0.95), ("other", 0.02)),
            "accept",
            answer_id="gas_smell_advice" if text == ASKED else None,
        )


def keys(citizen: Citizen) -> list[str]:
    return [heard.key for heard in citizen.heard]


@pytest.mark.parametrize(
    ("text", "kind", "phone"), [(GAS, "gas", "194"), (LINE, "power", "121"), (ASKED, "gas", "194")]
)
async def test_the_number_is_said_once_and_nothing_after_it(
    citizen: Citizen, text: str, kind: str, phone: str
) -> None:
    await citizen.writes(text)
    assert keys(citizen) == [f"danger.{kind}"]
    assert to_persian(phone) in citizen.heard[0].message.text
    await citizen.writes("برای شهرداری هم ثبت کن")
    assert keys(citizen)[-1].startswith("place.")


async def test_while_another_matter_is_open_nothing_pushes_the_alarm_out_of_sight(citizen: Citizen) -> None:
    await citizen.writes(BIKE)
    before = len(citizen.heard)
    await citizen.writes(ASKED)
    assert keys(citizen)[before:] == ["danger.gas"]
    await citizen.writes("ثبتش کن")
    assert keys(citizen)[-1] == "filed.text"


async def test_the_same_matter_once_more_is_told_without_its_number(citizen: Citizen) -> None:
    await citizen.writes(GAS)
    await citizen.writes(BILL)
    assert keys(citizen) == ["danger.gas", "elsewhere.after_alarm"]


async def test_help_has_come(hamyar: Hamyar, citizen: Citizen) -> None:
    come = "بله رفتیم بیرون، الان امداد هم اومد. ممنون ازتون"
    hamyar.understanding.prepared[come] = Understanding("affirm", 0.9)
    await citizen.writes(GAS)
    await citizen.writes(come)
    assert keys(citizen) == ["danger.gas", "alarm.relieved"]


async def test_without_an_alarm_the_number_is_said(citizen: Citizen) -> None:
    await citizen.writes(BILL)
    assert keys(citizen) == ["elsewhere.text"]
    assert to_persian("194") in citizen.heard[0].message.text


async def test_another_bodys_number_is_said_all_the_same(citizen: Citizen) -> None:
    await citizen.writes("کمک! خونه همسایه آتیش گرفته")
    await citizen.writes(BILL)
    assert keys(citizen)[0] == "danger.fire" and keys(citizen)[-1] == "elsewhere.text"


async def test_some_time_later_it_is_out_of_sight(citizen: Citizen, watch: Watch) -> None:
    await citizen.writes(GAS)
    watch.passes(seconds=3600)
    await citizen.writes(BILL)
    assert keys(citizen)[-1] == "elsewhere.text"
