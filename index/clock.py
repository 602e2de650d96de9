"""The one clock of the project: every date that is written down is UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime


def utc_now() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)


def utc_today() -> date:
    """Return the present day, in UTC."""
    return utc_now().date()
