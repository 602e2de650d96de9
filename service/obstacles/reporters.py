"""Who reports, as far as counting needs it: a reporter counts once, and one address reports only so often a day."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from service.errors import TooManyRequests
from service.http.rate_limits import RateLimits, network_of
from service.obstacles.database import keyed_hash, pseudonym
from service.obstacles.store import Register

DAY: Final = "day"  # names of facts
DAY_KEY: Final = "day key"


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
            network = keyed_hash(_key_of_the_day(db, now), network_of(address))
            query = (
                "INSERT INTO arrivals VALUES (?, 1) ON CONFLICT (network) DO UPDATE SET reports = reports + 1"
                " RETURNING reports"
            )
            (reports,) = db.execute(query, (network,)).fetchone()
            most = self.limits.settings.reports
            if most and reports > most and not self.limits.is_exempt(address):
                raise TooManyRequests(_seconds_left(now))
            return pseudonym(db, subject) or network


def _key_of_the_day(db: sqlite3.Connection, now: datetime) -> str:
    """Return the key of today's hashes; that of another day is forgotten, with what it was used for."""
    today = now.astimezone(UTC).date().isoformat()
    facts: dict[str, str] = dict(
        db.execute("SELECT name, value FROM facts WHERE name IN (?, ?)", (DAY, DAY_KEY)).fetchall()
    )
    if facts.get(DAY) != today:
        facts[DAY_KEY] = secrets.token_hex(32)
        db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", ((DAY, today), (DAY_KEY, facts[DAY_KEY])))
        db.execute("DELETE FROM arrivals")
    return facts[DAY_KEY]


def _seconds_left(now: datetime) -> int:
    midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
    return max(1, round((midnight - now).total_seconds()))
