"""Starts the parts of Hamyar, starts again one that dies, and stops all of them together.

Each part runs in a process group of its own. A part that dies is started again after 1, 2, 4 … 30 s. One that ends
three times before it was ever ready, or with exit code 78 (wrong configuration), ends everything with its last words:
going on would only hide the reason. What the parts print goes, masked, to `var/log/<part>.log`; warnings are shown.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path

import httpx

from app.lifeline import VARIABLE, die_with_parent
from app.logs import mask
from app.parts import Part, child_environment
from app.paths import LOGS, ROOT
from app.rasa_service import WrongModel
from casework.pause import pause

WRONG_CONFIGURATION = 78
"""Exit code of a part that cannot start with these settings (EX_CONFIG of sysexits.h)."""
STOP_SECONDS = 10.0
_LONGEST_PAUSE = 30.0
_STEADY_SECONDS = 60.0
_TRIES_BEFORE_READY = 3
_SETTLED_SECONDS = 4.0
"""A part without a question for its readiness that cannot start at all ends within this."""


class Supervisor:
    """Runs `parts` until `stop` is called, a signal comes (`on_signals`), or one cannot be started.

    `say` gets one line at a time for the person at the terminal.
    """

    def __init__(self, parts: list[Part], say: Callable[[str], None], logs: Path = LOGS) -> None:
        self.parts, self.say, self.logs = parts, say, logs
        self.ready = asyncio.Event()
        """Set when every part was ready once."""
        self.processes: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()
        self._failed = False
        self._was_ready: set[str] = set()
        self._last_words: dict[str, deque[str]] = {part.name: deque(maxlen=6) for part in parts}
        self._files = {part.name: _log_file(logs, part.name) for part in parts}

    def stop(self) -> None:
        """Ask all parts to end; `run` returns when they have."""
        self._stopping.set()

    def on_signals(self) -> None:
        """Stop on SIGINT and SIGTERM; a second one ends the parts at once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal)

    def _on_signal(self) -> None:
        if self._stopping.is_set():
            self._signal_all(signal.SIGKILL)
        else:
            self.say("Stopping …")
        self.stop()

    async def run(self) -> int:
        """0 after a clean stop, 1 where a part could not be started."""
        keepers = [asyncio.create_task(self._keep(part), name=part.name) for part in self.parts]
        announcer = asyncio.create_task(self._announce())
        try:
            await self._stopping.wait()
        finally:
            announcer.cancel()
            await self._end_all(keepers)
            for handler in self._files.values():
                handler.close()
        return 1 if self._failed else 0

    async def _keep(self, part: Part) -> None:
        deaths, wait = 0, 1.0
        while not self._stopping.is_set():
            started = time.monotonic()
            code = await self._run_once(part)
            if self._stopping.is_set():
                return
            deaths += 1
            hopeless = part.name not in self._was_ready and deaths >= _TRIES_BEFORE_READY
            if code == WRONG_CONFIGURATION or hopeless:
                self._give_up(part, code)
                return
            if time.monotonic() - started > _STEADY_SECONDS:
                wait = 1.0
            self.say(f"  {part.title} ended ({_ending(code)}); starting it again in {wait:.0f} s")
            await pause(self._stopping, wait)
            wait = min(wait * 2, _LONGEST_PAUSE)

    async def _run_once(self, part: Part) -> int:
        try:
            process = await asyncio.create_subprocess_exec(
                *part.command,
                stdin=asyncio.subprocess.PIPE,  # the lifeline: nobody writes to it
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd=ROOT,
                env=child_environment(part, VARIABLE),
                start_new_session=True,
                preexec_fn=die_with_parent(os.getpid()),
                limit=1 << 20,
            )
        except OSError as error:
            self._note(part, f"{part.command[0]}: {error.strerror}")
            return 127
        self.processes[part.name] = process
        if self._stopping.is_set():
            _signal_group(process.pid, signal.SIGTERM)
        listening = asyncio.create_task(self._listen(part, process))
        # Not `process.wait()`: it may wait for the pipe too, which a grandchild could hold open.
        while process.returncode is None:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        _signal_group(process.pid, signal.SIGKILL)  # whatever it left behind
        await listening
        self.processes.pop(part.name, None)
        return process.returncode

    async def _listen(self, part: Part, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # a line longer than the limit; it was thrown away
                continue
            if not line:
                return
            self._note(part, line.decode("utf-8", errors="replace").rstrip())

    def _note(self, part: Part, line: str) -> None:
        event = _as_event(line)
        # Our own roles have masked their events already; masking again would only blur times and sizes.
        line = line if event else mask(line)
        self._last_words[part.name].append(line)
        self._files[part.name].emit(logging.makeLogRecord({"msg": line}))
        if event and event.get("level") in ("warning", "error", "critical"):
            self.say(f"  {part.name}: {event.get('event', '')} (var/log/{part.name}.log)")

    def _give_up(self, part: Part, code: int) -> None:
        self._failed = True
        self.say(f"\n{part.title} could not be started ({_ending(code)}). Its last words:")
        for line in self._last_words[part.name]:
            event = _as_event(line)
            self.say(f"    {event.get('event', line) if event else line}")
        self.say(f"The whole log: {self.logs / part.name}.log")
        self.stop()

    async def _announce(self) -> None:
        async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client, asyncio.TaskGroup() as waiting:
            for part in self.parts:
                waiting.create_task(self._await_ready(part, client))
        self.ready.set()

    async def _await_ready(self, part: Part, client: httpx.AsyncClient) -> None:
        started = time.monotonic()
        said = False
        while not await self._is_ready(part, client):
            if not said and time.monotonic() - started > part.patience:
                said = True
                self.say(
                    f"  {part.title} is still not ready after {part.patience:.0f} s; see var/log/{part.name}.log"
                )
            await asyncio.sleep(0.2)
        self._was_ready.add(part.name)
        self.say(f"  {part.title}: ready ({time.monotonic() - started:.0f} s)")

    async def _is_ready(self, part: Part, client: httpx.AsyncClient) -> bool:
        process = self.processes.get(part.name)
        if process is None or process.returncode is not None:
            return False
        if part.ready is None:
            await asyncio.sleep(_SETTLED_SECONDS)
            return process.returncode is None
        try:
            return await part.ready(client)
        except WrongModel as wrong:
            self._note(part, str(wrong))
            self._give_up(part, 1)
            return False

    async def _end_all(self, keepers: list[asyncio.Task[None]]) -> None:
        self._signal_all(signal.SIGTERM)
        _, still = await asyncio.wait(keepers, timeout=STOP_SECONDS)
        if still:
            names = ", ".join(sorted(task.get_name() for task in still))
            self.say(f"  {names} did not end within {STOP_SECONDS:.0f} s; ended by force")
            self._signal_all(signal.SIGKILL)
            await asyncio.wait(still, timeout=STOP_SECONDS)
        for task in keepers:
            if task.done() and not task.cancelled():
                task.result()

    def _signal_all(self, number: int) -> None:
        for process in list(self.processes.values()):
            _signal_group(process.pid, number)


def _signal_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass


def _as_event(line: str) -> dict[str, object] | None:
    if not line.startswith("{"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _log_file(folder: Path, name: str) -> RotatingFileHandler:
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        folder / f"{name}.log", maxBytes=5_000_000, backupCount=3, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(message)s"))
    return handler
