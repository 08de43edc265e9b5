"""The home page is the chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates


def home_route(pages: Jinja2Templates, texts: Mapping[str, Any], *, demo: bool) -> Route:
    """`/`. `demo` shows that requests reach no city."""
    # The script finds its sentences in a data block: JSON that the browser never runs.
    for_script = {"texts": texts["client"], "lasting_keys": texts["lasting_keys"]}

    async def home(request: Request) -> Response:
        context = {"demo": demo, "for_script": for_script}
        return pages.TemplateResponse(request, "home.html", context, headers={"Cache-Control": "no-cache"})

    return Route("/", home, name="home")
