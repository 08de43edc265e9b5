"""The letter that a desk gets about one request, and the line above which it answers. The words: `letter.yml`."""

from __future__ import annotations

from datetime import datetime, timezone
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined

from casework.dates import jalali
from integrations.drivers.base import OutgoingRequest
from integrations.drivers.timestamps import CITY_TIME
from integrations.mail.route import MailRoute
from integrations.system import CITY_DISTRICTS, System
from persian.digits import to_persian

WORDS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "letter.yml").read_text(encoding="utf-8"))
KEY_HEADER = "X-Hamyar-Key"
CUT: str = WORDS["cut"]
"""What stands below it in a reply is our own letter."""

# Plain text: there is no markup to escape.
_TEMPLATES = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701
_SUBJECT, _BODY = (_TEMPLATES.from_string(WORDS[name]) for name in ("subject", "body"))


def letter(request: OutgoingRequest, system: System, route: MailRoute, to: str) -> EmailMessage:
    """Plain text: nothing a citizen writes can become markup. Headers hold no line breaks and no words of hers."""
    message = EmailMessage(policy=SMTP)
    values = _values(request, system)
    message["From"] = formataddr((WORDS["sender"], route.sender))
    message["To"] = to
    message["Reply-To"] = route.reply_address(request.tracking_number, request.key)
    message["Subject"] = _SUBJECT.render(values)
    message["Date"] = format_datetime(datetime.now(timezone.utc))
    # The same at every attempt: a mailbox that looks at it keeps one.
    message["Message-ID"] = f"<{request.key}@{route.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message[KEY_HEADER] = request.key
    message.set_content(_BODY.render(values), charset="utf-8", cte="base64")
    return message


def _values(request: OutgoingRequest, system: System) -> dict[str, Any]:
    has_position = request.lat is not None and request.lon is not None
    return {
        "cut": CUT,
        "number": to_persian(request.tracking_number),
        "service": _one_line(request.service_name),
        "agency": system.agency,
        "day": jalali(request.requested_at),
        "time": to_persian(request.requested_at.astimezone(CITY_TIME).strftime("%H:%M")),
        "address": _one_line(request.address or ""),
        "district": to_persian(request.district) if request.district in CITY_DISTRICTS else "",
        "position": f"{request.lat:.5f}, {request.lon:.5f}" if has_position else "",
        "answers": [(_one_line(question), _one_line(answer)) for question, answer in request.answers],
        "files": request.media_urls,
        "description": request.description,
        "words": list(system.statuses),
    }


def _one_line(text: str) -> str:
    return " ".join(text.split())
