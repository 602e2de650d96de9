"""The examples in docs/operations.md: they agree with the settings, and the proxies accept them and do as they say."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.app import UPLOAD_PATHS
from service.settings import ConnectionSettings, Settings
from tests.conftest import ROOT
from tests.service.serving import served

NGINX, CADDY = shutil.which("nginx"), shutil.which("caddy")
SETTINGS, LIMITS = Settings(), ConnectionSettings()


def example(language: str) -> str:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return str(block)


def values(directive: str, text: str) -> list[str]:
    return re.findall(rf"^\s*{directive} +([^;\n]*?);? *(?:#.*)?$", text, re.MULTILINE)


def test_the_limits_of_the_examples_are_those_of_the_settings() -> None:
    nginx, caddy = example("nginx"), example("caddyfile")
    assert values("client_header_timeout", nginx) == values("read_header", caddy) == [f"{LIMITS.header_s}s"]
    assert values("client_body_timeout", nginx) == [f"{LIMITS.body_s}s"]
    assert values("send_timeout", nginx) == [f"{LIMITS.send_s}s"]
    assert values("limit_conn", nginx) == [f"passerelle {LIMITS.per_address}"]
    sizes = [str(SETTINGS.max_body_bytes), str(SETTINGS.max_upload_bytes)]
    assert values("client_max_body_size", nginx) == sorted(values("max_size", caddy), key=int) == sizes
    waits = [int(value.removesuffix("s")) for value in values("proxy_read_timeout", nginx)]
    assert SETTINGS.deadline_s < min(waits)
    address = f"127.0.0.1:{SETTINGS.port}"
    assert {*values("proxy_pass", nginx)} == {f"http://{address}"}
    assert values("reverse_proxy", caddy) == [address]
    assert all(path.removeprefix("/") in nginx and caddy.split().count(path) == 2 for path in UPLOAD_PATHS)


async def seen(request: Request) -> Response:
    body = await request.body()
    names = ("host", "x-forwarded-for", "x-forwarded-proto")
    return JSONResponse({name: request.headers.get(name) for name in names} | {"size": len(body)})


@contextmanager
def behind(command: list[str], port: int) -> Iterator[str]:
    """Run a proxy; yield its address once it listens."""
    with subprocess.Popen(command) as process:
        try:
            wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    pause = threading.Event()
    for _ in range(300):
        assert process.poll() is None, "the proxy has ended"
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            pause.wait(0.1)
        else:
            return
    pytest.fail("the proxy does not listen")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def nginx_config(folder: Path, port: int, service: str) -> Path:
    """Write the example as a whole configuration, without TLS, whose certificates are not here."""
    block = (
        example("nginx").replace("listen 443 ssl", f"listen 127.0.0.1:{port}").replace("http://127.0.0.1:8000", service)
    )
    block = re.sub(r"^\s*ssl_\w+ .*\n", "", block, flags=re.MULTILINE).replace("timeout 10s;", "timeout 1s;")
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    path.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{paths}{block}\n}}\n",
        encoding="utf-8",
    )
    return path


def caddy_config(folder: Path, port: int, service: str) -> Path:
    """Write the example, on a port of this machine without TLS."""
    text = example("caddyfile").replace("passerelle.example.org", f"http://127.0.0.1:{port}")
    text = text.replace("127.0.0.1:8000", service.removeprefix("http://")).replace("read_header 10s", "read_header 1s")
    text = text.replace("{\n", "{\n    admin off\n", 1)
    path = folder / "Caddyfile"
    path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def proxied(name: str, folder: Path) -> Iterator[str]:
    """Serve an application that tells what it is sent, behind the example of a proxy."""
    app = Starlette(routes=[Route(path, seen, methods=["POST"]) for path in ("/", *UPLOAD_PATHS)])
    with served(app) as service:
        port = free_port()
        if name == "nginx":
            command = [str(NGINX), "-c", str(nginx_config(folder, port, service))]
            subprocess.run([*command, "-t"], check=True)
        else:
            config = ["--adapter", "caddyfile", "--config", str(caddy_config(folder, port, service))]
            subprocess.run([str(CADDY), "validate", *config], check=True)
            command = [str(CADDY), "run", *config]
        with behind(command, port) as address:
            yield address


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("nginx", marks=pytest.mark.skipif(not NGINX, reason="nginx is not installed")),
        pytest.param("caddy", marks=pytest.mark.skipif(not CADDY, reason="caddy is not installed")),
    ],
)
def test_a_proxy_says_who_asks_takes_what_the_service_takes_and_cuts_slow_clients_off(
    name: str, tmp_path: Path
) -> None:
    with proxied(name, tmp_path) as address, httpx.Client(base_url=address, timeout=30) as client:
        port = address.rpartition(":")[2]
        answer = client.post("/", content=b"x" * 1000, headers={"X-Forwarded-For": "198.51.100.7"}).json()
        assert answer.pop("host") in {"127.0.0.1", f"127.0.0.1:{port}"}
        assert answer == {"x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http", "size": 1000}
        assert client.post("/", content=b"x" * 70_000).status_code in {413, 502}
        for path in UPLOAD_PATHS:
            assert client.post(path, content=b"x" * 200_000).json()["size"] == 200_000
        with closing(socket.create_connection(("127.0.0.1", int(port)), timeout=20)) as slow:
            slow.sendall(b"GET / HTTP/1.1\r\n")
            assert b"200" not in slow.recv(1000)
