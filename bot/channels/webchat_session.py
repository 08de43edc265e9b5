"""Who is speaking: the signed cookie of a web chat, signed handles of uploads, and the check of the origin."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from bot.incoming import IncomingAttachment

COOKIE = "hamyar_webchat"
COOKIE_SECONDS = 180 * 24 * 3600


class Sessions:
    """Signs and reads the cookie. The conversation id is random: who does not hold the cookie cannot name it."""

    def __init__(self, secret: str, *, max_age: int = COOKIE_SECONDS) -> None:
        if not secret:
            raise ValueError("web chat needs a secret to sign its cookie")
        self._cookies = URLSafeTimedSerializer(secret, salt="hamyar.webchat.session")
        self._uploads = URLSafeSerializer(secret, salt="hamyar.webchat.upload")
        self._max_age = max_age

    def new_chat_id(self) -> str:
        return secrets.token_urlsafe(18)

    def chat_id(self, request: Request) -> str | None:
        """The conversation of this browser; None without a cookie or with one that is forged or too old."""
        cookie = request.cookies.get(COOKIE)
        if not cookie:
            return None
        try:
            chat_id = self._cookies.loads(cookie, max_age=self._max_age)
        except BadSignature:
            return None
        return chat_id if isinstance(chat_id, str) else None

    def give(self, response: Response, request: Request, chat_id: str) -> None:
        response.set_cookie(
            COOKIE,
            str(self._cookies.dumps(chat_id)),
            max_age=self._max_age,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )

    def take_away(self, response: Response) -> None:
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")

    def upload_handle(self, chat_id: str, attachment: IncomingAttachment) -> str:
        """What the browser sends back to name a file: bound to its conversation, so that nobody names another's."""
        return str(self._uploads.dumps([chat_id, asdict(attachment)]))

    def upload(self, chat_id: str, handle: str) -> IncomingAttachment | None:
        try:
            owner, known = self._uploads.loads(handle)
            return IncomingAttachment(**known) if owner == chat_id else None
        except (BadSignature, ValueError, TypeError):
            return None


def same_origin(request: Request, public_url: str | None) -> bool:
    """Whether a page of ours sent this. Browsers set `Origin` on every POST; what has none must say same-origin."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site") == "same-origin"
    if public_url and origin.lower() == _origin_of(public_url):
        return True
    host = request.headers.get("host", "").lower()
    parts = urlsplit(origin.lower())
    return parts.scheme in ("http", "https") and parts.netloc == host


def _origin_of(url: str) -> str:
    parts = urlsplit(url.lower())
    return f"{parts.scheme}://{parts.netloc}"
