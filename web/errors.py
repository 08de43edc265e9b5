"""Errors as pages in Persian; JSON for those who ask for JSON or call an API path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.templating import Jinja2Templates
from starlette.types import ExceptionHandler

from web.security import SECURITY_HEADERS

API_PATHS = ("/chat/", "/open311/", "/webhooks/", "/healthz", "/readyz")


def error_handlers(pages: Jinja2Templates, texts: Mapping[str, Any]) -> dict[Any, ExceptionHandler]:
    """For Starlette's `exception_handlers`: HTTPException and everything that was not foreseen (500)."""

    def answer(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
        path = request.url.path
        if path.startswith(API_PATHS) or request.headers.get("accept", "").startswith("application/json"):
            return JSONResponse({"error": _code(status)}, status_code=status, headers=headers)
        errors = texts["errors"]
        words = errors.get(str(status), errors["other"])
        context = {"status": status, "words": words}
        return pages.TemplateResponse(
            request, "error.html", context, status_code=status, headers=dict(headers or {})
        )

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return answer(request, error.status_code, error.headers)

    async def not_foreseen(request: Request, error: Exception) -> Response:
        # Starlette answers this outside of all middleware.
        return answer(request, 500, SECURITY_HEADERS)

    return {HTTPException: http_error, Exception: not_foreseen}


def _code(status: int) -> str:
    return {404: "not_found", 405: "not_allowed"}.get(status, "server_error" if status >= 500 else "refused")
