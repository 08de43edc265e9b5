"""The application on HAMYAR_PORT: home page, static files, health, and the routes other packages bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from starlette.types import Lifespan

from web.errors import error_handlers
from web.face import WEB_TEXTS, load_texts, static_mount, templates
from web.health import Check, healthz_route, readyz_route
from web.public.home import home_route
from web.security import SecurityHeaders


def create_public_app(
    routes: Sequence[BaseRoute] = (),
    checks: Mapping[str, Check] | None = None,
    *,
    demo: bool = False,
    lifespan: Lifespan[Starlette] | None = None,
    texts_file: Path = WEB_TEXTS,
    middleware: Sequence[Middleware] = (),
) -> Starlette:
    """`routes`: web chat, webhooks, Open311 (mounted as given, before the page). `checks`: for /readyz.

    `demo`: says on the page that nothing is sent to the city. Raises TextsError.
    """
    texts: dict[str, Any] = load_texts(texts_file)
    pages = templates([Path(__file__).parent / "templates"], t=texts)
    return Starlette(
        routes=[
            healthz_route(),
            readyz_route(checks or {}),
            *routes,
            home_route(pages, texts, demo=demo),
            static_mount(),
        ],
        middleware=[Middleware(SecurityHeaders), *middleware],
        exception_handlers=error_handlers(pages, texts),
        lifespan=lifespan,
    )
