"""What the server says when it refuses: the spec's error bodies, several at once where several things are wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from casework.store import StoreUnavailable
from web.open311.formats import Format, Items, answer

log = structlog.get_logger()

Endpoint = Callable[[Request], Awaitable[Response]]
RETRY_SECONDS = 30


class Refused(Exception):
    """`status` is HTTP's and the body's code; each of `reasons` one sentence in English, as developers read it."""

    def __init__(self, status: int, *reasons: str, retry_after: int | None = None) -> None:
        super().__init__("; ".join(reasons))
        self.status, self.reasons, self.retry_after = status, reasons, retry_after


def refusal(format_: Format, error: Refused) -> Response:
    """The error body with its HTTP code."""
    body = Items("errors", "error", [{"code": error.status, "description": r} for r in error.reasons])
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return answer(format_, "errors", body, error.status, headers)


def format_of(request: Request) -> Format:
    """By the extension of the address; XML where there is none that we know, as the spec requires XML."""
    return "json" if request.url.path.endswith(".json") else "xml"


def guarded(endpoint: Endpoint) -> Endpoint:
    """Refusals become error bodies; a database that is away is 503, which a client may try again."""

    async def run(request: Request) -> Response:
        format_ = format_of(request)
        try:
            return await endpoint(request)
        except Refused as error:
            return refusal(format_, error)
        except (StoreUnavailable, SQLAlchemyError, OSError) as error:
            log.error("open311_unavailable", error=type(error).__name__)
            return refusal(format_, Refused(503, "temporarily unavailable", retry_after=RETRY_SECONDS))

    return run
