"""`hamyar backup` and `hamyar restore`: the database and the attachments as one archive.

A backup of SQLite is taken through SQLite's own online copy, so Hamyar may go on running; PostgreSQL's by `pg_dump`.
The archive holds personal data: it is written with mode 600, and belongs where the database belongs.

    SafekeepingError      one sentence: what could not be saved or read
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from app.settings import Settings

SQLITE_NAME, DUMP_NAME, FILES_NAME = "hamyar.db", "hamyar.dump", "attachments"


class SafekeepingError(Exception):
    pass


def back_up(settings: Settings, target: Path) -> None:
    """Write the archive `target` (.tar.gz). Raises SafekeepingError."""
    url = make_url(settings.database_url)
    with tempfile.TemporaryDirectory() as folder:
        if settings.is_sqlite:
            name = SQLITE_NAME
            _copy_sqlite(Path(url.database or ""), Path(folder) / name)
        else:
            name = DUMP_NAME
            _postgres("pg_dump", url, ["--format=custom", "--file", str(Path(folder) / name)])
        beside = target.with_suffix(".part")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as written, tarfile.open(fileobj=written, mode="w:gz") as archive:
            archive.add(Path(folder) / name, name)
            if settings.hamyar_attachments.is_dir():
                archive.add(settings.hamyar_attachments, FILES_NAME)
        beside.replace(target)


def restore(settings: Settings, source: Path) -> None:
    """Put an archive back into an empty place; nothing is overwritten. Raises SafekeepingError."""
    url = make_url(settings.database_url)
    with tempfile.TemporaryDirectory() as unpacked:
        folder = Path(unpacked)
        try:
            with tarfile.open(source) as archive:
                archive.extractall(folder, filter="data")
        except (OSError, tarfile.TarError) as error:
            raise SafekeepingError(f"{source} cannot be read as a backup: {type(error).__name__}") from error
        files = settings.hamyar_attachments
        if files.is_dir() and any(files.iterdir()):
            raise SafekeepingError(f"{files} is not empty: move it away first")
        if settings.is_sqlite:
            _restore_sqlite(folder / SQLITE_NAME, Path(url.database or ""))
        else:
            if not (folder / DUMP_NAME).exists():
                raise SafekeepingError(f"{source} is a backup of another kind of database")
            _postgres("pg_restore", url, ["--exit-on-error", "--no-owner", str(folder / DUMP_NAME)])
        if (folder / FILES_NAME).is_dir():
            shutil.copytree(folder / FILES_NAME, files, dirs_exist_ok=True)


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise SafekeepingError(f"there is no database {source}")
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as live, sqlite3.connect(target) as copy:
        live.backup(copy)
    live.close()
    copy.close()


def _restore_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise SafekeepingError("this is a backup of another kind of database")
    if target.exists():
        raise SafekeepingError(f"{target} exists: move it away first")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _postgres(program: str, url: URL, arguments: list[str]) -> None:
    """One of PostgreSQL's own tools; the password goes through the environment, not the command line."""
    environment = {**os.environ, "PGPASSWORD": url.password or ""}
    connection = [
        "--host",
        url.host or "localhost",
        "--dbname",
        url.database or "",
        "--username",
        url.username or "",
    ]
    if url.port:
        connection += ["--port", str(url.port)]
    host = url.query.get("host")
    if isinstance(host, str):  # a socket's folder
        connection[1] = host
    try:
        done = subprocess.run(
            [program, *connection, *arguments], env=environment, check=False, capture_output=True, text=True
        )
    except FileNotFoundError:
        raise SafekeepingError(f"{program} is missing: install the PostgreSQL client") from None
    if done.returncode:
        raise SafekeepingError(
            f"{program}: {done.stderr.strip().splitlines()[-1] if done.stderr else done.returncode}"
        )
