"""OAuth 2.0 client credentials (RFC 6749, 4.4) of the simulated systems with such files. No fault spoils this."""

from __future__ import annotations

import base64
import binascii

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from integrations.system import SIMULATED_TOKENS, System

SECONDS = 300


def gives_token(system: System, request: Request) -> bool:
    """Whether this call asks for a token."""
    asked = request.method == "POST" and request.path_params.get("path") == SIMULATED_TOKENS
    return asked and system.credentials.kind == "oauth2"


async def token_for(system: System, request: Request) -> Response:
    """A token for whoever has the secret, under whatever name."""
    form = await request.form()
    if form.get("grant_type") != "client_credentials":
        return JSONResponse({"error": "unsupported_grant_type"}, 400)
    if secret_of_basic(request) != system.credentials.secret:
        return JSONResponse({"error": "invalid_client"}, 401)
    return JSONResponse({"access_token": token_of(system), "token_type": "Bearer", "expires_in": SECONDS})


def secret_of_basic(request: Request) -> str | None:
    """The password, under whatever name; None without one."""
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return None


def token_of(system: System) -> str:
    return f"token-of-{system.name}"
