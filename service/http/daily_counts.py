"""How often a name has come today: kept as hashes, under a key that is thrown away when the day (UTC) is over.

In a database with the tables `facts (name, value)` and `arrivals (network, reports)`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, time, timedelta
from typing import Final

from index.store.database import Connection

DAY: Final = "day"  # names of facts
DAY_KEY: Final = "day key"


def count_today(db: Connection, name: str, now: datetime) -> tuple[str, int]:
    """Count one more of this name; return what it is kept as, and how many there are today."""
    hashed = keyed_hash(_key_of_the_day(db, now), name)
    query = (
        "INSERT INTO arrivals VALUES (?, 1) ON CONFLICT (network) DO UPDATE SET reports = arrivals.reports + 1"
        " RETURNING reports"
    )
    (count,) = db.execute(query, (hashed,)).fetchone()
    return hashed, int(count)


def seconds_left(now: datetime) -> int:
    """Return how long the day still lasts, one second at least."""
    midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
    return max(1, round((midnight - now).total_seconds()))


def keyed_hash(key: str, text: str) -> str:
    """Return a hash nobody can make without the key, which is hexadecimal."""
    return hmac.new(bytes.fromhex(key), text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _key_of_the_day(db: Connection, now: datetime) -> str:
    """Return the key of today's hashes; that of another day is forgotten, with what it was used for."""
    today = now.astimezone(UTC).date().isoformat()
    facts: dict[str, str] = dict(
        db.execute("SELECT name, value FROM facts WHERE name IN (?, ?)", (DAY, DAY_KEY)).fetchall()
    )
    if facts.get(DAY) != today:
        facts[DAY_KEY] = secrets.token_hex(32)
        db.executemany(
            "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            ((DAY, today), (DAY_KEY, facts[DAY_KEY])),
        )
        db.execute("DELETE FROM arrivals")
    return facts[DAY_KEY]
