"""Reading what a client sends: an empty parameter is an absent one, dates with any offset, attributes in both ways."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message

from web.open311.errors import Refused

LONGEST_BODY = 64 * 1024
MOST_FIELDS = 200
LONGEST_SPAN = timedelta(days=90)
MOST_RESULTS = 1000
_ATTRIBUTE = re.compile(r"attribute\[([^\]]+)\](?:\[\])?")


@dataclass(frozen=True)
class Parameters:
    """Named values in the order they came."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Parameters:
        # NUL stands in no text of a citizen, and PostgreSQL cannot keep it.
        clean = ((name, value.replace("\x00", "").strip()) for name, value in pairs)
        return cls(tuple((name, value) for name, value in clean if value))

    def get(self, name: str) -> str | None:
        return next((value for key, value in self.pairs if key == name), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    def listed(self, name: str) -> list[str]:
        """The parts of a comma list."""
        return [part.strip() for value in self.all(name) for part in value.split(",") if part.strip()]

    def attributes(self) -> dict[str, list[str]]:
        """`attribute[code]=v`, repeated or as `attribute[code][]=v`."""
        found: dict[str, list[str]] = {}
        for name, value in self.pairs:
            match = _ATTRIBUTE.fullmatch(name)
            if match:
                found.setdefault(match[1], []).append(value)
        return found

    def moment(self, name: str) -> datetime | None:
        """A date and time with an offset; without one it is UTC. Raises Refused (400)."""
        value = self.get(name)
        if value is None:
            return None
        try:
            # A plus sign that was not encoded arrives as a space.
            read = datetime.fromisoformat(value.replace(" ", "+").replace("Z", "+00:00"))
        except ValueError:
            raise Refused(400, f"{name} is no date like 2026-11-25T08:00:00Z") from None
        return read.replace(tzinfo=timezone.utc) if read.tzinfo is None else read.astimezone(timezone.utc)

    def number(self, name: str, least: float, most: float) -> float | None:
        """Raises Refused (400)."""
        value = self.get(name)
        if value is None:
            return None
        try:
            read = float(value)
        except ValueError:
            raise Refused(400, f"{name} is no number") from None
        if not least <= read <= most:
            raise Refused(400, f"{name} must lie between {least:g} and {most:g}")
        return read

    def page(self) -> tuple[int, int]:
        """(offset, limit) of `page` (from 1) and `page_size`."""
        size = int(self.number("page_size", 1, MOST_RESULTS) or MOST_RESULTS)
        return (int(self.number("page", 1, 1_000_000) or 1) - 1) * size, size

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """`start_date` to `end_date`; the last 90 days without them, never more than 90. Raises Refused (400)."""
        start, end = self.moment("start_date"), self.moment("end_date")
        if end is None:
            end = now if start is None else min(now, start + LONGEST_SPAN)
        if start is None:
            start = end - LONGEST_SPAN
        if start > end:
            raise Refused(400, "start_date is behind end_date")
        if end - start > LONGEST_SPAN:
            raise Refused(400, "start_date and end_date are more than 90 days apart")
        return start, end


def of_query(request: Request) -> Parameters:
    return Parameters.of(request.query_params.multi_items())


async def of_body(request: Request) -> Parameters:
    """Form fields, url-encoded or multipart; the query too, where some clients put the key. Raises Refused."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LONGEST_BODY:
        raise Refused(413, f"a body has at most {LONGEST_BODY // 1024} KB")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        raise Refused(400, "the body must be application/x-www-form-urlencoded or multipart/form-data")
    body = await _whole(request)
    try:
        fields = await _multipart(request, body) if kind == "multipart/form-data" else _url_encoded(body)
    except (MultiPartException, ValueError):
        raise Refused(400, "the body cannot be read as a form in UTF-8") from None
    return Parameters.of([*fields, *request.query_params.multi_items()])


async def _whole(request: Request) -> bytes:
    """Also where no length was said, or a wrong one. Raises Refused (413)."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise Refused(413, f"a body has at most {LONGEST_BODY // 1024} KB")
    return body


async def _multipart(request: Request, body: bytes) -> list[tuple[str, str]]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    # Within an application Starlette would answer by itself, not with the spec's body.
    scope = {name: value for name, value in request.scope.items() if name != "app"}
    form = await Request(scope, receive).form(max_files=0, max_fields=MOST_FIELDS)
    return [(name, value) for name, value in form.multi_items() if not isinstance(value, UploadFile)]


def _url_encoded(body: bytes) -> list[tuple[str, str]]:
    """Also of who sends letters as they are (`curl -d`): Starlette would take their bytes for Latin-1."""
    return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
