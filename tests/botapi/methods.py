"""The HTTP side: what a bot may call, answered in Telegram's or in Bale's manner."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.botapi.dialect import Dialect
from tests.botapi.state import Sent, State

_LONGEST_TEXT = 4096
_LONGEST_CAPTION = {"telegram": 1024, "bale": 1023}


class Refusal(Exception):
    """An answer with `ok: false`."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


class Methods:
    """Routes of the server; `token` is the only one it takes."""

    def __init__(self, dialect: Dialect, state: State, token: str) -> None:
        self.dialect, self.state, self.token = dialect, state, token
        self.awake = asyncio.Event()
        self.webhook_awake = asyncio.Event()
        self._polls = 0
        self._known = {
            "getMe": self._get_me,
            "deleteWebhook": self._delete_webhook,
            "setWebhook": self._set_webhook,
            "getUpdates": self._get_updates,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendMediaGroup": self._send_media_group,
            "getWebhookInfo": self._get_webhook_info,
            "editMessageText": self._edit_message_text,
            "answerCallbackQuery": self._answer_callback_query,
            "getFile": self._get_file,
        }

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/file/bot{token}/{path:path}", self.file),
                Route("/bot{token}/{method}", self.call, methods=["GET", "POST"]),
            ]
        )

    async def call(self, request: Request) -> Response:
        name = request.path_params["method"]
        params = await self._params(request)
        with self.state.lock:
            self.state.calls.append((name, params))
            slow = self.state.faults.slow_seconds
        if slow:
            await asyncio.sleep(slow)
        try:
            self._check_token(request)
            handler = self._known.get(name)
            if handler is None:
                raise Refusal(501, "Not Implemented") if self._bale else Refusal(404, "Not Found")
            result = await handler(params)
            if isinstance(result, Response):
                return result
            return JSONResponse({"ok": True, "result": result})
        except Refusal as refusal:
            body: dict[str, Any] = {
                "ok": False,
                "error_code": refusal.status,
                "description": refusal.description,
            }
            if refusal.parameters:
                body["parameters"] = refusal.parameters
            return JSONResponse(body, status_code=refusal.status)

    async def file(self, request: Request) -> Response:
        try:
            self._check_token(request)
        except Refusal as refusal:
            return JSONResponse({"ok": False}, status_code=refusal.status)
        content = self.state.files.get(request.path_params["path"])
        return Response(content) if content is not None else Response(status_code=404)

    async def _get_me(self, params: dict[str, Any]) -> Any:
        return self.dialect.bot

    async def _delete_webhook(self, params: dict[str, Any]) -> Any:
        self.state.webhook_url = ""
        return True

    async def _set_webhook(self, params: dict[str, Any]) -> Any:
        self.state.webhook_url = params.get("url", "")
        self.state.webhook_secret = params.get("secret_token", "")
        self.webhook_awake.set()
        return True

    async def _get_updates(self, params: dict[str, Any]) -> Any:
        if self.state.take_fault("failing_polls"):
            self._fail(self.state.faults.poll_status)
        if self.state.webhook_url:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        with self.state.lock:
            if self.state.faults.raw_bodies:
                return Response(self.state.faults.raw_bodies.pop(0), media_type="application/json")
        if params.get("offset") is not None:
            self.state.confirm(int(params["offset"]))
        limit, wait = int(params.get("limit", 100)), float(params.get("timeout", 0))
        self._polls += 1
        mine = self._polls
        end = asyncio.get_running_loop().time() + wait
        while True:
            waiting = self.state.waiting(limit)
            left = end - asyncio.get_running_loop().time()
            if waiting or left <= 0:
                return waiting
            self.awake.clear()
            try:
                await asyncio.wait_for(self.awake.wait(), left)
            except TimeoutError:
                continue
            if mine != self._polls:
                raise Refusal(409, "Conflict: terminated by other getUpdates request")

    async def _send_message(self, params: dict[str, Any]) -> Any:
        text = params.get("text", "")
        if not text.strip():
            raise Refusal(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > _LONGEST_TEXT:
            raise Refusal(400, "Bad Request: message is too long")
        return await self._send("sendMessage", params, text)

    async def _send_photo(self, params: dict[str, Any]) -> Any:
        caption = params.get("caption", "")
        if len(caption.encode("utf-16-le")) // 2 > _LONGEST_CAPTION[self.dialect.mode]:
            raise Refusal(400, "Bad Request: message caption is too long")
        if not isinstance(params.get("photo"), bytes):
            raise Refusal(400, "Bad Request: there is no photo in the request")
        return await self._send("sendPhoto", params, caption, params["photo"])

    async def _get_webhook_info(self, params: dict[str, Any]) -> Any:
        return {"url": self.state.webhook_url, "has_custom_certificate": False, "pending_update_count": 0}

    async def _send_media_group(self, params: dict[str, Any]) -> Any:
        media = json.loads(params["media"]) if isinstance(params.get("media"), str) else params.get("media")
        if not isinstance(media, list) or not 2 <= len(media) <= 10:
            raise Refusal(400, "Bad Request: an album takes 2 to 10 files")
        sent = []
        for one in media:
            content = params.get(str(one.get("media", "")).removeprefix("attach://"))
            if not isinstance(content, bytes):
                raise Refusal(400, "Bad Request: there is no photo in the request")
            answer = await self._send("sendMediaGroup", params, one.get("caption", ""), content)
            if isinstance(answer, Response):
                return answer
            sent.append(answer)
        return sent

    async def _edit_message_text(self, params: dict[str, Any]) -> Any:
        if self._bale:  # a stub, whatever was edited
            return {
                "message_id": 0,
                "date": 1,
                "chat": {"id": 1, "type": "private", "photo": None},
                "edit_date": 1,
            }
        chat = self.dialect.chat(int(params["chat_id"]), "x", "private")
        return self.dialect.message(int(params["message_id"]), self.dialect.bot, chat, text=params["text"])

    async def _answer_callback_query(self, params: dict[str, Any]) -> Any:
        if params.get("callback_query_id", "").startswith("old"):
            raise Refusal(
                400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
        with self.state.lock:
            self.state.answered.append(params)
        return True

    async def _get_file(self, params: dict[str, Any]) -> Any:
        file_id = params.get("file_id", "")
        content = self.state.files.get(file_id)
        if content is None:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(content) > 20 * 2**20:
            raise Refusal(400, "Bad Request: file is too big")
        described = {
            "file_id": file_id,
            "file_unique_id": "u" + file_id,
            "file_size": len(content),
            "file_path": file_id,
        }
        return self.dialect.written(described)

    async def _send(self, method: str, params: dict[str, Any], text: str, photo: bytes | None = None) -> Any:
        faults = self.state.faults
        chat = int(params["chat_id"])
        if self.state.take_fault("failing_sends"):
            self.state.add_refused(chat)
            self._fail(faults.send_status)
        if chat in faults.unknown_chats:
            raise Refusal(
                400, "Bad Request: no such group or user" if self._bale else "Bad Request: chat not found"
            )
        if chat in faults.blocked_by:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        markup = json.loads(params.get("reply_markup") or "{}")
        self._check_markup(markup)
        message_id = self.state.next_message_id(chat, self.dialect.first_message_id)
        kept = {key: value for key, value in params.items() if key != "photo"}
        with self.state.lock:
            self.state.add_sent(Sent(chat, message_id, method, text, kept, markup, photo))
        if self.state.take_fault("dropped_replies"):
            return Response(status_code=502)
        where = self.dialect.chat(chat, "x", "private" if chat > 0 else "group")
        return self.dialect.written(self.dialect.message(message_id, self.dialect.bot, where, text=text))

    def _check_markup(self, markup: dict[str, Any]) -> None:
        for row in markup.get("inline_keyboard", []):
            for button in row:
                if len(button.get("callback_data", "").encode()) > 64:
                    raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")

    def _check_token(self, request: Request) -> None:
        given = request.path_params["token"]
        if given == self.token and not self.state.faults.token_revoked:
            return
        if self._bale:
            raise Refusal(403, "Bad Request: Token not found")
        raise Refusal(401, "Unauthorized") if ":" in given else Refusal(404, "Not Found")

    def _fail(self, status: int) -> None:
        if status == 429:
            wait = self.state.faults.retry_after
            raise Refusal(429, "Too Many Requests", **({"retry_after": wait} if wait else {}))
        words = {
            401: "Unauthorized",
            403: "Forbidden",
            404: "Not Found",
            409: "Conflict: other getUpdates request",
        }
        raise Refusal(status, words.get(status, "Internal Server Error"))

    @property
    def _bale(self) -> bool:
        return self.dialect.mode == "bale"

    @staticmethod
    async def _params(request: Request) -> dict[str, Any]:
        if request.headers.get("content-type", "").startswith("application/json"):
            return dict(await request.json())
        form = await request.form()
        return {
            **request.query_params,
            **{key: await v.read() if isinstance(v, UploadFile) else v for key, v in form.items()},
        }
