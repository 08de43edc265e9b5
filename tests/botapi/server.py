"""The server as a test uses it: citizens send, the bot polls over real HTTP, and what it sent can be asked for.

with BotApiServer("bale") as server:
    server.citizen_sends(7, "...")
    reply = await server.wait_for_message(7)
    server.citizen_sends(7, press=(reply, "label"))
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import uvicorn

from integrations.listening import open_listener
from tests.botapi.dialect import Dialect, Mode
from tests.botapi.methods import Methods
from tests.botapi.state import Faults, Sent, State
from tests.botapi.webhook import deliver

TOKEN = "123456:loopback-token-for-tests"


class BotApiServer:
    """One bot on one messenger, on a free port of loopback, in a thread of its own."""

    def __init__(self, mode: Mode, token: str = TOKEN, username: str = "hamyar_test_bot") -> None:
        self.mode, self.token, self.username = mode, token, username
        self.bot_id = 42 if mode == "telegram" else 4_200_000_042
        self.state = State()
        self.dialect = Dialect(mode, self.bot_id, username)
        self._socket = open_listener("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> BotApiServer:
        self.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop()

    def start(self) -> None:
        """Serve; returns when it answers."""
        ready = threading.Event()

        async def serve() -> None:
            methods = Methods(self.dialect, self.state, self.token)
            loop = asyncio.get_running_loop()
            config = uvicorn.Config(
                methods.app(),
                log_level="critical",
                lifespan="off",
                access_log=False,
                timeout_graceful_shutdown=1,
            )
            self._server = uvicorn.Server(config)

            def wake() -> None:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(methods.awake.set)
                    loop.call_soon_threadsafe(methods.webhook_awake.set)

            self.state.wake = wake
            ready.set()
            posting = asyncio.create_task(
                deliver(self.state, methods.webhook_awake, with_secret=self.mode == "telegram")
            )
            await self._server.serve(sockets=[self._socket])
            posting.cancel()

        self._thread = threading.Thread(
            target=lambda: asyncio.run(serve()), daemon=True, name=f"botapi-{self.mode}"
        )
        self._thread.start()
        ready.wait(10)
        _until(lambda: self._server is not None and self._server.started, 10)

    def stop(self) -> None:
        """End the thread; open long polls are cut."""
        if self._server:
            self._server.should_exit = True
            self._server.force_exit = True
        if self._thread:
            self._thread.join(10)
        self._socket.close()

    @property
    def faults(self) -> Faults:
        """The switches for what goes wrong."""
        return self.state.faults

    def citizen_sends(
        self,
        chat: int,
        text: str = "",
        *,
        photo: bytes | None = None,
        location: tuple[float, float] | None = None,
        press: tuple[Sent, str] | None = None,
        group: int | None = None,
        reply_to: Sent | None = None,
        edit_of: int | None = None,
        name: str = "Maryam",
        **content: Any,
    ) -> int:
        """One update of a citizen (`chat` is her id); `content` are further fields of the message, such as
        voice=…, contact=…, media_group_id=…. Returns the message id (the update id for a pressed button)."""
        sender = self.dialect.person(chat, name)
        where = self.dialect.chat(group or chat, name, "group" if group else "private")
        if press is not None:
            return self._press(sender, where, *press)
        if photo is not None:
            content["photo"] = self.dialect.photo(self.state.store_file(photo, ".jpg"), len(photo))
            content["caption"] = text or None
        elif text:
            content |= {"text": text, "entities": self.dialect.entities(text)}
        if location is not None:
            content["location"] = {"latitude": location[0], "longitude": location[1]}
        if reply_to is not None:
            content["reply_to_message"] = self.dialect.message(
                reply_to.message_id, self.dialect.bot, where, text=reply_to.text
            )
        content = {key: value for key, value in content.items() if value is not None and value != []}
        message_id = edit_of or self.state.next_message_id(group or chat, self.dialect.first_message_id)
        message = self.dialect.message(message_id, sender, where, **content)
        if edit_of is not None:
            self.inject({"edited_message": {**message, "edit_date": int(time.time())}})
        else:
            self.inject({"message": message})
        return message_id

    def citizen_sends_file(self, chat: int, kind: str, content: bytes, mime_type: str, **more: Any) -> int:
        """A voice, audio, video, document or animation."""
        text = more.pop("caption", None)
        file_id = self.state.store_file(content, "")
        described = self.dialect.file(file_id, len(content), mime_type, **more)
        return self.citizen_sends(chat, caption=text, **{kind: described})

    def inject(self, update: dict[str, Any], *, as_it_is: bool = False) -> int:
        """Queue any update; without `as_it_is` it gets an id and is written in the messenger's manner."""
        if as_it_is:
            self.state.add_update(update)
            return int(update.get("update_id", 0) or 0)
        number = self.state.next_update_id()
        self.state.add_update({"update_id": number, **self.dialect.written(update)})
        return number

    def deliver_again(self, times: int = 1, shuffle: random.Random | None = None) -> None:
        """Everything that was ever sent comes `times` more, as messengers do after a lost confirmation."""
        with self.state.lock:
            repeated = [update for _ in range(times) for update in self.state.history]
            if shuffle:
                shuffle.shuffle(repeated)
            self.state.again += repeated
        self.state.wake()

    def messages_to(self, chat: int) -> list[Sent]:
        """What the bot sent to this chat, oldest first."""
        with self.state.lock:
            return list(self.state.sent_to.get(chat, ()))

    def refusals_to(self, chat: int) -> list[float]:
        """When ordered faults refused messages to this chat; seconds of the server's clock, as `Sent.at`."""
        with self.state.lock:
            return [at for refused, at in self.state.refused if refused == chat]

    @property
    def pending(self) -> int:
        """Updates that the bot has not confirmed yet."""
        with self.state.lock:
            return len(self.state.updates)

    def calls_of(self, method: str) -> list[dict[str, Any]]:
        """Parameters of every call of a method so far."""
        with self.state.lock:
            return [params for name, params in self.state.calls if name == method]

    async def wait_for_message(self, chat: int, number: int = 1, timeout: float = 40.0) -> Sent:
        """The `number`th message to this chat (1 is the first), as soon as it is there."""
        await self.wait_for(lambda: len(self.messages_to(chat)) >= number, timeout)
        return self.messages_to(chat)[number - 1]

    async def wait_for(self, condition: Callable[[], bool], timeout: float = 40.0) -> None:
        """Until the condition holds. Raises AssertionError after `timeout` seconds."""
        end = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < end, "did not come true in time"
            await asyncio.sleep(0.01)

    def _press(self, sender: dict[str, Any], where: dict[str, Any], message: Sent, label: str) -> int:
        assert label in message.buttons, f"no button {label!r} in {list(message.buttons)}"
        under = self.dialect.message(message.message_id, self.dialect.bot, where, text=message.text)
        number = self.state.next_update_id()
        callback = {
            "id": f"cb{number}",
            "from": sender,
            "message": under,
            "chat_instance": "ci",
            "data": message.buttons[label],
        }
        self.state.add_update({"update_id": number, **self.dialect.written({"callback_query": callback})})
        return number


def _until(condition: Callable[[], bool], timeout: float) -> None:
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "the server did not start"
        time.sleep(0.005)
