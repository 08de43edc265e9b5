"""Bring a database to the newest schema (Alembic, `casework/migrations/`)."""

from __future__ import annotations

from alembic import command
from alembic.config import Config

from app.paths import ROOT

MIGRATIONS = ROOT / "casework" / "migrations"


def alembic_config(database_url: str) -> Config:
    """Alembic's configuration for one database; `env.py` reads `sqlalchemy.url` from it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    return config


def upgrade(database_url: str) -> None:
    """Run what migrations are missing; makes SQLite's folder. Not from inside a running event loop."""
    if database_url.startswith("sqlite"):
        from pathlib import Path

        from sqlalchemy.engine import make_url

        Path(make_url(database_url).database or "").parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(alembic_config(database_url), "head")
