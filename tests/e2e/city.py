"""The whole of Hamyar as processes on loopback: two messengers of our own, real Rasa, the simulated city, all roles."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from app.paths import ROOT
from app.rasa_service import free_port
from app.schema import upgrade
from casework.store import open_store
from casework.tables import Conversation, OperatorTask, OutboxMessage
from integrations.registry import SYSTEMS_FOLDER, load_registry
from tests.botapi import TOKEN, BotApiServer, Sent
from tests.support.speech import RunningRecogniser

LAMP = "چراغ برق کوچهٔ هدایت ۱۰ خاموش است"
SECRET = "a-secret-for-the-end-to-end-tests-only"


@dataclass
class City:
    """`telegram` and `bale` are the Bot API servers, `web` and `simulator` base URLs."""

    folder: Path
    rasa_url: str
    rasa_token: str
    database_url: str
    telegram: BotApiServer = field(default_factory=lambda: BotApiServer("telegram"))
    bale: BotApiServer = field(default_factory=lambda: BotApiServer("bale"))
    recogniser: RunningRecogniser = field(default_factory=RunningRecogniser)
    role_command: Callable[[str], list[str]] = lambda role: ["-m", "app", "run", "--role", role]
    settings: dict[str, str] = field(default_factory=dict)
    """Others than those of the tests."""
    at_its_own_pace: bool = False
    """The systems are asked as often as their files say, not every three seconds as simulated ones are."""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    web: str = ""
    simulator: str = ""

    def start(self) -> None:
        """Start everything and wait until it answers."""
        upgrade(self.database_url)
        self.telegram.start()
        self.bale.start()
        self.recogniser.start()
        web_port, simulator_port = free_port(), free_port()
        self.web, self.simulator = f"http://127.0.0.1:{web_port}", f"http://127.0.0.1:{simulator_port}"
        self.environment = {
            **os.environ,
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": self.telegram.url,
            "BALE_BOT_TOKEN": TOKEN,
            "BALE_API_URL": self.bale.url,
            "DATABASE_URL": self.database_url,
            "RASA_URL": self.rasa_url,
            "RASA_TOKEN": self.rasa_token,
            "HAMYAR_PORT": str(web_port),
            "HAMYAR_SIMULATOR_URL": self.simulator,
            "HAMYAR_SYSTEMS": "simulator",
            "HAMYAR_SECRET_KEY": SECRET,
            "HAMYAR_ATTACHMENTS": str(self.folder / "attachments"),
            "HAMYAR_SPEECH_URL": self.recogniser.url,
            "HAMYAR_GROUPING_SECONDS": "0.2",
            "PYTHONPATH": str(ROOT),
            **(own_files(self.simulator) if self.at_its_own_pace else {}),
            **self.settings,
        }
        state = [
            "--host",
            "127.0.0.1",
            "--port",
            str(simulator_port),
            "--state",
            str(self.folder / "city.json"),
        ]
        self._run("simulator", ["-m", "integrations.simulator", *state])
        for role in ("worker", "bot", "web"):
            self.start_role(role)
        _until_answers(f"{self.simulator}/healthz")
        _until_answers(f"{self.web}/readyz")

    def start_role(self, role: str) -> None:
        self._run(role, self.role_command(role))

    def kill(self, role: str) -> None:
        """`kill -9` of one role."""
        self.processes[role].kill()
        self.processes[role].wait()

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.telegram.stop()
        self.bale.stop()
        self.recogniser.stop()

    def restart(self, *roles: str, **environment: str) -> None:
        """These roles anew, with other settings; ended as a person ends them."""
        self.environment |= environment
        for role in roles:  # they end side by side
            self.processes[role].terminate()
        for role in roles:
            self.processes[role].wait(20)
            self.start_role(role)
        _until_answers(f"{self.web}/readyz")

    def hears_by(self, mode: str) -> None:
        """`polling`: both messengers are asked for what citizens write; `webhook`: they post it to us."""
        if self.environment.get("BALE_MODE", "polling") != mode:
            public = self.web if mode == "webhook" else ""
            self.restart("bot", "web", TELEGRAM_MODE=mode, BALE_MODE=mode, HAMYAR_PUBLIC_URL=public)

    def filed_under(self, tracking_number: str) -> list[dict[str, Any]]:
        """What the simulated systems hold under our tracking number."""
        return [one for one in self.all_filed() if str(one["key"]).startswith(tracking_number)]

    def all_filed(self) -> list[dict[str, Any]]:
        """All that the simulated systems hold."""
        found: list[dict[str, Any]] = httpx.get(f"{self.simulator}/_control/requests", trust_env=False).json()
        return found

    async def until_filed(self, tracking_number: str) -> dict[str, Any]:
        """The request as the municipal system has it: exactly one."""
        await self.telegram.wait_for(lambda: bool(self.filed_under(tracking_number)), 60)
        (there,) = self.filed_under(tracking_number)
        return there

    def moves(self, there: dict[str, Any], status: str, notes: str = "", photos: Sequence[str] = ()) -> None:
        """The municipal system changes the status of a request it holds, and may show photos of what it has done."""
        change = {"system": there["system"], "number": there["number"], "status": status, "notes": notes}
        change |= {"photos": list(photos)} if photos else {}
        moved = httpx.post(f"{self.simulator}/_control/status", json=change, trust_env=False)
        assert moved.status_code == 200, moved.text

    async def rows_of(self, citizen: Citizen, table: type[OutboxMessage | OperatorTask], *more: Any) -> int:
        """How many rows of a table belong to a chat."""
        count = (
            select(func.count())
            .select_from(table)
            .join(Conversation, table.conversation_id == Conversation.id)
            .where(
                Conversation.channel == citizen.server.mode, Conversation.chat_id == str(citizen.chat), *more
            )
        )
        store = open_store(self.database_url)
        async with store.read() as session:
            found = await session.scalar(count)
        await store.close()
        return found or 0

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def _run(self, name: str, arguments: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )


@dataclass
class Citizen:
    """Somebody who chats on one of the messengers, and reads what comes back."""

    server: BotApiServer
    chat: int
    read: int = 0

    async def files(self) -> str:
        """A request, confirmed; its tracking number."""
        self.writes(LAMP)
        self.presses(await self.hears("درست است؟", "هدایت ۱۰"), "ثبت شود")
        return number_in((await self.hears("شمارهٔ پیگیری")).text)

    def writes(self, text: str) -> None:
        self.server.citizen_sends(self.chat, text)

    def sends(self, **content: Any) -> None:
        self.server.citizen_sends(self.chat, **content)

    async def hears(self, *parts: str, timeout: float = 60.0) -> Sent:
        """The next message that has all these parts; those before it are passed over."""
        end, begin = time.monotonic() + timeout, self.read
        while True:
            try:
                await self.server.wait_for(
                    lambda: len(self.server.messages_to(self.chat)) > self.read,
                    max(0.1, end - time.monotonic()),
                )
            except AssertionError:
                heard = [message.text for message in self.server.messages_to(self.chat)[begin:]]
                raise AssertionError(f"waited for {parts}, heard {heard}") from None
            message = self.server.messages_to(self.chat)[self.read]
            self.read += 1
            if all(part in message.text for part in parts):
                return message

    def presses(self, message: Sent, label: str) -> None:
        """The button whose label contains `label`."""
        found = next(button for button in message.buttons if label in button)
        self.server.citizen_sends(self.chat, press=(message, found))


def number_in(text: str) -> str:
    """The tracking number of a message, in Latin digits."""
    shown = re.search(r"[۰-۹]{3}\u00a0[۰-۹]{3}\u00a0[۰-۹]{3}", text)
    assert shown, f"no tracking number in {text!r}"
    return "".join(str("۰۱۲۳۴۵۶۷۸۹".index(digit)) for digit in shown.group() if digit != "\u00a0")


def own_files(simulator: str, folder: Path = SYSTEMS_FOLDER) -> dict[str, str]:
    """The system files of a folder, at their own pace, with the simulator's addresses (it knows them by these names and
    secrets)."""
    found = {"HAMYAR_SYSTEMS": str(folder)}
    for system in load_registry(folder).systems.values():
        for place, name in enumerate(system.environment_names):  # the address comes first
            found[name] = "simulated" if place else f"{simulator}/{system.name}"
    return found


def _until_answers(url: str, timeout: float = 90.0) -> None:
    end = time.monotonic() + timeout
    last: object = None
    while time.monotonic() < end:
        try:
            answer = httpx.get(url, timeout=2.0, trust_env=False)
            if answer.status_code == 200:
                return
            last = answer.text
        except httpx.HTTPError as error:
            last = error
        time.sleep(0.2)
    raise AssertionError(f"{url} did not answer in {timeout:g} s: {last}")
