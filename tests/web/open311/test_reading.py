"""GET: lists, filters, one request, updates, and what the public may see of them."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from sqlalchemy import select, update

from actions.dialogue import Knowledge
from casework.requests import change_status
from casework.tables import ServiceRequest, utc_now
from tests.web.open311.conftest import LAMP, Client
from web.open311 import server


def numbers(answered: object) -> list[str]:
    return [row["service_request_id"] for row in answered.json()]  # type: ignore[attr-defined]


async def test_the_public_sees_state_service_and_agency_but_no_words_and_no_place(client: Client) -> None:
    number = await client.file(address_string="بولوار هدایت ۱۲")
    (row,) = (await client.get(f"requests/{number}.json", extensions="true")).json()
    assert (row["status"], row["service_code"]) == ("open", "street_light")
    assert row["agency_responsible"] and row["requested_datetime"].endswith("Z")
    assert [row[name] for name in ("description", "address", "lat", "long", "media_url")] == [None] * 5
    assert row["attributes"] == [] and row["district"] is None
    (own,) = (await client.get(f"requests/{number}.json", api_key=client.key)).json()
    assert own["description"] == LAMP["description"]
    assert (own["address"], own["lat"]) == ("بولوار هدایت ۱۲", 36.3105)


async def test_what_a_person_has_reviewed_is_shown(client: Client) -> None:
    number = await client.file()
    async with client.store.write() as session:
        await session.execute(update(ServiceRequest).values(visibility="published"))
    (row,) = (await client.get(f"requests/{number}.json")).json()
    assert row["description"] == LAMP["description"]


async def test_what_may_never_be_public_stands_in_no_list(client: Client) -> None:
    number = await client.file(service_code="noise")
    assert numbers(await client.get("requests.json")) == []
    assert numbers(await client.get("servicerequestupdates.json")) == []
    assert numbers(await client.get("requests.json", api_key=client.key)) == [number]
    (by_number,) = (await client.get(f"requests/{number}.json")).json()
    assert by_number["description"] is None


async def test_filters_narrow_the_list(client: Client, knowledge: Knowledge) -> None:
    lamp, hole = await client.file(), await client.file(service_code="asphalt_repair")
    async with client.store.write() as session:
        row = await session.scalar(select(ServiceRequest).where(ServiceRequest.tracking_number == hole))
        assert row is not None
        await change_status(session, knowledge.lifecycle, row, "submitted", "system")
        await change_status(session, knowledge.lifecycle, row, "rejected", "system", notes="تکراری")
    assert numbers(await client.get("requests.json", service_code="street_light,noise")) == [lamp]
    assert numbers(await client.get("requests.json", status="closed")) == [hole]
    assert numbers(await client.get("requests.json", status="open,CLOSED")) == [hole, lamp]
    assert numbers(await client.get("requests.json", page_size="1", page="2")) == [lamp]
    soon = (utc_now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert numbers(await client.get("requests.json", updated_after=soon)) == []
    before = (utc_now() - timedelta(days=200)).strftime("%Y-%m-%dT%H:%M:%S+03:30")
    assert numbers(await client.get("requests.json", start_date=before)) == []
    override = await client.get(
        "requests.json", service_request_id=hole, service_code="noise", start_date=before
    )
    assert numbers(override) == [hole]


async def test_the_feed_of_updates_tells_each_step(client: Client, knowledge: Knowledge) -> None:
    number = await client.file()
    async with client.store.write() as session:
        row = await session.scalar(select(ServiceRequest))
        assert row is not None
        await change_status(session, knowledge.lifecycle, row, "submitted", "system")
        await change_status(session, knowledge.lifecycle, row, "in_progress", "system", notes="اکیپ در راه")
    steps = (await client.get("servicerequestupdates.json")).json()
    assert [step["status"] for step in steps] == ["OPEN", "OPEN", "IN_PROGRESS"]
    assert {step["service_request_id"] for step in steps} == {number}
    assert "اکیپ" not in str(steps)
    own = (await client.get("servicerequestupdates.json", api_key=client.key)).json()
    assert own[-1]["description"] == "اکیپ در راه"
    (extended,) = (await client.get(f"requests/{number}.json", extensions="true")).json()
    assert [note["type"] for note in extended["notes"]] == ["registered", "submitted", "in_progress"]


_REFUSED: list[tuple[str, dict[str, str], int]] = [
    ("requests/123456789.json", {}, 404),
    ("tokens/123456789.json", {}, 404),
    ("services/nothing.json", {}, 404),
    ("services/not_ours_gas.json", {}, 404),
    ("services.json", {"jurisdiction_id": "tehran.ir"}, 404),
    ("nothing.json", {}, 404),
    ("requests.json", {"status": "solved"}, 400),
    ("requests.json", {"start_date": "yesterday"}, 400),
    ("requests.json", {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z"}, 400),
    ("requests.json", {"start_date": "2026-06-01T00:00:00Z", "end_date": "2026-05-01T00:00:00Z"}, 400),
    ("requests.json", {"page": "0"}, 400),
    ("requests.json", {"page_size": "5000"}, 400),
    ("requests.json", {"api_key": "hamyar_wrong"}, 403),
]


async def test_refusals_have_the_code_of_the_spec(client: Client) -> None:
    for path, parameters, status in _REFUSED:
        answered = await client.get(path, **parameters)
        assert answered.status_code == status, (path, parameters, answered.text)
        assert answered.json()[0]["code"] == status and answered.json()[0]["description"]


async def test_both_formats_say_the_same_and_name_their_type(client: Client) -> None:
    await client.file()
    for path in ("discovery", "services", "services/street_light", "requests"):
        in_json, in_xml = await client.get(f"{path}.json"), await client.get(f"{path}.xml")
        assert in_json.headers["content-type"] == "application/json; charset=utf-8"
        assert in_xml.headers["content-type"] == "text/xml; charset=utf-8"
        assert in_xml.text.lower().startswith("<?xml version='1.0' encoding='utf-8'?>")
        assert in_xml.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in in_xml.headers
        root = ElementTree.fromstring(in_xml.content)
        body = in_json.json()
        if isinstance(body, list):
            assert len(root) == len(body)
            assert [child.tag for child in root[0]] == list(body[0])
            assert root[0][0].text == body[0][next(iter(body[0]))]
        else:
            assert [child.tag for child in root] == list(body)


async def test_no_requests_are_an_empty_list_in_both_formats(client: Client) -> None:
    assert (await client.get("requests.json")).json() == []
    assert len(ElementTree.fromstring((await client.get("requests.xml")).content)) == 0


async def test_a_browser_of_another_site_may_ask(client: Client) -> None:
    answered = await client.http.options(f"{client.url}/requests.json", headers={"Origin": "https://app.ir"})
    assert answered.status_code == 204
    assert answered.headers["access-control-allow-origin"] == "*"


async def test_several_answers_to_one_question_are_several_tags(client: Client) -> None:
    number = await client.file()
    async with client.store.write() as session:  # no service asks such a question yet
        await session.execute(update(ServiceRequest).values(attributes={"near": ["wire", "house"]}))
    asked = {"extensions": "true", "api_key": client.key}
    (row,) = (await client.get(f"requests/{number}.json", **asked)).json()
    assert row["attributes"] == [{"code": "near", "value": ["wire", "house"]}] and row["district"]
    root = ElementTree.fromstring((await client.get(f"requests/{number}.xml", **asked)).content)
    assert [one.text for one in root.findall("request/attributes/attribute/value")] == ["wire", "house"]


async def test_who_reads_too_often_is_told_when_to_come_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "READS_PER_MINUTE", 5)
    paths = (
        "services",
        "services/street_light",
        "requests",
        "servicerequestupdates",
        "requests/1",
        "tokens/1",
    )
    answered = [await client.get(f"{path}.json") for path in paths]
    assert [one.status_code for one in answered] == [200, 200, 200, 200, 404, 429]
    last = answered[-1]
    assert last.headers["retry-after"] == "60" and last.json()[0]["code"] == 429
    # Else a page of another site cannot read it.
    assert last.headers["access-control-expose-headers"] == "Retry-After"
    assert (await client.post(**LAMP)).status_code == 200
