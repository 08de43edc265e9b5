"""FixMyStreet finds what it looks for: its calls, its reading of the answers, its checks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from actions.dialogue import Knowledge
from casework.catalogue import Attribute
from casework.requests import change_status
from casework.tables import Addition, ServiceRequest, utc_now
from tests.support.database import on_sqlite
from tests.web.open311.conftest import Client
from tests.web.open311.fixmystreet import STATES, FixMyStreet, map_state

pytestmark = on_sqlite

REPORT = {"service_code": "street_light", "title": "چراغ", "detail": "خاموش است & <تاریک>"}


@pytest.fixture(params=["", "mashhad.ir"], ids=["no jurisdiction", "mashhad.ir"])
def fms(client: Client, request: pytest.FixtureRequest) -> FixMyStreet:
    return FixMyStreet(client.http, f"{client.url}/", client.key, request.param)


def span(hours: float = 2) -> tuple[str, str]:
    """As it asks: from so many hours ago until now, here with a minute more, for the tests are quick."""
    now = utc_now()
    begin, end = now - timedelta(hours=hours), now + timedelta(minutes=1)
    return begin.strftime("%Y-%m-%dT%H:%M:%SZ"), end.strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_its_categories_come_from_the_list_with_questions_in_their_order(
    fms: FixMyStreet, knowledge: Knowledge
) -> None:
    listed = (await fms.get_service_list())["service"]
    assert len(listed) == 72
    for service in listed:
        assert service["service_code"] and service["service_name"] == service["service_name"].strip()
        assert service["metadata"] in ("true", "false") and service["type"] == "realtime"
    asking = [one["service_code"] for one in listed if one["metadata"].lower() == "true"]
    for code in asking:
        attributes = (await fms.get_service_meta_info(code))["attributes"]
        assert isinstance(attributes, list) and attributes
        orders = [int(one["order"]) for one in attributes]
        assert orders == sorted(set(orders))
        for one in attributes:
            assert one["code"] and one["description"] and one["datatype"]
            assert {one["required"], one["variable"]} <= {"true", "false"}
            if one["datatype"].endswith("list"):
                assert all(value["key"] and value["name"] for value in one["values"])


async def test_a_report_with_an_answer_to_every_question_is_taken_in_every_service(
    fms: FixMyStreet, client: Client, knowledge: Knowledge
) -> None:
    fileable = knowledge.catalogue.fileable
    for service in fileable:
        extra = {attribute.code: _answer(attribute) for attribute in service.attributes if attribute.variable}
        report = {**REPORT, "service_code": service.code, "extra": extra}
        assert await fms.send_service_request(report), (service.code, fms.error)
    async with client.store.read() as session:
        filed = (await session.scalars(select(ServiceRequest))).all()
    assert {row.service_code for row in filed} == {service.code for service in fileable}


def _answer(attribute: Attribute) -> str | list[str]:
    keys = [value.key for value in attribute.values]
    if attribute.datatype == "multivaluelist":
        return keys[:2]  # it repeats attribute[code], without [] behind it
    if attribute.datatype == "singlevaluelist":
        return keys[0]
    return {"number": "3", "datetime": "2026-11-25T08:00:00+03:30"}.get(attribute.datatype, "متن")


async def test_questions_left_open_are_sent_empty_and_photos_several_times(
    fms: FixMyStreet, client: Client, knowledge: Knowledge
) -> None:
    codes = [a.code for a in knowledge.catalogue.service("street_light").attributes if not a.required]
    photos = ["https://fms.example/1.jpg", "https://fms.example/2.jpg"]
    number = await fms.send_service_request({**REPORT, "extra": dict.fromkeys(codes, ""), "photos": photos})
    assert number, fms.error
    async with client.store.read() as session:
        (row,) = (await session.scalars(select(ServiceRequest))).all()
    assert row.attributes == {} and all(url in row.description for url in photos)
    assert "خاموش است & <تاریک>" in row.description
    assert "Shirin" not in row.description and "0915" not in row.description


async def test_its_reports_are_found_by_number_by_time_and_by_token(fms: FixMyStreet) -> None:
    numbers = [await fms.send_service_request(REPORT) or "" for _ in range(2)]
    found = await fms.get_service_requests(numbers)
    assert {one["service_request_id"] for one in found} == set(numbers)
    begin, end = span(1)
    for one in await fms.get_service_requests(start_date=begin, end_date=end):
        assert one["service_request_id"] in numbers and begin <= one["updated_datetime"] <= end
        assert map_state(one["status"]) in STATES and one["service_code"] == "street_light"
        assert one["requested_datetime"] and one["lat"] is None  # not public: it does not put it on its map
    assert len(await fms.get_service_requests()) == 2
    assert await fms.get_service_request_id_from_token(numbers[0]) == numbers[0]


@pytest.mark.parametrize("with_key", [True, False])
async def test_each_step_is_a_comment_with_a_state_it_knows(
    fms: FixMyStreet, client: Client, knowledge: Knowledge, with_key: bool
) -> None:
    number = await fms.send_service_request(REPORT)
    steps = ("submitted", "accepted", "in_progress", "answered", "closed")
    for step in steps:
        await _moved(client, knowledge, step, "system")
    await _moved(client, knowledge, "reopened", "citizen")
    await _moved(client, knowledge, "rejected", "system", "جزو کارهای ما نیست")
    if not with_key:
        fms.api_key = ""  # sent all the same, empty
    rows = await fms.get_service_request_updates(*span())
    assert {row["service_request_id"] for row in rows} == {number}
    assert len({row["update_id"] for row in rows}) == len(rows) == len(steps) + 3
    assert all(row["description"] for row in rows)
    states = [map_state(row["status"]) for row in rows]
    assert set(states) <= STATES
    assert states[-3:] == ["closed", "confirmed", "unable to fix"]
    assert (rows[-1]["description"] == "جزو کارهای ما نیست") is with_key


async def test_its_comments_are_taken_once_whatever_state_they_carry(
    fms: FixMyStreet, client: Client
) -> None:
    number = await fms.send_service_request(REPORT)
    given: list[str | None] = []
    sent = (
        "OPEN", "FIXED", "IN_PROGRESS", "ACTION_SCHEDULED", "INVESTIGATING", "DUPLICATE",
        "NOT_COUNCILS_RESPONSIBILITY", "NO_FURTHER_ACTION", "INTERNAL_REFERRAL", "REOPEN", "CLOSED", "CANCELLED",
        "FOR_TRIAGE",
    )  # fmt: skip
    for id_, status in enumerate(sent):
        comment = {
            "id": id_, "number": number, "status": status, "text": f"نظر {id_} & <x>",
            "confirmed": "2026-11-25T08:00:00+03:30", "photos": ["https://fms.example/c.jpg"],
        }  # fmt: skip
        for _ in range(2):  # its send-comments sends again what it got no id for
            given.append(await fms.post_service_request_update(comment))
            assert given[-1], fms.error
    assert given[::2] == given[1::2] and len(set(given)) == len(sent)
    async with client.store.read() as session:
        kept = (await session.scalars(select(Addition.words).order_by(Addition.id))).all()
        states = set((await session.scalars(select(ServiceRequest.status))).all())
    assert kept[0] == "نظر 0 & <x>\nعکس: https://fms.example/c.jpg" and len(kept) == len(sent)
    assert states == {"registered"}


async def test_it_can_tell_from_the_error_what_was_wrong(fms: FixMyStreet) -> None:
    assert await fms.send_service_request({**REPORT, "service_code": "nothing"}) is None
    assert fms.error == "404: service_code nothing was not found\n"
    fms.api_key = "wrong"
    assert await fms.send_service_request(REPORT) is None
    assert fms.error == "403: api_key is missing or not valid\n"
    comment = {"id": 1, "number": "1", "status": "OPEN", "text": "x", "confirmed": "2026-11-25T08:00:00Z"}
    assert await fms.post_service_request_update(comment) is None
    assert fms.error.startswith("403: ")


async def test_nothing_new_is_an_empty_list(fms: FixMyStreet) -> None:
    assert await fms.get_service_request_updates(*span()) == []
    assert await fms.get_service_requests() == []


async def _moved(client: Client, knowledge: Knowledge, step: str, by: str, notes: str | None = None) -> None:
    async with client.store.write() as session:
        request = await session.get_one(ServiceRequest, 1)
        await change_status(session, knowledge.lifecycle, request, step, by, notes=notes, tell=False)
