"""Letters to a desk without a web service: over real SMTP to the simulated mailbox."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from email import message_from_string
from email.policy import default

import pytest
import pytest_asyncio

from integrations.drivers import (
    AmbiguousError,
    CredentialsRefused,
    Driver,
    OutgoingRequest,
    PermanentError,
    TemporaryError,
    build_driver,
)
from integrations.mail.letter import CUT, letter
from integrations.mail.route import MailRoute, is_address, mail_route
from integrations.registry import Registry
from integrations.simulator import Fault, RunningSimulator
from integrations.system import System
from tests.integrations.conftest import QUICK

ROUTE = mail_route("smtp://mail.city.example:587", "hamyar@city.example", "a-secret")


@pytest.fixture
def system(registry: Registry) -> System:
    return registry.system("mail_office")


@pytest_asyncio.fixture
async def driver(system: System) -> AsyncIterator[Driver]:
    built = build_driver(system)
    yield built
    await built.aclose()


async def test_a_letter_arrives_whole(
    driver: Driver, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    asked = replace(outgoing, answers=(("خطر چیست؟", "افتادن، سیم برق"),))
    receipt = await driver.submit(asked)
    (stored,) = simulator.city.of("mail_office")
    assert receipt.external_id == stored.key == outgoing.key
    assert stored.service_code == "درخواست شهروند ۱۰۴۷۳۸۲۹۱: درخت خشک یا خطرناک"
    lines = stored.description.splitlines()
    assert lines[0] == f"----- {CUT} -----"
    for line in (
        "شمارهٔ پیگیری: ۱۰۴۷۳۸۲۹۱", "نشانی: بولوار هدایت ۱۲", "منطقه: ۲", "مختصات: 36.34120, 59.53780",
        "خطر چیست؟ افتادن، سیم برق", "پیوست (تا یک هفته): https://hamyar.example/a/1",
        "درخت خشک <جلوی> پلاک ۱۲ & دارد {می‌افتد}", "لطفاً زودتر",
    ):  # fmt: skip
        assert line in lines
    assert "«پذیرفته شد»، «در دست اقدام»، «انجام شد»، «رد شد»" in stored.description


async def test_a_letter_can_be_answered_and_is_known_as_a_machines(
    driver: Driver, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    await driver.submit(outgoing)
    (stored,) = simulator.city.of("mail_office")
    tag = simulator.mail.tag(stored.attributes["Reply-To"])
    assert tag is not None and tag.tracking_number == outgoing.tracking_number
    assert simulator.mail.fits(tag, outgoing.key) and not simulator.mail.fits(tag, "104738291-other")


@pytest.mark.parametrize("kind", ["error_503", "error_429", "error_500"])
async def test_what_the_server_will_not_take_now_is_tried_later(
    kind: str, driver: Driver, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    simulator.faults.add(Fault(kind, times=1))  # type: ignore[arg-type]
    with pytest.raises(TemporaryError):
        await driver.submit(outgoing)
    assert simulator.city.of("mail_office") == []


@pytest.mark.parametrize(
    "kind",
    ["timeout_before", "timeout_after", "reset_after", "html", "malformed", "too_long", "slow_body"],
)
async def test_a_letter_without_a_readable_answer_may_have_arrived(
    kind: str, driver: Driver, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    simulator.faults.add(Fault(kind, times=1, seconds=1.0))  # type: ignore[arg-type]
    with pytest.raises(AmbiguousError):
        await driver.submit(outgoing)
    assert not driver.can_look_up and not driver.repeats_safely


async def test_a_letter_that_the_server_refuses_for_good_is_an_operators(
    driver: Driver, simulator: RunningSimulator, outgoing: OutgoingRequest
) -> None:
    simulator.faults.add(Fault("redirect", times=1))
    with pytest.raises(PermanentError):
        await driver.submit(outgoing)


async def test_a_mailbox_that_is_not_there_is_trouble_of_the_desk(
    system: System, outgoing: OutgoingRequest
) -> None:
    driver = build_driver(replace(system, url="mailto:nobody@simulator.invalid"))
    with pytest.raises(TemporaryError):
        await driver.submit(outgoing)


async def test_no_server_is_temporary(system: System, outgoing: OutgoingRequest) -> None:
    driver = build_driver(replace(system, mail=replace(ROUTE, host="127.0.0.1", port=1)))
    with pytest.raises(TemporaryError):
        await driver.submit(outgoing)
    with pytest.raises(TemporaryError):
        await driver.probe()


async def test_a_password_is_refused_where_the_server_takes_none(
    system: System, outgoing: OutgoingRequest
) -> None:
    assert system.mail is not None
    driver = build_driver(replace(system, mail=replace(system.mail, user="u", password="p")))
    with pytest.raises((CredentialsRefused, TemporaryError)):
        await driver.submit(outgoing)


async def test_a_probe_sends_nothing(driver: Driver, simulator: RunningSimulator) -> None:
    assert "takes letters" in await driver.probe()
    assert simulator.city.all() == []


def test_nothing_of_a_citizens_becomes_a_header(system: System, outgoing: OutgoingRequest) -> None:
    nasty = replace(
        outgoing,
        description="x\r\nBcc: all@city.example\r\n.\r\nQUIT\r\n",
        address="کوچه\r\nBcc: all@city.example",
        service_name="نام\nBcc: all@city.example",
    )
    sent = letter(nasty, system, ROUTE, "desk@city.example").as_bytes()
    assert b"\n.\r\n" not in sent
    read = message_from_string(sent.decode("ascii"), policy=default)
    assert read["Bcc"] is None and read["To"] == "desk@city.example"
    assert "Bcc: all@city.example" in read.get_content()


@pytest.mark.parametrize(
    "url",
    ["http://host", "smtp://", "mail.city.example", "smtp:///x"],
)
def test_a_server_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://user"):
        mail_route(url, "hamyar@city.example", "s")


@pytest.mark.parametrize(
    "sender", ["", "hamyar", "ha myar@city.example", "a" * 31 + "@city.example", "a@b\nc"]
)
def test_a_sender_that_is_no_address_is_refused(sender: str) -> None:
    assert not is_address(sender)
    with pytest.raises(ValueError, match="HAMYAR_MAIL_FROM"):
        mail_route("smtp://host", sender, "s")


def test_a_route_is_read_from_one_address() -> None:
    route = mail_route("smtps://user:p%40ss@mail.city.example", "hamyar@city.example", "s")
    assert (route.host, route.port, route.tls, route.user, route.password) == (
        "mail.city.example", 465, True, "user", "p@ss",
    )  # fmt: skip
    assert "p@ss" not in repr(route) and "'s'" not in repr(route)


@pytest.mark.parametrize(
    "address",
    [
        "hamyar@city.example",
        "hamyar+104738291@city.example",
        "hamyar+104738291-aaaa@city.example",
        "other+104738291-k7w2m5q4x3z6c2ab@city.example",
        "hamyar+104738291-k7w2m5q4x3z6c2ab@elsewhere.example",
        "hamyar+10473829-k7w2m5q4x3z6c2ab@city.example",
        "",
        "@",
    ],
)
def test_an_address_that_we_did_not_give_has_no_tag(address: str) -> None:
    assert ROUTE.tag(address) is None


def test_a_reply_address_reads_the_same_in_capitals_and_fits_in_64_letters() -> None:
    long = replace(ROUTE, sender="a" * 30 + "@city.example")
    address = long.reply_address("104738291", "104738291-a_system_with_a_long_name")
    assert len(address.partition("@")[0]) <= 64
    tag = long.tag(address.upper())
    assert tag is not None and long.fits(tag, "104738291-a_system_with_a_long_name")


@pytest.fixture
def plain_server() -> Iterator[MailRoute]:
    """A server that listens and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield replace(ROUTE, host="127.0.0.1", port=listener.getsockname()[1])


async def test_a_silent_server_does_not_hold_us(
    plain_server: MailRoute, system: System, outgoing: OutgoingRequest
) -> None:
    with pytest.raises(TemporaryError):
        await build_driver(replace(system, mail=plain_server, limits=QUICK)).submit(outgoing)
