"""Connections, over real sockets: whoever sends or reads too slowly is cut off, and others are served meanwhile."""

from __future__ import annotations

import pickle
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from service.http.connections import ConnectionGuard, server_options
from service.settings import ConnectionSettings, Settings
from tests.faults.living import Service, started

ENDS_WITHIN_S = 20  # far more than it takes
QUICK = ConnectionSettings(total=50, per_address=40, header_s=1, body_s=1, send_s=1)
HEAD = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"


async def echo(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def endless(request: Request) -> Response:
    async def pieces() -> Any:
        while True:
            yield b"x" * 65_536
            await anyio.sleep(0)  # where nobody is left to read, sending waits for nothing

    return StreamingResponse(pieces())


APP = Starlette(routes=[Route("/echo", echo, methods=["GET", "POST"]), Route("/endless", endless)])


@dataclass
class Place:
    """A server, and sockets that lead to it."""

    port: int
    guard: ConnectionGuard

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        connection = socket.create_connection(
            ("127.0.0.1", self.port), timeout=ENDS_WITHIN_S, source_address=(source, 0)
        )
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        return connection

    def is_served(self) -> bool:
        return httpx.post(f"http://127.0.0.1:{self.port}/echo", content=b"abc", timeout=ENDS_WITHIN_S).text == "3"


@contextmanager
def serving(limits: ConnectionSettings, *proxies: str) -> Iterator[Place]:
    guard = ConnectionGuard(limits, tuple(ip_network(proxy) for proxy in proxies))
    options = {"http": guard, "ws": "none", "log_level": "error", "lifespan": "off", "timeout_graceful_shutdown": 1}
    listening = socket.create_server(("127.0.0.1", 0), backlog=1000)
    server = uvicorn.Server(uvicorn.Config(APP, **options))  # type: ignore[arg-type]
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield Place(listening.getsockname()[1], guard)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.fixture
def place() -> Iterator[Place]:
    with serving(QUICK) as place:
        yield place


def rest_of(connection: socket.socket) -> bytes:
    """Return what comes until the server closes, which it must."""
    received = b""
    try:
        while piece := connection.recv(65_536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def is_cut_off(connection: socket.socket, drip: bytes) -> bool:
    """Send a little at a time, as slow clients do, until the server has had enough of it."""
    ends = time.monotonic() + ENDS_WITHIN_S
    connection.settimeout(0.1)
    while time.monotonic() < ends:
        try:
            connection.sendall(drip)
            if not connection.recv(65_536):
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


@pytest.mark.parametrize(
    ("begun", "drip"),
    [
        (b"", b""),  # nothing at all
        (b"GET /echo HTTP/1.1\r\n", b"X-A: b\r\n"),  # a head that never ends
        (HEAD, b"x"),  # a body that comes a byte at a time
        (HEAD, b""),
        (b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"GET /echo HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n"),  # blank lines after an answer
        (b"GET /echo HTTP/1.1\r\nHost: x\r\n\r\nGET /echo HTTP/1.1\r\n", b"X-A: b\r\n"),
        (b"POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", b"x"),  # answered before its body is there
    ],
)
def test_a_request_that_never_ends_is_cut_off_and_others_are_served(place: Place, begun: bytes, drip: bytes) -> None:
    with closing(place.connect()) as slow:
        slow.sendall(begun)
        assert place.is_served()
        assert is_cut_off(slow, drip)
        assert place.is_served()


def test_a_head_that_is_late_is_told_so(place: Place) -> None:
    with closing(place.connect()) as slow:
        slow.sendall(b"GET /echo HTTP/1.1\r\n")
        assert rest_of(slow).startswith(b"HTTP/1.1 408 ")


def test_a_client_that_does_not_read_its_answer_is_cut_off(place: Place) -> None:
    with closing(place.connect()) as slow:
        slow.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        assert place.is_served()
        until_none_is_open(place)
        assert place.is_served()


def until_none_is_open(place: Place) -> None:
    ends, pause = time.monotonic() + ENDS_WITHIN_S, threading.Event()
    while place.guard._open:
        assert time.monotonic() < ends, "a connection stays open"
        pause.wait(0.05)


def test_a_body_that_comes_steadily_may_take_longer(place: Place) -> None:
    pause, piece = threading.Event(), b"x" * 2000
    with closing(place.connect()) as steady:
        steady.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10000\r\n\r\n")
        for _ in range(5):  # twice as long as a body may take that comes slower than 1,000 bytes a second
            steady.sendall(piece)
            pause.wait(0.5)
        assert rest_of(steady).endswith(b"10000")


def test_a_kept_connection_serves_one_request_after_the_other(place: Place) -> None:
    pause = threading.Event()
    with httpx.Client(base_url=f"http://127.0.0.1:{place.port}") as client:
        for _ in range(4):  # longer, in all, than one head or body may take
            assert client.post("/echo", content=b"ab").text == "2"
            pause.wait(0.6)


def test_nine_hundred_unfinished_requests_are_not_kept_and_a_client_is_served_all_the_while() -> None:
    with serving(QUICK, "127.0.0.0/8") as place, ExitStack() as sockets:  # from a proxy: only the total counts
        for number in range(900):
            slow = sockets.enter_context(closing(place.connect()))
            slow.sendall(b"GET /echo HTTP/1.1\r\n" if number % 2 else HEAD[:-2])
            if number % 100 == 0:
                assert place.is_served()
            assert len(place.guard._open) <= QUICK.total
        assert place.is_served()
        until_none_is_open(place)


def test_one_address_does_not_take_the_place_of_others() -> None:
    limits = replace_limits(total=20, per_address=5, header_s=600)
    with serving(limits) as place, ExitStack() as sockets:
        crowd = [sockets.enter_context(closing(place.connect("127.0.0.2"))) for _ in range(50)]
        other = sockets.enter_context(closing(place.connect("127.0.0.3")))
        assert place.is_served()
        open_by_network = place.guard._by_network
        assert open_by_network["127.0.0.2"] == 5
        other.sendall(b"GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert rest_of(other).endswith(b"0")
        assert sum(is_closed(connection) for connection in crowd) == 45


def replace_limits(**changes: int) -> ConnectionSettings:
    return QUICK.model_copy(update=changes)


def is_closed(connection: socket.socket, wait_s: float = 0.2) -> bool:
    connection.settimeout(wait_s)
    try:
        while connection.recv(65_536):  # an answer may come before the end
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def test_where_all_are_busy_the_next_one_is_told_to_come_back() -> None:
    with serving(replace_limits(total=2, body_s=600)) as place, ExitStack() as sockets:
        for _ in range(2):
            busy = sockets.enter_context(closing(place.connect()))
            busy.sendall(HEAD)
        wait_for_bodies(place, 2)
        refused = sockets.enter_context(closing(place.connect()))
        assert rest_of(refused).startswith(b"HTTP/1.1 503 ")


def wait_for_bodies(place: Place, count: int) -> None:
    ends, pause = time.monotonic() + ENDS_WITHIN_S, threading.Event()
    while sum(connection.received == 0 and connection.phase.name == "BODY" for connection in place.guard._open) < count:
        assert time.monotonic() < ends
        pause.wait(0.02)


def test_no_limit_is_no_limit() -> None:
    with serving(replace_limits(total=0, per_address=0)) as place, ExitStack() as sockets:
        for _ in range(60):
            sockets.enter_context(closing(place.connect()))
        assert place.is_served()
        assert len(place.guard._open) >= 60


@pytest.mark.soak
@pytest.mark.parametrize("workers", ["1", "2"])
def test_32_clients_are_served_beside_a_slow_attacker(tmp_path: Path, workers: str) -> None:
    with started(tmp_path, workers) as service, ExitStack() as sockets:
        attacker = SlowAttacker(urlsplit(service.url).port or 0, sockets)
        attacking = threading.Thread(target=attacker.attack)
        attacking.start()
        try:
            assert attacker.has_filled.wait(120)
            with ThreadPoolExecutor(32) as clients:
                statuses = list(clients.map(lambda _: ask_ten_times(service), range(32)))
        finally:
            attacker.is_over.set()
            attacking.join()
        assert Counter(status for of_one in statuses for status in of_one) == {200: 32 * 10}
        ends, pause = time.monotonic() + 60, threading.Event()
        while still_open := [kept for kept in attacker.connections if not is_closed(kept, 0.001)]:
            assert time.monotonic() < ends, f"{len(still_open)} unfinished requests stay open"
            pause.wait(1)


def ask_ten_times(service: Service) -> list[int]:
    statuses = []
    for number in range(10):
        with httpx.Client(timeout=60, verify=False) as client:  # a connection for each request
            statuses.append(service.search(client, f"partie {number}").status_code)
    return statuses


@dataclass
class SlowAttacker:
    """Holds 700 unfinished requests open, more than the service keeps, and opens those anew that are closed."""

    port: int
    sockets: ExitStack
    connections: list[socket.socket] = field(default_factory=list)
    has_filled: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)

    def attack(self) -> None:
        while not self.is_over.wait(3):
            for number in range(700):
                if number == len(self.connections):
                    self.connections.append(self._connect(number))
                try:
                    self.connections[number].send(b"X" if number % 2 else b"X-A: b\r\n")
                except OSError:
                    self.connections[number].close()
                    self.connections[number] = self._connect(number)
            self.has_filled.set()

    def _connect(self, number: int) -> socket.socket:
        made = self.sockets.enter_context(closing(socket.create_connection(("127.0.0.1", self.port), timeout=60)))
        head = b"POST /api/v1/search HTTP/1.1\r\nHost: x\r\n"
        made.sendall(head + b"Content-Length: 60000\r\n\r\n" if number % 2 else head)
        return made


def test_workers_receive_the_same_limits_and_proxies() -> None:
    settings = Settings(connections=QUICK, proxies="10.0.0.1, 192.0.2.0/24")
    options = pickle.loads(pickle.dumps(server_options(settings)))
    assert options["http"] == ConnectionGuard(QUICK, (ip_network("10.0.0.1/32"), ip_network("192.0.2.0/24")))
    assert options["forwarded_allow_ips"] == "10.0.0.1, 192.0.2.0/24"
