"""Fetch politely: what robots.txt allows, one request after another, only what changed."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import httpx

from index.clock import utc_now

AGENT: Final = "Passerelle/1 (resource centre on cross-border cooperation)"
LARGEST: Final = 64 << 20  # bytes of one answer, unpacked
PATIENCE_S: Final = 120.0  # the longest Retry-After a run waits for


class Validators(NamedTuple):
    """What a server sent with a file so that one can ask whether it changed (RFC 9110, section 13)."""

    etag: str = ""
    last_modified: str = ""


UNKNOWN: Final = Validators()


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer; `content` is None if nothing changed since the `validators` of the request."""

    address: str  # after redirects
    content: bytes | None
    media_type: str = ""
    validators: Validators = UNKNOWN


class NotFetched(Exception):
    """There is no answer now. `is_gone`: the server says that there will be none any more (404, 410)."""

    def __init__(self, reason: str, *, is_gone: bool = False) -> None:
        super().__init__(reason)
        self.is_gone = is_gone


class Later(NotFetched):
    """The server asks for a longer pause than a run waits; its other addresses are not requested either."""


def guarded_client(own: str, *, timeout_s: float = 30.0) -> httpx.Client:
    """Return a client that follows redirects but requests only public addresses, apart from the host of `own`.

    Whoever writes a feed chooses what it lists: it must not make this machine read its own network.
    """
    own_host = httpx.URL(own).host

    def check(request: httpx.Request) -> None:
        host = request.url.host
        if host != own_host and not is_public(host):
            raise NotFetched(f"{host} is an address of this network, and not the harvest's own host.")

    return httpx.Client(timeout=timeout_s, follow_redirects=True, max_redirects=5, event_hooks={"request": [check]})


def is_public(host: str) -> bool:
    try:
        addresses = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return True  # no such host: the request itself says so
    return all(ipaddress.ip_address(str(address).partition("%")[0]).is_global for address in addresses)


@dataclass
class PoliteClient:
    """GET over HTTP. Requests to one host are `delay_s` apart, or as far as its robots.txt asks."""

    client: httpx.Client
    delay_s: float = 1.0
    wait: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _next: dict[str, float] = field(default_factory=dict, init=False)  # the earliest time of the next request, by host
    _robots: dict[str, RobotFileParser] = field(default_factory=dict, init=False)
    _busy: dict[str, str] = field(default_factory=dict, init=False)  # the reason to leave a host alone, by host

    def get(self, address: str, known: Validators = UNKNOWN) -> Fetched:
        """Return the content at the address. Raises NotFetched, Later."""
        robots = self._robots_of(address)
        if not robots.can_fetch(AGENT, address):
            raise NotFetched("robots.txt asks not to fetch it.")
        conditions = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        return self._request(address, {name: value for name, value in conditions.items() if value})

    def _robots_of(self, address: str) -> RobotFileParser:
        """Return the rules of the address's host (RFC 9309); without any all is allowed."""
        parts = urlsplit(address)
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self._robots:
            rules = RobotFileParser()
            try:
                content = self._request(f"{host}/robots.txt", {}).content or b""
                rules.parse(content.decode("utf-8", "replace").splitlines())
            except Later:
                raise
            except NotFetched as error:
                if not error.is_gone:
                    raise NotFetched(f"robots.txt cannot be read: {error}") from error
                rules.parse([])
            self._robots[host] = rules
        return self._robots[host]

    def _request(self, address: str, headers: dict[str, str]) -> Fetched:
        for attempt in (1, 2, 3):
            self._wait_for_turn(address)
            try:
                with self.client.stream("GET", address, headers=headers | {"User-Agent": AGENT}) as response:
                    if response.status_code in (429, 503):
                        self._delay_retry(address, response, attempt)
                        continue
                    return _read(response)
            except httpx.HTTPError as error:
                raise NotFetched(f"no answer ({type(error).__name__}: {error}).") from error
        raise AssertionError("the third attempt returns or raises")

    def _wait_for_turn(self, address: str) -> None:
        host = urlsplit(address).netloc
        if host in self._busy:
            raise Later(self._busy[host])
        left = self._next.get(host, 0.0) - self.clock()
        if left > 0:
            self.wait(left)
        rules = self._robots.get(f"{urlsplit(address).scheme}://{host}")
        crawl_delay = float(rules.crawl_delay(AGENT) or 0) if rules else 0.0
        self._next[host] = self.clock() + max(self.delay_s, crawl_delay)

    def _delay_retry(self, address: str, response: httpx.Response, attempt: int) -> None:
        """Set the next request as late as the server asks, unless that is long or the last attempt. Raises Later."""
        host, seconds = urlsplit(address).netloc, retry_seconds(response.headers.get("retry-after", ""))
        if attempt == 3 or seconds > PATIENCE_S:
            self._busy[host] = f"{host} is too busy (HTTP {response.status_code}); the next run tries again."
            raise Later(self._busy[host])
        self._next[host] = self.clock() + max(seconds, self.delay_s)


def _read(response: httpx.Response) -> Fetched:
    """Return what a server answered. Raises NotFetched."""
    address = str(response.url)
    validators = Validators(response.headers.get("etag", ""), response.headers.get("last-modified", ""))
    if response.status_code == 304:
        return Fetched(address, None, validators=validators)
    if response.status_code in (404, 410):
        raise NotFetched(f"it is gone (HTTP {response.status_code}).", is_gone=True)
    if response.status_code != 200:
        raise NotFetched(f"the server answers HTTP {response.status_code}.")
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > LARGEST:
            raise NotFetched(f"it is larger than {LARGEST >> 20} MiB.")
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(address, bytes(content), media_type, validators)


def retry_seconds(retry_after: str) -> float:
    """Return how many seconds `Retry-After` asks to wait (RFC 9110, section 10.2.3), 30 if it is malformed."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - utc_now()).total_seconds())
    except (TypeError, ValueError):
        return 30.0
