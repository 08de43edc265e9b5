"""The routes of /open311/v2/, each in both formats."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from web.open311 import catalogue, filing, reading, updating
from web.open311.errors import Endpoint, Refused, format_of, guarded, refusal
from web.open311.server import Server

PREFIX = "/open311/v2"
NOTHING_HERE = "there is nothing at this address: begin with discovery.json or services.json (or .xml)"
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "86400",
}
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
"""All of them reach us, so that a refusal, too, is an error body of the spec."""
Handler = Callable[[Server, Request], Awaitable[Response]]


def open311_routes(server: Server) -> list[Mount]:
    """To be mounted by the public application."""

    def bound(handler: Handler) -> Endpoint:
        return guarded(lambda request: handler(server, request))

    async def requests(server: Server, request: Request) -> Response:
        return await (filing.file if request.method == "POST" else reading.many)(server, request)

    async def updates(server: Server, request: Request) -> Response:
        return await (updating.post if request.method == "POST" else reading.updates)(server, request)

    def both(path: str, handler: Handler, *methods: str) -> list[Route]:
        endpoint = _with_preflight(bound(handler), (*(methods or ("GET",)), "OPTIONS"))
        return [Route(f"{path}.{ending}", endpoint, methods=_METHODS) for ending in ("json", "xml")]

    async def nothing(request: Request) -> Response:
        return refusal(format_of(request), Refused(404, NOTHING_HERE))

    routes = [
        *both("/discovery", catalogue.discovery),
        *both("/services", catalogue.services),
        *both("/services/{code}", catalogue.definition),
        *both("/requests", requests, "GET", "POST"),
        *both("/requests/{number}", reading.one),
        *both("/tokens/{token}", reading.token),
        *both("/servicerequestupdates", updates, "GET", "POST"),
        Route("/{rest:path}", nothing, methods=_METHODS),
    ]
    return [Mount(PREFIX, routes=routes)]


def _with_preflight(endpoint: Endpoint, allowed: Sequence[str]) -> Endpoint:
    async def run(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_PREFLIGHT)
        if request.method not in (*allowed, "HEAD"):
            refused = refusal(format_of(request), Refused(405, f"{request.method} is not known here"))
            refused.headers["Allow"] = ", ".join(allowed)
            return refused
        return await endpoint(request)

    return run
