"""How often one may ask: a bucket of tokens for each caller and each address, filled again as time goes by."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

from service.access_settings import LimitSettings

MOST_BUCKETS: Final = 20_000  # past it the one used longest ago is forgotten
ROUNDING: Final = 1e-9  # of a token: who waited as long as told is let through, whatever the clock's last digits
HERE: Final = "127.0.0.1"


class TooMany(Exception):
    """One caller or one address asks too often; `retry_after_s` says when they may again."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Too many requests. Try again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


@dataclass
class Buckets:
    """Token buckets in memory, full at first; each request takes one token."""

    per_minute: int
    burst: int
    clock: Callable[[], float] = time.monotonic
    _kept: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict, repr=False)

    def take(self, name: str) -> None:
        """Take a token from the bucket of that name. Raises TooMany."""
        if not self.per_minute:
            return
        now, size, each_s = self.clock(), min(self.burst, self.per_minute), 60 / self.per_minute
        tokens, at = self._kept.pop(name, (float(size), now))
        tokens = min(size, tokens + (now - at) / each_s)
        if tokens >= 1 - ROUNDING:
            self._kept[name] = (max(0.0, tokens - 1), now)
        else:
            self._kept[name] = (tokens, now)
            raise TooMany(max(1, math.ceil((1 - tokens) * each_s)))
        if len(self._kept) > MOST_BUCKETS:
            self._kept.popitem(last=False)


class Limits:
    """Who may ask now."""

    def __init__(self, settings: LimitSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._addresses = Buckets(settings.per_address, settings.burst, clock)
        self._callers = Buckets(settings.per_caller, settings.burst, clock)

    def take_address(self, address: str) -> None:
        """Count a request from an address. Raises TooMany."""
        if not self.is_exempt(address):
            self._addresses.take(_network(address))

    def take_caller(self, subject: str, address: str) -> None:
        """Count a request of a known caller. Raises TooMany."""
        if subject and not self.is_exempt(address):
            self._callers.take(subject)

    def is_exempt(self, address: str) -> bool:
        found = ip_address(_plain(address))
        return any(found in network for network in self.settings.exempt)


def _plain(address: str) -> str:
    """Return an address that can be read; what comes by no network (a socket file, a test) is this machine."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return HERE
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def _network(address: str) -> str:
    """Return the network one subscriber has: an address of IPv4, 64 bits of IPv6."""
    found = ip_address(_plain(address))
    return str(found) if found.version == 4 else str(int(found) >> 64)
