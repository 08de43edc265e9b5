"""The simulator's HTTP application: `/` the page, `/<system>/…` the systems, `/_control/…` for tests."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.registry import Registry
from integrations.simulator.city import SimulatedCity
from integrations.simulator.control import control_routes
from integrations.simulator.faults import FaultPlan, Purpose, with_fault
from integrations.simulator.open311_server import serve_open311
from integrations.simulator.page import page_routes
from integrations.simulator.rest_json_server import serve_rest_json
from integrations.simulator.tokens import gives_token, token_for


def create_app(
    registry: Registry,
    *,
    state: Path | None = None,
    seed: int = 0,
    progress_seconds: float | None = None,
    mail: socket.socket | None = None,
) -> Starlette:
    """The application over a registry loaded with a `simulator_url`.

    `state`: the file that survives a restart. `progress_seconds`: every so often registered requests become
    accepted and accepted ones come into progress; off by default. `mail`: a bound socket where the mailboxes of
    desks with e-mail are served. `app.state.city` and `app.state.faults` are
    the stores and the faults.
    """
    city = SimulatedCity(registry, state)
    faults = FaultPlan(seed)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            if mail is not None:
                from integrations.simulator.mail_server import mailboxes

                await running.enter_async_context(mailboxes(city, faults, mail))
            if progress_seconds:
                moving = asyncio.create_task(_keep_moving(city, progress_seconds))
                running.callback(moving.cancel)
            yield

    app = Starlette(
        routes=[
            *page_routes(city),
            *control_routes(city, faults),
            Route("/healthz", lambda _: JSONResponse({"ok": True})),
            Route("/{system}", _systems(city, faults), methods=["POST"]),
            Route("/{system}/{path:path}", _systems(city, faults), methods=["GET", "POST", "PUT"]),
        ],
        lifespan=lifespan,
    )
    app.state.city, app.state.faults = city, faults
    return app


def _systems(city: SimulatedCity, faults: FaultPlan) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        system = city.systems.get(request.path_params["system"])
        if system is None or system.file_driver == "manual":
            return JSONResponse({"error": "there is no such system"}, 404)
        if gives_token(system, request):
            return await token_for(system, request)
        serve = serve_open311 if system.file_driver == "open311" else serve_rest_json
        purpose: Purpose = "read" if request.method == "GET" else "submit"
        if system.file_driver == "soap":
            from integrations.simulator.soap_server import purpose_of, serve_soap  # zeep is slow to load

            serve, purpose = serve_soap, await purpose_of(system, request)
        fault = faults.next(system.name, purpose)
        path = request.path_params.get("path", "")
        return await with_fault(fault, lambda: serve(city, system, request, path, fault))

    return answer


async def _keep_moving(city: SimulatedCity, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        city.progress()
