"""`python -m integrations.simulator [--host 127.0.0.1] [--port 8090] [--state FILE] [--progress SECONDS]
[--mail-port 2525]`."""

from __future__ import annotations

import argparse
import socket
import sys
from pathlib import Path

import uvicorn

from integrations.file_checks import RegistryError
from integrations.listening import open_listener
from integrations.registry import SYSTEMS_FOLDER, load_registry
from integrations.simulator.application import create_app
from integrations.simulator.running import letters_to


def main() -> int:
    """Serve until a signal ends it; 2 where the system files are wrong or the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m integrations.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one")
    parser.add_argument("--state", type=Path, help="a file that keeps the requests over a restart")
    parser.add_argument("--systems", type=Path, default=SYSTEMS_FOLDER, help="the folder of system files")
    parser.add_argument("--seed", type=int, default=0, help="of the faults")
    parser.add_argument("--progress", type=float, help="seconds after which requests move on by themselves")
    parser.add_argument(
        "--mail-port", type=int, help="serve the mailboxes of desks with e-mail; 0 takes a free one"
    )
    asked = parser.parse_args()
    mail: socket.socket | None = None
    try:
        server_socket = open_listener(asked.host, asked.port)
        url = f"http://{asked.host}:{server_socket.getsockname()[1]}"
        route = None
        if asked.mail_port is not None:
            mail = open_listener(asked.host, asked.mail_port)
            route = letters_to(mail)
        registry = load_registry(asked.systems, {}, url, route)
    except (RegistryError, OSError) as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 2
    app = create_app(registry, state=asked.state, seed=asked.seed, progress_seconds=asked.progress, mail=mail)
    letters = f", letters to port {mail.getsockname()[1]}" if mail else ""
    sys.stdout.write(f"simulated city: {url}/ ({len(registry.systems)} systems){letters}\n")
    sys.stdout.flush()
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    uvicorn.Server(config).run(sockets=[server_socket])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
