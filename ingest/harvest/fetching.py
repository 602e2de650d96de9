"""Fetch politely: what robots.txt allows, one request after another, only what changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import httpx

from index.clock import utc_now
from index.reasons import Reason, quote
from ingest.harvest.addresses import NONE_ALLOWED, Allowed, CheckedTransport, RefusedAddress

AGENT: Final = "Passerelle/1 (resource centre on cross-border cooperation)"
LARGEST: Final = 64 << 20  # bytes of one answer, unpacked
ANSWER_S: Final = 300.0  # for a whole answer, however slowly a server sends it
LONGEST_ADDRESS: Final = 2_000  # characters
PATIENCE_S: Final = 120.0  # the longest Retry-After or Crawl-delay a run waits for


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

    def __init__(self, reason: Reason, *, is_gone: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_gone = is_gone


class Later(NotFetched):
    """The server asks for a longer pause than a run waits; its other addresses are not requested either."""


def guarded_client(
    allowed: Allowed = NONE_ALLOWED, *, timeout_s: float = 30.0, answer_s: float = ANSWER_S
) -> httpx.Client:
    """Return a client that connects, at every redirect too, to public addresses only and those that are allowed.

    Whoever writes a feed chooses what it lists: it must not make this machine read its own network.
    """
    transport = CheckedTransport(allowed, answer_s)
    return httpx.Client(timeout=timeout_s, follow_redirects=True, max_redirects=5, transport=transport)


def parse_address(text: str) -> httpx.URL:
    """Return the web address that a list or a server names. Raises NotFetched: it may hold anything."""
    if len(text) > LONGEST_ADDRESS:
        raise NotFetched(Reason("address-too-long", most=LONGEST_ADDRESS))
    try:
        url = httpx.URL(text)
        is_web = url.scheme in ("http", "https") and bool(url.host)
        urlsplit(text)  # robots.txt is matched with it
    except (httpx.InvalidURL, ValueError) as error:  # UnicodeError is a ValueError
        raise NotFetched(Reason("no-web-address-because", detail=str(error))) from error
    if not is_web:
        raise NotFetched(Reason("no-web-address"))
    return url


@dataclass
class PoliteClient:
    """GET over HTTP. Requests to one host are `delay_s` apart, or as far as its robots.txt asks."""

    client: httpx.Client
    delay_s: float = 1.0
    wait: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _next: dict[str, float] = field(default_factory=dict, init=False)  # the earliest time of the next request, by host
    _robots: dict[str, RobotFileParser] = field(default_factory=dict, init=False)
    _busy: dict[str, Reason] = field(default_factory=dict, init=False)  # the reason to leave a host alone, by host

    def get(self, address: str, known: Validators = UNKNOWN) -> Fetched:
        """Return the content at the address. Raises NotFetched, Later."""
        url = parse_address(address)
        self._check_robots(url)
        conditions = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        return self._request(url, {name: value for name, value in conditions.items() if value})

    def _check_robots(self, url: httpx.URL) -> None:
        rules = self._robots_of(url)
        try:
            may_fetch = rules.can_fetch(AGENT, str(url))
        except ValueError as error:  # the standard library decodes the address before it parses it
            raise NotFetched(Reason("no-web-address-because", detail=str(error))) from error
        if not may_fetch:
            raise NotFetched(Reason("robots-forbid"))

    def _robots_of(self, url: httpx.URL) -> RobotFileParser:
        """Return the rules of the address's host (RFC 9309); without any all is allowed."""
        host = _origin_of(url)
        if host not in self._robots:
            rules = RobotFileParser()
            try:
                content = self._request(url.copy_with(raw_path=b"/robots.txt", fragment=None), {}).content or b""
                rules.parse(content.decode("utf-8", "replace").splitlines())
            except Later:
                raise
            except NotFetched as error:
                if not error.is_gone:
                    raise NotFetched(Reason("robots-unfetched", reason=error.reason)) from error
                rules.parse([])
            except ValueError as error:  # of a path or a number that the standard library cannot parse
                raise NotFetched(Reason("robots-unreadable", detail=str(error))) from error
            self._robots[host] = rules
        return self._robots[host]

    def _request(self, url: httpx.URL, headers: dict[str, str]) -> Fetched:
        for attempt in (1, 2, 3):
            self._wait_for_turn(url)
            try:
                with self.client.stream("GET", url, headers=headers | {"User-Agent": AGENT}) as response:
                    if response.status_code in (429, 503):
                        self._delay_retry(url, response, attempt)
                        continue
                    return _read(response)
            except RefusedAddress as error:
                raise NotFetched(error.reason) from error
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:  # the last two: where a redirect leads
                raise NotFetched(Reason("no-answer", detail=quote(error))) from error
        raise AssertionError("the third attempt returns or raises")

    def _wait_for_turn(self, url: httpx.URL) -> None:
        host = _origin_of(url)
        if host in self._busy:
            raise Later(self._busy[host])
        left = self._next.get(host, 0.0) - self.clock()
        if left > 0:
            self.wait(left)
        rules = self._robots.get(host)
        crawl_delay = (rules.crawl_delay(AGENT) or 0) if rules else 0
        if int(crawl_delay) > PATIENCE_S:
            raise Later(Reason("robots-slow", host=url.host, seconds=f"{PATIENCE_S:.0f}"))
        self._next[host] = self.clock() + max(self.delay_s, float(crawl_delay))

    def _delay_retry(self, url: httpx.URL, response: httpx.Response, attempt: int) -> None:
        """Set the next request as late as the server asks, unless that is long or the last attempt. Raises Later."""
        host, seconds = _origin_of(url), retry_seconds(response.headers.get("retry-after", ""))
        if attempt == 3 or seconds > PATIENCE_S:
            self._busy[host] = Reason("busy", host=url.host, status=response.status_code)
            raise Later(self._busy[host])
        self._next[host] = self.clock() + max(seconds, self.delay_s)


def _origin_of(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _read(response: httpx.Response) -> Fetched:
    """Return what a server answered. Raises NotFetched."""
    address = str(response.url)
    validators = Validators(_sendable(response, "etag"), _sendable(response, "last-modified"))
    if response.status_code == 304:
        return Fetched(address, None, validators=validators)
    if response.status_code in (404, 410):
        raise NotFetched(Reason("address-gone", status=response.status_code), is_gone=True)
    if response.status_code != 200:
        raise NotFetched(Reason("http-status", status=response.status_code))
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > LARGEST:
            raise NotFetched(Reason("answer-too-large", most=LARGEST >> 20))
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(address, bytes(content), media_type, validators)


def _sendable(response: httpx.Response, name: str) -> str:
    """Return a header to be sent back with the next request, "" if it cannot be."""
    value = response.headers.get(name, "")
    return value if value.isascii() and value.isprintable() and len(value) < 1_000 else ""


def retry_seconds(retry_after: str) -> float:
    """Return how many seconds `Retry-After` asks to wait (RFC 9110, section 10.2.3), 30 if it is malformed."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - utc_now()).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return 30.0
