"""Who reports, as far as counting needs it: a reporter counts once, and one address reports only so often a day."""

from __future__ import annotations

from dataclasses import dataclass

from service.errors import TooManyRequests
from service.http.daily_counts import count_today, seconds_left
from service.http.rate_limits import RateLimits, network_of
from service.obstacles.database import pseudonym
from service.obstacles.store import Register


@dataclass(frozen=True)
class Reporters:
    """Admits reports. Addresses are kept as hashes only, under a key that is thrown away when the day (UTC) is over."""

    register: Register
    limits: RateLimits

    def admit(self, subject: str, address: str) -> str:
        """Return whom a report from this address counts for: the subject, else the address, today. Blocks.

        Raises TooManyRequests when the address has sent its reports of the day.
        """
        now = self.register.now()
        with self.register.file.open() as db:
            network, reports = count_today(db, network_of(address), now)
            most = self.limits.settings.reports
            if most and reports > most and not self.limits.is_exempt(address):
                raise TooManyRequests(seconds_left(now))
            return pseudonym(db, subject) or network
