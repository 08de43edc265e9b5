"""The small control interface for tests and for `make faults`: JSON in, JSON out, below `/_control/`.

POST status {system, number, status, notes?, updated_at?, agency?, photos?} · GET requests[?system=] · POST faults
{kind, …} · DELETE faults[?seed=] · POST progress · DELETE requests. What is wrong is answered with 400 and a
sentence.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.simulator.city import SimulatedCity
from integrations.simulator.faults import Fault, FaultPlan


def control_routes(city: SimulatedCity, faults: FaultPlan) -> list[Route]:
    """The routes over these stores and faults."""

    async def set_status(request: Request) -> Response:
        asked: dict[str, Any] = await request.json()
        try:
            moved = city.move(asked.pop("system"), asked.pop("number"), asked.pop("status"), **asked)
        except (KeyError, TypeError) as error:
            return _wrong(f"no such request, or a field too many or too few: {error}")
        return JSONResponse(asdict(moved))

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            city.forget()
            return JSONResponse({"left": 0})
        system = request.query_params.get("system")
        return JSONResponse([asdict(one) for one in (city.of(system) if system else city.all())])

    async def set_faults(request: Request) -> Response:
        if request.method == "DELETE":
            seed = request.query_params.get("seed", "")
            faults.clear(int(seed) if seed.isdigit() else None)
            return JSONResponse({"faults": 0})
        try:
            fault = Fault(**await request.json())
        except (TypeError, ValueError) as error:
            return _wrong(str(error))
        if fault.system != "*" and fault.system not in city.systems:
            return _wrong(f"there is no system {fault.system!r}")
        faults.add(fault)
        return JSONResponse(asdict(fault))

    async def progress(_: Request) -> Response:
        return JSONResponse({"moved": city.progress()})

    return [
        Route("/_control/status", set_status, methods=["POST"]),
        Route("/_control/requests", requests, methods=["GET", "DELETE"]),
        Route("/_control/faults", set_faults, methods=["POST", "DELETE"]),
        Route("/_control/progress", progress, methods=["POST"]),
    ]


def _wrong(reason: str) -> Response:
    return JSONResponse({"error": reason}, 400)
