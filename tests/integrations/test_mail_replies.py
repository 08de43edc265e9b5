"""Replies of desks: handed over by SMTP, put down on both databases before they are acknowledged."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest
import pytest_asyncio

from app.rasa_service import free_port
from casework.store import Store
from casework.tables import ANSWER, Attachment, OperatorTask, OutboxMessage
from integrations.mail.letter import CUT
from integrations.mail.listener import listen
from integrations.mail.reading import newly_written, read_reply
from integrations.mail.replies import MailReplies
from integrations.simulator import RunningSimulator
from tests.integrations.test_delivery import City, city

__all__ = ["city"]

NUMBER = "100000001"
KEY = f"{NUMBER}-mail_office"
NOW = datetime(2026, 11, 30, 8, tzinfo=timezone.utc)


@dataclass
class Desk:
    """The desk's mail program, and what Hamyar made of its letters."""

    city: City
    replies: MailReplies
    port: int

    @property
    def address(self) -> str:
        return self.replies.route.reply_address(NUMBER, KEY)

    def letter(self, text: str, to: str | None = None, **headers: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = "دبیرخانه <desk@office.example>"
        message["To"] = to or self.address
        message["Subject"] = "Re: درخواست شهروند"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        return message

    async def sends(
        self, message: EmailMessage | bytes, to: str | None = None, sender: str = "desk@office.example"
    ) -> str:
        """The server's last word."""
        raw = message if isinstance(message, bytes) else message.as_bytes()
        return await asyncio.to_thread(self._send, raw, to or self.address, sender)

    def _send(self, raw: bytes, to: str, sender: str) -> str:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as client:
            try:
                refused = client.sendmail(sender, [to], raw)
            except smtplib.SMTPRecipientsRefused as error:
                return str(error.recipients[to][0])
            except smtplib.SMTPDataError as error:
                return str(error.smtp_code)
        assert not refused
        return "250"

    async def tasks(self) -> list[OperatorTask]:
        return list(await self.city.all(OperatorTask))

    async def status(self) -> str:
        return (await self.city.request(NUMBER)).status


@asynccontextmanager
async def listening(replies: MailReplies) -> AsyncIterator[int]:
    stop, port = asyncio.Event(), free_port()
    task = asyncio.create_task(listen(replies, "127.0.0.1", port, stop))
    for _ in range(200):
        try:
            (_, writer) = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            break
        except OSError:
            await asyncio.sleep(0.01)
    yield port
    stop.set()
    await asyncio.wait_for(task, 10)


@pytest_asyncio.fixture
async def desk(city: City, simulator: RunningSimulator, tmp_path: Path) -> AsyncIterator[Desk]:
    replies = MailReplies(city.store, city.registry, city.sync.reports, simulator.mail, tmp_path / "mail")
    await city.file(NUMBER, "mail_office", service="a_letter_of_tests")
    await city.dispatcher.run_once()
    assert (await city.delivery(NUMBER)).state == "sent"
    async with listening(replies) as port:
        yield Desk(city, replies, port)


async def test_a_known_word_in_the_first_line_is_the_status_and_the_rest_goes_to_the_citizen(
    desk: Desk,
) -> None:
    text = f"انجام شد.\n\nچاله امروز پر شد.\n\nدر تاریخ ۹ آذر همیار نوشت:\n> ----- {CUT} -----\n> با سلام"
    assert await desk.sends(desk.letter(text)) == "250"
    request = await desk.city.request(NUMBER)
    assert (request.status, request.status_notes) == ("closed", "چاله امروز پر شد.")
    assert len(await desk.city.all(OutboxMessage)) == 1
    assert await desk.tasks() == []


async def test_the_same_mail_again_changes_nothing(desk: Desk) -> None:
    date = format_datetime(datetime.now(timezone.utc) - timedelta(minutes=1))
    again = desk.letter("در دست اقدام", Date=date)
    later = desk.letter("انجام شد", Date=format_datetime(datetime.now(timezone.utc)))
    free = desk.letter("با معاون صحبت کنید")
    for message in (again, later, again, free, again, free):
        assert await desk.sends(message) == "250"
    assert await desk.status() == "closed"
    assert len(await desk.city.all(OutboxMessage)) == 2
    assert [task.kind for task in await desk.tasks()] == ["mail"]


async def test_an_answer_in_free_words_is_an_operators(desk: Desk) -> None:
    assert await desk.sends(desk.letter("این موضوع به ما مربوط نیست.\nبه ناحیه بدهید.")) == "250"
    (task,) = await desk.tasks()
    assert task.kind == "mail" and task.service_request_id == (await desk.city.request(NUMBER)).id
    assert "این موضوع به ما مربوط نیست.\nبه ناحیه بدهید." in task.reason
    assert await desk.status() == "submitted" and await desk.city.all(OutboxMessage) == []
    (kept,) = desk.replies.folder.iterdir()
    assert kept.suffix == ".eml" and kept.name in task.reason


async def test_photos_of_a_reply_wait_for_being_drawn_anew_and_small_logos_do_not(desk: Desk) -> None:
    message = desk.letter("انجام شد")
    message.add_attachment(b"\xff\xd8" + b"p" * 20_000, maintype="image", subtype="jpeg", filename="a.jpg")
    message.add_attachment(b"\xff\xd8" + b"l" * 900, maintype="image", subtype="jpeg", filename="logo.jpg")
    assert await desk.sends(message) == "250"
    (photo,) = await desk.city.all(Attachment)
    assert photo.kind == ANSWER and photo.file_id.isalnum()
    assert (desk.replies.folder / photo.file_id).read_bytes().endswith(b"ppp")


async def test_an_automatic_answer_moves_nothing(desk: Desk) -> None:
    for headers in ({"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"X_Autoreply": "yes"}):
        assert await desk.sends(desk.letter("انجام شد", **headers)) == "250"
    assert await desk.status() == "submitted"
    assert len(await desk.tasks()) == 1


async def test_a_letter_that_comes_back_is_an_operators(desk: Desk) -> None:
    assert await desk.sends(desk.letter("550 no such user"), sender="") == "250"
    (task,) = await desk.tasks()
    assert task.kind == "dead_delivery"
    assert (await desk.city.delivery(NUMBER)).state == "dead"


async def test_a_servers_report_is_read(desk: Desk) -> None:
    for action, kinds in (("delayed", ["mail"]), ("failed", ["mail", "dead_delivery"])):
        assert await desk.sends(_report(desk, action), sender="") == "250"
        assert [task.kind for task in await desk.tasks()] == kinds
    assert (await desk.city.delivery(NUMBER)).state == "dead"


def _report(desk: Desk, action: str) -> bytes:
    return (
        f"From: MAILER-DAEMON@office.example\r\nTo: {desk.address}\r\nAuto-Submitted: auto-replied\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nsorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; x\r\n\r\nAction: {action}\r\n\r\n--b--\r\n"
    ).encode()


async def test_an_absence_note_with_an_empty_sender_is_no_bounce(desk: Desk) -> None:
    assert await desk.sends(desk.letter("در مرخصی هستم", Auto_Submitted="auto-replied"), sender="") == "250"
    assert [task.kind for task in await desk.tasks()] == ["mail"]
    assert (await desk.city.delivery(NUMBER)).state == "sent"


async def test_a_forged_address_is_no_reply_to_a_letter(desk: Desk) -> None:
    forged = f"hamyar+{NUMBER}-aaaaaaaaaaaaaaaa@city.example"
    assert await desk.sends(desk.letter("انجام شد", to=forged), to=forged) == "250"
    (task,) = await desk.tasks()
    assert task.service_request_id is None and await desk.status() == "submitted"


async def test_mail_for_others_is_refused(desk: Desk) -> None:
    assert await desk.sends(desk.letter("x"), to="mayor@city.example") == "550"
    assert await desk.tasks() == []


async def test_where_it_cannot_be_stored_the_senders_server_keeps_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise OSError("database is away")

    with monkeypatch.context() as broken:
        broken.setattr(Store, "read", away)
        assert await desk.sends(desk.letter("انجام شد")) == "451"
    assert await desk.sends(desk.letter("انجام شد")) == "250"
    assert await desk.status() == "closed"


async def test_who_answers_has_it_also_where_we_were_not_sure(desk: Desk) -> None:
    await desk.city.set(NUMBER, state="dead", external_id=None, ambiguous=True)
    assert await desk.sends(desk.letter("پذیرفته شد")) == "250"
    delivery = await desk.city.delivery(NUMBER)
    assert (delivery.state, delivery.external_id, delivery.ambiguous) == ("sent", KEY, False)
    assert await desk.status() == "accepted"


MALFORMED = (
    b"",
    b"\x00\xff\xfe",
    b"Subject: =?utf-8?b?4pi?=\r\nFrom: <<>>\r\nDate: yesterday\r\n\r\nx",
    b"Content-Type: text/plain; charset=klingon\r\n\r\n\xc3\x28",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: image/png\r\n\r\n",
    b"Content-Type: text/html\r\n\r\n<p><![CDATA[<<<",
    b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%",
    b"To: " + b"(" * 5000 + b"\r\n\r\nx",
)


async def test_malformed_mails_are_kept_for_an_operator(desk: Desk) -> None:
    for raw in MALFORMED:
        assert await desk.sends(raw) == "250"
    assert [task.kind for task in await desk.tasks()] == ["mail"] * len(MALFORMED)
    assert len(list(desk.replies.folder.iterdir())) == len(MALFORMED)


def test_html_is_read_as_lines() -> None:
    page = (
        '<html><head><style>p{}</style></head><body dir="rtl"><p>رد شد</p><div>چون مجوز ندارد<br>'
        f"سطر دوم</div><blockquote>----- {CUT} -----<p>با سلام</p></blockquote></body></html>"
    )
    message = EmailMessage()
    message.set_content(page, subtype="html")
    assert read_reply(message.as_bytes(), "a@b", NOW).words == "رد شد\nچون مجوز ندارد\nسطر دوم"


@pytest.mark.parametrize(
    "quoted",
    [
        f"> ----- {CUT} -----",
        f"----- {CUT} -----",
        "On Mon, 30 Nov 2026 at 08:00 Hamyar <h@c> wrote:",
        "در دوشنبه ۹ آذر ۱۴۰۵ همیار شهر نوشت:",
        "-----Original Message-----",
        "________________________________",
        "From: hamyar",
    ],
)
def test_what_is_quoted_is_not_the_desks(quoted: str) -> None:
    assert newly_written(f"در دست اقدام\nفردا می‌آیند\n\n{quoted}\nانجام شد") == "در دست اقدام\nفردا می‌آیند"


def test_a_mail_from_the_future_was_written_now() -> None:
    message = EmailMessage()
    message["Date"] = format_datetime(NOW + timedelta(days=400))
    message.set_content("x")
    assert read_reply(message.as_bytes(), "a@b", NOW).at == NOW
