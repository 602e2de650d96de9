"""Fetch politely: what robots.txt allows, one request after the other, only what changed."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import httpx

AGENT: Final = "Passerelle/1 (resource centre on cross-border cooperation)"
LARGEST: Final = 64 << 20  # bytes of one answer, unpacked
PATIENCE_S: Final = 120.0  # the longest Retry-After that is waited for within a run


class Validators(NamedTuple):
    """What a server gave with a file, to ask whether it changed (RFC 9110, section 13)."""

    etag: str = ""
    last_modified: str = ""


UNKNOWN: Final = Validators()


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer; `content` is None when nothing changed since `validators` were given."""

    address: str  # where it was in the end
    content: bytes | None
    media_type: str = ""
    validators: Validators = UNKNOWN


class NotFetched(Exception):
    """There is no answer to be had now. `is_gone`: the server says there will be none any more (404, 410)."""

    def __init__(self, reason: str, *, is_gone: bool = False) -> None:
        super().__init__(reason)
        self.is_gone = is_gone


class Later(NotFetched):
    """The server asks to be left alone for longer than a run waits; its other addresses are not asked either."""


def guarded_client(own: str, *, timeout_s: float = 30.0) -> httpx.Client:
    """Return a client that follows redirects but, beside the host of `own`, asks only addresses of the open internet.

    What a feed lists is chosen by whoever writes the feed: it must not make this machine read its own network.
    """
    own_host = httpx.URL(own).host

    def check(request: httpx.Request) -> None:
        host = request.url.host
        if host != own_host and not _is_open(host):
            raise NotFetched(f"{host} is an address of this network, and not the harvest's own host.")

    return httpx.Client(timeout=timeout_s, follow_redirects=True, max_redirects=5, event_hooks={"request": [check]})


def _is_open(host: str) -> bool:
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return True  # no such host: the request itself says so
    return all(ipaddress.ip_address(str(one).partition("%")[0]).is_global for one in found)


@dataclass
class PoliteClient:
    """GET over HTTP. Requests to one host lie `delay_s` apart, or as far as its robots.txt asks."""

    client: httpx.Client
    delay_s: float = 1.0
    wait: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _next: dict[str, float] = field(default_factory=dict, init=False)  # per host: not before
    _robots: dict[str, RobotFileParser] = field(default_factory=dict, init=False)
    _later: dict[str, str] = field(default_factory=dict, init=False)

    def get(self, address: str, known: Validators = UNKNOWN) -> Fetched:
        """Return what lies at the address. Raises NotFetched, Later."""
        robots = self._robots_of(address)
        if not robots.can_fetch(AGENT, address):
            raise NotFetched("robots.txt asks not to fetch it.")
        conditions = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        return self._ask(address, {name: value for name, value in conditions.items() if value})

    def _robots_of(self, address: str) -> RobotFileParser:
        """Return the rules of the address's host (RFC 9309): none there means that all is allowed."""
        parts = urlsplit(address)
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self._robots:
            rules = RobotFileParser()
            try:
                content = self._ask(f"{host}/robots.txt", {}).content or b""
                rules.parse(content.decode("utf-8", "replace").splitlines())
            except Later:
                raise
            except NotFetched as error:
                if not error.is_gone:
                    raise NotFetched(f"robots.txt cannot be read: {error}") from error
                rules.parse([])
            self._robots[host] = rules
        return self._robots[host]

    def _ask(self, address: str, headers: dict[str, str]) -> Fetched:
        for attempt in (1, 2, 3):
            self._take_turn(address)
            try:
                with self.client.stream("GET", address, headers=headers | {"User-Agent": AGENT}) as answer:
                    if answer.status_code in (429, 503):
                        self._put_off(address, answer, attempt)
                        continue
                    return self._taken(answer)
            except httpx.HTTPError as error:
                raise NotFetched(f"no answer ({type(error).__name__}: {error}).") from error
        raise AssertionError("the third attempt returns or raises")

    def _taken(self, answer: httpx.Response) -> Fetched:
        where = str(answer.url)
        validators = Validators(answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))
        if answer.status_code == 304:
            return Fetched(where, None, validators=validators)
        if answer.status_code in (404, 410):
            raise NotFetched(f"it is gone (HTTP {answer.status_code}).", is_gone=True)
        if answer.status_code != 200:
            raise NotFetched(f"the server answers HTTP {answer.status_code}.")
        content = bytearray()
        for part in answer.iter_bytes():
            content += part
            if len(content) > LARGEST:
                raise NotFetched(f"it is larger than {LARGEST >> 20} MiB.")
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Fetched(where, bytes(content), media_type, validators)

    def _take_turn(self, address: str) -> None:
        host = urlsplit(address).netloc
        if host in self._later:
            raise Later(self._later[host])
        left = self._next.get(host, 0.0) - self.clock()
        if left > 0:
            self.wait(left)
        rules = self._robots.get(f"{urlsplit(address).scheme}://{host}")
        asked = float(rules.crawl_delay(AGENT) or 0) if rules else 0.0
        self._next[host] = self.clock() + max(self.delay_s, asked)

    def _put_off(self, address: str, answer: httpx.Response, attempt: int) -> None:
        """Wait as long as the server asks for, unless that is long or was asked for too often. Raises Later."""
        host, seconds = urlsplit(address).netloc, _seconds(answer.headers.get("retry-after", ""))
        if attempt == 3 or seconds > PATIENCE_S:
            self._later[host] = f"{host} is too busy (HTTP {answer.status_code}); the next run tries again."
            raise Later(self._later[host])
        self._next[host] = self.clock() + max(seconds, self.delay_s)


def _seconds(retry_after: str) -> float:
    """Return the seconds `Retry-After` asks to wait (RFC 9110, section 10.2.3); 30 when it is unclear."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 30.0
