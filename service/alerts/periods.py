"""When digests are due: each day, or each Monday, at the hour the operator set (UTC)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from service.alerts.model import Frequency


class Period(NamedTuple):
    """What a digest is for: it tells of what was noticed up to `until`, and was not told before."""

    name: str
    until: datetime


def last_period(frequency: Frequency, now: datetime, hour: int) -> Period:
    """Return the period whose digest was due last."""
    day = (now.astimezone(UTC) - timedelta(hours=hour)).date()
    if frequency is Frequency.WEEKLY:
        day -= timedelta(days=day.weekday())
    return Period(f"{frequency} {day}", datetime.combine(day, time(hour), UTC))


def period_now(now: datetime) -> Period:
    """Return a period that ends now, for a digest that is asked for by hand."""
    return Period(f"now {now.isoformat()}", now)
