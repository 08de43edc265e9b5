"""Pin requirements/*.in anew: whole versions with hashes, no addresses of indexes (`make requirements`)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
_ALWAYS = ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--quiet"]
_ALWAYS += ["--custom-compile-command", "make requirements"]
_EVERYWHERE = ["--universal", "--python-version", "3.11"]
_RASA = ["--python-version", "3.10", "--override", "requirements/rasa-overrides.txt"]

FILES = {  # dev first: app takes dev's versions, so that one environment can hold both
    "dev": _EVERYWHERE,
    "app": [*_EVERYWHERE, "-c", "requirements/dev.txt"],
    "node": _EVERYWHERE,
    "rasa": _RASA,
}


def main() -> int:
    for name, options in FILES.items():
        print(f"  requirements/{name}.txt", flush=True)
        command = [str(UV), "pip", "compile", *_ALWAYS, *options, *sys.argv[1:]]
        run = subprocess.run(
            [*command, f"requirements/{name}.in", "-o", f"requirements/{name}.txt"], cwd=ROOT, check=False
        )
        if run.returncode != 0:
            return run.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
