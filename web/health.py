"""/healthz: this process answers. /readyz: what it needs is there, check by check."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

Check = Callable[[], Awaitable[str | None]]
"""None when all is well, else one sentence without personal data or credentials."""

CHECK_SECONDS = 3.0


def healthz_route() -> Route:
    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})

    return Route("/healthz", healthz, name="healthz")


def readyz_route(checks: Mapping[str, Check], *, seconds: float = CHECK_SECONDS) -> Route:
    """200 when every check passes within `seconds`, else 503; the body says which one fails and why."""

    async def readyz(request: Request) -> Response:
        found = await asyncio.gather(*(_run(check, seconds) for check in checks.values()))
        results = dict(zip(checks, found, strict=True))
        ready = all(trouble is None for trouble in results.values())
        body = {"ready": ready, "checks": {name: trouble or "ok" for name, trouble in results.items()}}
        return JSONResponse(body, status_code=200 if ready else 503, headers={"Cache-Control": "no-store"})

    return Route("/readyz", readyz, name="readyz")


async def _run(check: Check, seconds: float) -> str | None:
    try:
        return await asyncio.wait_for(check(), seconds)
    except TimeoutError:
        return f"no answer within {seconds:g} s"
    except Exception as error:  # a check that breaks is a failed check, whatever broke it
        return type(error).__name__
