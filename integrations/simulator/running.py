"""The simulator in a thread of this process, on a port of its own: for tests, benchmarks and fault runs."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from types import TracebackType

import uvicorn

from integrations.listening import open_listener
from integrations.mail.route import MailRoute, mail_route
from integrations.registry import SYSTEMS_FOLDER, load_registry
from integrations.simulator.application import create_app
from integrations.simulator.city import SimulatedCity
from integrations.simulator.faults import FaultPlan

_WAIT_SECONDS = 10.0


def letters_to(listener: socket.socket) -> MailRoute:
    """The way to the mailboxes that are served on this socket."""
    host, port = listener.getsockname()[:2]
    return mail_route(f"smtp://{host}:{port}", "hamyar@city.example", "simulated")


class RunningSimulator:
    """`with RunningSimulator() as simulator:` then `simulator.url`, `.mail`, `.city` (its stores) and `.faults`.

    `folder`: the system files. `state`: the file that survives. `seed`: of the faults.
    """

    def __init__(
        self, folder: Path = SYSTEMS_FOLDER, *, state: Path | None = None, seed: int = 0, port: int = 0
    ) -> None:
        # The socket is bound here, so the address is known before the server runs and no other can take it.
        self._socket = open_listener("127.0.0.1", port)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._letters = open_listener("127.0.0.1", 0)
        self.mail = letters_to(self._letters)
        registry = load_registry(folder, {}, self.url, self.mail)
        app = create_app(registry, state=state, seed=seed, mail=self._letters)
        self.city: SimulatedCity = app.state.city
        self.faults: FaultPlan = app.state.faults
        config = uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="simulator", daemon=True
        )

    def start(self) -> RunningSimulator:
        """Start and wait until it answers. RuntimeError where it does not within ten seconds."""
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(_WAIT_SECONDS / 0.01)):
            if self._server.started:
                return self
            waited.wait(0.01)
        raise RuntimeError("the simulator did not start")

    def stop(self) -> None:
        """Stop and wait until the thread is gone."""
        self._server.should_exit = True
        self._thread.join(_WAIT_SECONDS)
        self._socket.close()
        self._letters.close()

    def __enter__(self) -> RunningSimulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
