"""The page for a person: what lies at each simulated system, and a form that moves a request on."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from persiantools.jdatetime import JalaliDateTime
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from integrations.drivers.timestamps import CITY_TIME, from_wire
from integrations.simulator.city import SimulatedCity
from persian.digits import to_persian

_TEMPLATES = Path(__file__).parent / "templates"
_MOST = 200
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}
_LONGEST_NOTE = 1000


def page_routes(city: SimulatedCity) -> list[Route]:
    """`/`, its style sheet, and the form's target."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"fa": to_persian, "when": _when}
    page = environment.get_template("page.html")

    async def show(request: Request) -> Response:
        chosen = request.query_params.get("system")
        chosen = chosen if chosen in city.systems else None
        rows = (city.of(chosen) if chosen else city.all())[::-1]
        html = page.render(
            systems=sorted(
                (one for one in city.systems.values() if one.takes),
                key=lambda one: (not city.of(one.name), _by_number(one.name)),
            ),
            counts={name: len(city.of(name)) for name in city.systems},
            total=len(city.all()),
            chosen=chosen,
            rows=rows[:_MOST],
            left_out=max(len(rows) - _MOST, 0),
            agencies={name: system.agency for name, system in city.systems.items()},
            words={name: city.words(name) for name in city.systems},
            ours={row.number: city.systems[row.system].our_status(row.status) for row in rows[:_MOST]},
            moved=request.query_params.get("moved"),
        )
        return HTMLResponse(html, headers=_HEADERS)

    async def move(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc != request.headers.get("host"):
            return PlainTextResponse("this form belongs to the simulator's own page", 403)
        form = await request.form()
        status, notes = str(form.get("status", "")), str(form.get("notes", "")).strip()[:_LONGEST_NOTE]
        system, number = request.path_params["system"], request.path_params["number"]
        if system not in city.systems or status not in city.words(system):
            return PlainTextResponse("no such system or status", 400)
        try:
            city.move(system, number, status, notes=notes or None)
        except KeyError:
            return PlainTextResponse("no such request", 404)
        back = {"moved": number} | ({"system": system} if form.get("back") == system else {})
        return RedirectResponse("/?" + urlencode(back) + f"#{number}", 303)

    async def style(_: Request) -> Response:
        return Response((_TEMPLATES / "page.css").read_text(encoding="utf-8"), media_type="text/css")

    return [
        Route("/", show),
        Route("/page.css", style),
        Route("/move/{system}/{number}", move, methods=["POST"]),
    ]


def _by_number(name: str) -> list[tuple[bool, int, str]]:
    """`district_2_planning` before `district_10_civil_works`."""
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in name.split("_")]


def _when(moment: str) -> str:
    """Date and time by the city's clock and the Jalali calendar, in Persian digits."""
    known = from_wire(moment)
    if known is None:
        return ""
    local = JalaliDateTime.to_jalali(known.astimezone(CITY_TIME))
    return to_persian(local.strftime("%Y/%m/%d %H:%M"))
