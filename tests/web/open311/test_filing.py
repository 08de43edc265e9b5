"""POST /requests: what is filed, what is refused and in which words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from xml.etree import ElementTree

from sqlalchemy import func, select

from casework import api_keys
from casework.tables import Delivery, OutboxMessage, Person, ServiceRequest
from tests.web.open311.conftest import LAMP, Client
from web.open311.server import WRONG_KEYS_PER_MINUTE


async def test_a_request_is_filed_routed_and_waits_for_its_system(client: Client) -> None:
    number = await client.file(address_string="بولوار هدایت ۱۲")
    async with client.store.read() as session:
        request = await session.scalar(select(ServiceRequest))
        delivery = await session.scalar(select(Delivery))
    assert request is not None and delivery is not None
    assert (request.tracking_number, request.service_code, request.channel) == (
        number,
        "street_light",
        "open311",
    )
    assert request.place["text"] == "بولوار هدایت ۱۲"
    assert request.district not in ("unknown", "outside")
    assert (delivery.system, delivery.state) == (request.system, "waiting")


async def test_the_notice_says_the_usual_time_in_days_and_persian_digits(client: Client) -> None:
    (filed,) = (await client.post(**LAMP)).json()
    assert "۳ روز" in filed["service_notice"]


async def test_an_address_alone_says_the_district(client: Client) -> None:
    fields = {**LAMP, "lat": "", "long": "", "address_string": "بولوار هدایت ۱۲"}
    assert (await client.post(**fields)).status_code == 200
    async with client.store.read() as session:
        request = await session.scalar(select(ServiceRequest))
    assert request is not None and request.district == "2"


async def test_names_phones_and_mail_addresses_are_not_kept(client: Client) -> None:
    await client.file(first_name="Shirin", last_name="Rad", phone="09151234567", email="s@example.ir")
    async with client.store.read() as session:
        request, person = await session.scalar(select(ServiceRequest)), await session.scalar(select(Person))
    assert request is not None and person is not None
    kept = f"{vars(request)} {vars(person)}"
    assert not [word for word in ("Shirin", "Rad", "0915", "example.ir") if word in kept]


async def test_the_same_idempotency_key_files_once(client: Client) -> None:
    async def send() -> str:
        answered = await client.http.post(
            f"{client.url}/requests.json",
            data={"api_key": client.key, **LAMP},
            headers={"Idempotency-Key": "42"},
        )
        return str(answered.json()[0]["service_request_id"])

    first = await send()
    assert {await send() for _ in range(3)} == {first}
    async with client.store.read() as session:
        assert await session.scalar(select(func.count(ServiceRequest.id))) == 1


async def test_many_at_once_get_numbers_of_their_own(client: Client) -> None:
    numbers = await asyncio.gather(*(client.file() for _ in range(12)))
    assert len(set(numbers)) == 12
    async with client.store.read() as session:
        assert await session.scalar(select(func.count(OutboxMessage.id))) == 0


_WRONG: list[tuple[dict[str, str], int, str]] = [
    ({"api_key": ""}, 403, "api_key"),
    ({"api_key": "hamyar_wrong"}, 403, "api_key"),
    ({"service_code": "nothing"}, 404, "service_code"),
    ({"service_code": "not_ours_gas"}, 404, "service_code"),
    ({"service_code": ""}, 400, "service_code was not provided"),
    ({"jurisdiction_id": "tehran.ir"}, 404, "jurisdiction_id"),
    ({"lat": ""}, 400, "lat and long"),
    ({"lat": "north"}, 400, "lat is no number"),
    ({"lat": "nan"}, 400, "lat"),
    ({"lat": "91"}, 400, "between"),
    ({"lat": "", "long": ""}, 400, "location is required"),
    ({"lat": "", "long": "", "address_id": "7"}, 400, "address_id"),
    ({"attribute[colour]": "red"}, 400, "attribute[colour]"),
    ({"attribute[fault]": "red"}, 400, "attribute[fault]"),
    ({"description": "آ" * 4001}, 400, "4000"),
    ({"media_url": "file:///etc/passwd"}, 400, "media_url"),
]


async def test_what_is_wrong_is_said(client: Client) -> None:
    for fields, status, says in _WRONG:
        answered = await client.post(**{**LAMP, **fields})
        assert answered.status_code == status
        errors = answered.json()
        assert errors[0]["code"] == status
        assert says in " ".join(error["description"] for error in errors)
        in_xml = await client.post("requests.xml", **{**LAMP, **fields})
        root = ElementTree.fromstring(in_xml.content)
        assert (root.tag, root[0].tag, root[0][0].tag, root[0][1].tag) == (
            "errors",
            "error",
            "code",
            "description",
        )
    async with client.store.read() as session:
        assert await session.scalar(select(func.count(ServiceRequest.id))) == 0


async def test_a_body_that_is_no_form_or_too_large_is_refused(client: Client) -> None:
    url = f"{client.url}/requests.json"
    assert (await client.http.post(url, json={"service_code": "street_light"})).status_code == 400
    assert (await client.http.post(url, data={"description": "x" * 70_000})).status_code == 413
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    for sent in ({"content": b"--y\r\n\r\n", "headers": broken}, {"files": {"photo": ("a.jpg", b"x")}}):
        refused = await client.http.post(url, **sent)
        assert refused.status_code == 400 and refused.json()[0]["code"] == 400, refused.text


async def test_letters_that_were_not_encoded_are_letters_all_the_same(client: Client) -> None:
    url, form = f"{client.url}/requests.json", {"Content-Type": "application/x-www-form-urlencoded"}
    words = f"api_key={client.key}&service_code=street_light&lat=36.31&long=59.52&description=سه چراغ+خاموش"
    assert (await client.http.post(url, content=words.encode(), headers=form)).status_code == 200
    async with client.store.read() as session:
        request = await session.scalar(select(ServiceRequest))
    assert request is not None and request.description == "سه چراغ خاموش"
    assert (await client.http.post(url, content=words.encode("cp1256"), headers=form)).status_code == 400

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield b"x" * 1024

    assert (await client.http.post(url, content=endless(), headers=form)).status_code == 413


async def test_a_multipart_body_without_a_length_has_an_end_as_well(client: Client) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for number in range(200):
            part = f'--x\r\nContent-Disposition: form-data; name="a{number}"\r\n\r\n{"x" * 1024}\r\n'
            yield part.encode()

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answered = await client.http.post(f"{client.url}/requests.json", content=endless(), headers=headers)
    assert answered.status_code == 413 and answered.json()[0]["code"] == 413


async def test_multipart_is_understood_as_well(client: Client) -> None:
    answered = await client.http.post(
        f"{client.url}/requests.xml",
        files={name: (None, value) for name, value in {"api_key": client.key, **LAMP}.items()},
    )
    root = ElementTree.fromstring(answered.content)
    assert root.tag == "service_requests" and len(root) == 1
    assert (root.findtext("request/service_request_id") or "").isdigit()


async def test_a_key_for_some_services_files_only_these_and_a_revoked_one_nothing(client: Client) -> None:
    async with client.store.write() as session:
        narrow = await api_keys.add(session, "narrow", ["asphalt_repair"])
    assert (await client.post(**{**LAMP, "api_key": narrow})).status_code == 403
    fields = {**LAMP, "api_key": narrow, "service_code": "asphalt_repair"}
    assert (await client.post(**fields)).status_code == 200
    async with client.store.write() as session:
        assert await api_keys.revoke(session, "narrow")
    assert (await client.post(**fields)).status_code == 403


async def test_a_key_is_held_to_its_limit(client: Client) -> None:
    async with client.store.write() as session:
        slow = await api_keys.add(session, "slow", per_minute=2)
    answered = [await client.post(**{**LAMP, "api_key": slow}) for _ in range(3)]
    assert [one.status_code for one in answered] == [200, 200, 429]
    assert answered[2].headers["retry-after"] == "60"


async def test_wrong_keys_again_and_again_are_told_to_wait(client: Client) -> None:
    codes = [(await client.post(**{**LAMP, "api_key": f"hamyar_{n}"})).status_code for n in range(40)]
    assert codes == [403] * WRONG_KEYS_PER_MINUTE + [429] * (40 - WRONG_KEYS_PER_MINUTE)
    assert (
        await client.post(**LAMP)
    ).status_code == 200  # who has a right one is not held up by others' guesses


async def test_another_method_is_refused_with_the_body_of_the_spec(client: Client) -> None:
    for method, path in (("DELETE", "requests.json"), ("POST", "services.json"), ("PUT", "nowhere.json")):
        refused = await client.http.request(method, f"{client.url}/{path}")
        status = 404 if path == "nowhere.json" else 405
        assert refused.status_code == status and refused.json()[0]["code"] == status
        assert refused.headers["access-control-allow-origin"] == "*"
        assert status == 404 or method not in refused.headers["allow"]
        assert status == 405 or "begin with discovery.json" in refused.json()[0]["description"]
    assert (await client.http.head(f"{client.url}/services.json")).status_code == 200


async def test_keys_lie_hashed(client: Client) -> None:
    async with client.store.read() as session:
        (key,) = await api_keys.every(session)
    assert client.key not in str(vars(key))


async def test_what_cannot_stand_in_xml_is_replaced_and_markup_is_text(client: Client) -> None:
    number = await client.file(description="<b>&\x00\x08]]></b> <!DOCTYPE x>")
    answered = await client.get(f"requests/{number}.xml", api_key=client.key)
    described = ElementTree.fromstring(answered.content).findtext("request/description") or ""
    assert described.startswith("<b>&") and "<!DOCTYPE x>" in described
