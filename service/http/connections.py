"""Connections under uvicorn: how many, and how long an unfinished request or an answer nobody reads keeps one.

uvicorn itself waits for ever for the rest of a request (encode/uvicorn#1217: a reverse proxy is expected to see to it).
Here a connection is closed when the head, the body or the reading of an answer takes too long. At a limit, the
connection that has waited longest without a request makes room for the next one, so that whoever sends a request is
served although somebody holds open all there are.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.http.rate_limits import network_of
from service.setting_values import Network
from service.settings import ConnectionSettings, Settings

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

log = logging.getLogger("passerelle.connections")

LOOK_EVERY_S: Final = 0.5
SLOWEST: Final = 1000  # bytes of a body a second, after its first PASSERELLE_CONNECTIONS_BODY seconds
TOO_LATE: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOO_MANY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)


class Phase(Enum):
    """What a connection waits for."""

    IDLE = auto()  # another request; uvicorn closes it after its keep-alive time
    HEAD = auto()
    BODY = auto()
    ANSWER = auto()  # the application


class GuardedConnection(HttpToolsProtocol):
    """A connection that knows what it has been waiting for, and since when."""

    def __init__(self, guard: ConnectionGuard, **parts: Any) -> None:
        super().__init__(**parts)
        self.guard = guard
        self.network = ""
        self.phase, self.since = Phase.HEAD, self.loop.time()
        self.received = 0  # bytes of the body
        self.unread_since = self.since  # since when the client has read nothing of what is written

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.network = network_of(self.client[0]) if self.client else ""
        if not self.guard.admit(self):
            self.connections.discard(self)
            transport.write(TOO_MANY)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.guard.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self.phase is Phase.IDLE:  # even a blank line, which ends the keep-alive time
            self._enter(Phase.HEAD)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._enter(Phase.BODY)
        self.received = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.received += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._enter(Phase.IDLE if self.cycle.response_complete else Phase.ANSWER)

    def on_response_complete(self) -> None:
        if self.phase is Phase.ANSWER:
            self._enter(Phase.IDLE)
        super().on_response_complete()

    def resume_writing(self) -> None:
        self.unread_since = self.loop.time()
        super().resume_writing()

    def close_if_late(self, now: float, limits: ConnectionSettings) -> bool:
        """Close the connection when its client takes too long; say whether it did."""
        if not self.transport.get_write_buffer_size():
            self.unread_since = now
        elif now - self.unread_since > limits.send_s:
            self.transport.abort()
            return True
        if not self._is_late(now, limits) or self.transport.is_closing():
            return False
        self.refuse(TOO_LATE)
        return True

    def refuse(self, answer: bytes) -> None:
        """Close the connection, with an answer where none is under way."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(answer)
            self.transport.close()
        else:
            self.transport.abort()

    def _is_late(self, now: float, limits: ConnectionSettings) -> bool:
        if self.phase is Phase.HEAD:
            return now - self.since > limits.header_s
        if self.phase is Phase.BODY and self.flow.read_paused:  # the application is slow, not the client
            self.since = min(now, self.since + LOOK_EVERY_S)
        return self.phase is Phase.BODY and now - self.since > limits.body_s + self.received / SLOWEST

    def _enter(self, phase: Phase) -> None:
        self.phase, self.since = phase, self.loop.time()


@dataclass
class ConnectionGuard:
    """Makes a server's connections and closes those that take too long; one for each process.

    It takes the place of a protocol class in uvicorn's configuration, which workers receive pickled, before use.
    """

    limits: ConnectionSettings
    unlimited: tuple[Network, ...]  # proxies: through each come many clients
    _open: dict[GuardedConnection, None] = field(default_factory=dict, repr=False)  # the oldest first
    _by_network: Counter[str] = field(default_factory=Counter, repr=False)
    _is_looking: bool = field(default=False, repr=False)

    def __call__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> GuardedConnection:
        """Return the protocol of a new connection, as uvicorn calls a protocol class."""
        return GuardedConnection(self, config=config, server_state=server_state, app_state=app_state, _loop=_loop)

    def admit(self, connection: GuardedConnection) -> bool:
        """Count a new connection; say whether there is room for it."""
        of_network = self._by_network[connection.network]
        if self.limits.per_address and of_network >= self.limits.per_address and not self._is_unlimited(connection):
            others = (other for other in self._open if other.network == connection.network)
            if not self._make_room(others):
                return False
        if self.limits.total and len(self._open) >= self.limits.total and not self._make_room(self._open):
            return False
        self._open[connection] = None
        self._by_network[connection.network] += 1
        if not self._is_looking:
            self._is_looking = True
            connection.loop.call_later(LOOK_EVERY_S, self._look, connection.loop)
        return True

    def forget(self, connection: GuardedConnection) -> None:
        """Count a connection no more; one that was not admitted, or is forgotten, never was."""
        if connection in self._open:
            del self._open[connection]
            self._by_network[connection.network] -= 1
            if not self._by_network[connection.network]:
                del self._by_network[connection.network]

    def _make_room(self, candidates: Iterable[GuardedConnection]) -> bool:
        """Close the connection that has waited longest without a request; say whether there was one."""
        waiting = [other for other in candidates if other.phase in (Phase.IDLE, Phase.HEAD)]
        if not waiting:
            return False
        longest = min(waiting, key=lambda other: other.since)
        self.forget(longest)
        longest.transport.abort()
        return True

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        closed = sum(connection.close_if_late(now, self.limits) for connection in list(self._open))
        if closed:
            log.warning("closed %s connections whose clients sent or read too slowly", closed)
        self._is_looking = bool(self._open)
        if self._is_looking:
            loop.call_later(LOOK_EVERY_S, self._look, loop)

    def _is_unlimited(self, connection: GuardedConnection) -> bool:
        try:
            address = ip_address(connection.client[0].partition("%")[0]) if connection.client else None
        except ValueError:
            return False
        return address is not None and any(address in network for network in self.unlimited)


def server_options(settings: Settings) -> dict[str, Any]:
    """Return what uvicorn is run with, by the service and by the MCP server."""
    return {
        "host": settings.host,
        "port": settings.port,
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "forwarded_allow_ips": settings.proxies,
        "timeout_graceful_shutdown": 20,
        "http": ConnectionGuard(settings.connections, settings.proxy_networks),
        "ws": "none",
    }
