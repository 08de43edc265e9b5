"""POST /webhooks/systems/NAME: signed news of municipal systems, stored before HTTP 200."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.registry import Registry
from integrations.status_notices import LARGEST_BODY, NoticeRefused, read_notice
from integrations.status_reports import StatusReports

log = structlog.get_logger()


def system_notices_route(
    registry: Registry, status: StatusReports, clock: Callable[[], float] = time.time
) -> Route:
    """The answer says how many requests changed; 503 where it could not be stored: the system sends it again."""

    async def receive(request: Request) -> Response:
        system = registry.systems.get(request.path_params["system"])
        try:
            if system is None:
                raise NoticeRefused(404, "there is no such system")
            reports = read_notice(system, request.headers, await _body(request), clock())
        except NoticeRefused as refused:
            if refused.status == 403:
                log.warning("status_notice_refused", system=request.path_params["system"], why=str(refused))
            return JSONResponse({"error": str(refused)}, status_code=refused.status)
        try:
            changed = await status.take(system, reports)
        except Exception as error:
            log.error("status_notice_not_stored", system=system.name, error=type(error).__name__)
            return JSONResponse({"error": "later"}, status_code=503, headers={"Retry-After": "30"})
        return JSONResponse({"received": len(reports), "changed": changed})

    return Route("/webhooks/systems/{system}", receive, methods=["POST"], name="system_notices")


async def _body(request: Request) -> bytes:
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                raise NoticeRefused(413, f"a body has at most {LARGEST_BODY // 1024} KB")
    except ClientDisconnect:
        raise NoticeRefused(400, "the body ended early") from None
    return body
