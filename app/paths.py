"""Where things lie: the folder of the project and what is made at run time below it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
"""Database, attachments, tokens, logs: what a running system writes. Never in git."""
LOGS = VAR / "log"
MODELS = ROOT / "models"
DATA = ROOT / "data"
RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
