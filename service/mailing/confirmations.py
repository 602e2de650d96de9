"""How many confirmations may be asked for: a mail goes to an address before its holder has agreed to any."""

from __future__ import annotations

from datetime import datetime

from index.store.private_database import PrivateDatabase
from service.errors import TooManyRequests
from service.http.daily_counts import count_today, seconds_left
from service.http.rate_limits import RateLimits, network_of


def count_confirmation(
    file: PrivateDatabase, limits: RateLimits, now: datetime, *, owner: str, origin: str, to: str
) -> None:
    """Count one that is to be sent `to` an address, as asked from `origin`, by `owner` ("" for nobody known).

    The file has the tables of `service.http.daily_counts`. Raises TooManyRequests.
    """
    most = limits.settings.alerts
    if not most:
        return
    who = [] if limits.is_exempt(origin) else [f"from {owner or network_of(origin)}"]
    with file.open() as db:
        counts = [count_today(db, name, now)[1] for name in (*who, f"to {to.lower()}")]
    if max(counts) > most:
        raise TooManyRequests(seconds_left(now))
