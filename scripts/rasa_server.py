"""Rasa's server as the supervisor and the container start it: `python scripts/rasa_server.py MODEL` in .venv-rasa.

It is `rasa run --enable-api` with three differences: the token comes from the environment (RASA_TOKEN), so that no
list of processes shows it; no input channel is opened (without credentials Rasa opens its REST channel, which asks
for no token); and it leaves when standard input closes, if HAMYAR_LIFELINE=1.

Environment: RASA_TOKEN (required), RASA_HOST (127.0.0.1), RASA_PORT (5005).
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from pathlib import Path

_QUIET = {
    "PYTHONWARNINGS": "ignore",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "RASA_TELEMETRY_ENABLED": "false",
    "SANIC_ACCESS_LOG": "false",
    "LOG_LEVEL": "ERROR",
    "LOG_LEVEL_LIBRARIES": "ERROR",
}


def _leave_with_the_supervisor() -> None:
    while os.read(0, 1024):
        pass
    os._exit(0)


def main() -> int:
    if len(sys.argv) != 2 or not os.environ.get("RASA_TOKEN"):
        print("usage: RASA_TOKEN=… python scripts/rasa_server.py MODEL.tar.gz", file=sys.stderr)
        return 2
    model = Path(sys.argv[1]).resolve()
    if not model.is_file():
        # Rasa itself would silently serve the newest other model of that folder.
        print(f"there is no model {model}", file=sys.stderr)
        return 2
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    if os.environ.pop("HAMYAR_LIFELINE", "") == "1":
        threading.Thread(target=_leave_with_the_supervisor, daemon=True).start()
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

    from rasa.core.run import serve_application
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.common import configure_logging_and_warnings
    from rasa.utils.log_utils import configure_structlog

    from nlu.runner import install

    install()

    configure_logging_and_warnings(warn_only_once=True)
    configure_structlog()
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as no_channels:
        no_channels.write("{}\n")
        no_channels.flush()
        serve_application(
            model_path=str(model),
            credentials=no_channels.name,
            interface=os.environ.get("RASA_HOST", "127.0.0.1"),
            port=int(os.environ.get("RASA_PORT", "5005")),
            auth_token=os.environ["RASA_TOKEN"],
            enable_api=True,
            endpoints=AvailableEndpoints(),
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
