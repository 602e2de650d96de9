"""Which addresses a harvest may connect to, and connections to nothing but the address that was checked.

Whoever writes a feed chooses the hosts it lists, and whoever runs a host's DNS chooses what it resolves to, each time
it is asked. So a name is resolved once, what it resolves to is checked, and the connection goes there.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

import httpcore
import httpx

from index.errors import SettingsError
from index.reasons import Reason

SETTING: Final = "PASSERELLE_HARVEST_ALLOW"
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolver = Callable[..., Iterable[Any]]  # as `socket.getaddrinfo`
# IPv6 addresses that lead to an IPv4 one, which a router of this network chooses (RFC 6052, 8215, 3056, 4380, 4291).
_TRANSLATED: Final = tuple(
    map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::ffff:0:0/96", "::/96"))
)


class RefusedAddress(Exception):
    """A host resolves to an address that a harvest does not connect to."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Allowed:
    """Internal hosts and networks that the operator means all the same."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    def holds(self, host: str, address: Address) -> bool:
        return host.lower().rstrip(".") in self.hosts or any(address in network for network in self.networks)


NONE_ALLOWED: Final = Allowed()


def parse_allowed(text: str) -> Allowed:
    """Return what the setting allows: host names, addresses and networks with commas between. Raises SettingsError."""
    hosts, networks = set(), []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            networks.append(ip_network(part))
        except ValueError:
            if "/" in part or ":" in part or any(character.isspace() for character in part):
                expected = "host names, addresses or networks such as intranet.example.org, 10.1.0.0/16"
                raise SettingsError(f"{SETTING}={part!r}: expected {expected}.") from None
            hosts.add(part.lower().rstrip("."))
    return Allowed(frozenset(hosts), tuple(networks))


def is_public(address: Address) -> bool:
    """Say whether an address is of the public internet and leads to no other one."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address.version == network.version and address in network for network in _TRANSLATED)


def check_addresses(
    host: str, port: int, allowed: Allowed = NONE_ALLOWED, resolve: Resolver = socket.getaddrinfo
) -> list[str]:
    """Return the addresses of a host, all of them checked. Raises RefusedAddress, OSError, UnicodeError."""
    entries = resolve(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
    for text in addresses:
        address = ip_address(text.partition("%")[0])
        if not is_public(address) and not allowed.holds(host, address):
            raise RefusedAddress(Reason("address-internal", host=host, address=text, setting=SETTING))
    return addresses


class CheckedBackend(httpcore.NetworkBackend):
    """Connects to checked addresses only. All reads and writes of a request end `answer_s` after `begin_request`."""

    def __init__(
        self,
        allowed: Allowed,
        answer_s: float,
        *,
        resolve: Resolver = socket.getaddrinfo,
        sockets: httpcore.NetworkBackend | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._allowed, self._answer_s, self._resolve, self._clock = allowed, answer_s, resolve, clock
        self._sockets = sockets or httpcore.SyncBackend()
        self._until = float("inf")

    def begin_request(self) -> None:
        self._until = self._clock() + self._answer_s

    def remaining_s(self, timeout: float | None) -> float:
        """Return for how long the next step may wait. Raises ReadTimeout when the request's time is over."""
        left = self._until - self._clock()
        if left <= 0:
            raise httpcore.ReadTimeout(f"not answered in full within {self._answer_s:.0f} s")
        return left if timeout is None else min(timeout, left)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = check_addresses(host, port, self._allowed, self._resolve)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                left = self.remaining_s(timeout)
                return _TimedStream(self._sockets.connect_tcp(address, port, left, local_address, socket_options), self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step ends when the request's time is over: a server must not drip its answer."""

    def __init__(self, stream: httpcore.NetworkStream, backend: CheckedBackend) -> None:
        self._stream, self._backend = stream, backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._backend.remaining_s(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._backend.remaining_s(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._backend.remaining_s(timeout))
        return _TimedStream(stream, self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class CheckedTransport(httpx.HTTPTransport):
    """httpx's transport over a `CheckedBackend`; no proxy of the environment is asked, as it would resolve names."""

    def __init__(self, allowed: Allowed, answer_s: float) -> None:
        super().__init__(trust_env=False)
        self._backend = CheckedBackend(allowed, answer_s)
        # httpx has no parameter for httpcore's network backend yet (encode/httpx pull request 3749)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(), network_backend=self._backend, max_keepalive_connections=1
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._backend.begin_request()
        return super().handle_request(request)
