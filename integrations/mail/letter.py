"""The letter that a desk gets about one request, and the line above which it answers."""

from __future__ import annotations

from datetime import datetime, timezone
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from persiantools.jdatetime import JalaliDateTime

from integrations.drivers.base import OutgoingRequest
from integrations.drivers.timestamps import CITY_TIME
from integrations.mail.route import MailRoute
from integrations.system import System
from persian.digits import to_persian

KEY_HEADER = "X-Hamyar-Key"
CUT = "پاسخ را بالای این خط بنویسید"
CUT_LINE = f"----- {CUT} -----"
"""What stands below it in a reply is our own letter."""


def letter(request: OutgoingRequest, system: System, route: MailRoute, to: str) -> EmailMessage:
    """Plain text: nothing a citizen writes can become markup. Headers hold no line breaks and no words of hers."""
    message = EmailMessage(policy=SMTP)
    number = to_persian(request.tracking_number)
    reply = route.reply_address(request.tracking_number, request.key)
    message["From"] = formataddr(("همیار شهر", route.sender))
    message["To"] = to
    message["Reply-To"] = reply
    message["Subject"] = f"درخواست شهروند {number}: {_one_line(request.service_name)}"
    message["Date"] = format_datetime(datetime.now(timezone.utc))
    # The same at every attempt: a mailbox that looks at it keeps one.
    message["Message-ID"] = f"<{request.key}@{route.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message[KEY_HEADER] = request.key
    message.set_content("\n".join(_lines(request, system, number)), charset="utf-8", cte="base64")
    return message


def _lines(request: OutgoingRequest, system: System, number: str) -> list[str]:
    local = JalaliDateTime.fromtimestamp(request.requested_at.timestamp(), CITY_TIME)
    when = to_persian(f"{local.day} {local.strftime('%B %Y، ساعت %H:%M', locale='fa')}")
    lines = [
        CUT_LINE,
        "",
        "با سلام",
        f"شهروندی از راه همیار شهر این درخواست را برای {system.agency} ثبت کرده است.",
        "",
        f"شمارهٔ پیگیری: {number}",
        f"موضوع: {request.service_name}",
        f"زمان ثبت: {when}",
    ]
    if request.address:
        lines.append(f"نشانی: {_one_line(request.address)}")
    if request.district in _DISTRICTS:
        lines.append(f"منطقه: {_DISTRICTS[request.district]}")
    if request.lat is not None and request.lon is not None:
        lines.append(f"مختصات: {request.lat:.5f}, {request.lon:.5f}")
    lines += [f"{_one_line(question)} {_one_line(answer)}" for question, answer in request.answers]
    lines += [f"پیوست (تا یک هفته): {url}" for url in request.media_urls]
    lines += ["", "متن درخواست:", request.description, "", *_how_to_answer(system)]
    return lines


def _how_to_answer(system: System) -> list[str]:
    words = "، ".join(f"«{word}»" for word in system.statuses)
    return [
        "-----",
        "به همین نامه پاسخ دهید.",
        f"اگر سطر اول پاسخ فقط یکی از این عبارت‌ها باشد، وضعیت درخواست همان می‌شود: {words}",
        "بقیهٔ متن و عکس‌ها برای شهروند فرستاده می‌شود.",
        "پاسخ‌های دیگر را همکاران ما می‌خوانند و پیگیری می‌کنند.",
    ]


def _one_line(text: str) -> str:
    return " ".join(text.split())


_DISTRICTS = {**{str(number): to_persian(str(number)) for number in range(1, 13)}, "samen": "ثامن"}
