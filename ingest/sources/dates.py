"""Days as documentalists write them: 2021-05-18, 18/05/2021, 18.05.2021, 05/2021, 2021."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from index.errors import PasserelleError


class InvalidMetadata(PasserelleError):
    """A value that a person stated cannot be understood; the message names key, value and what is allowed."""

    def __init__(self, key: str, value: object, allowed: str) -> None:
        self.key = key
        super().__init__(f"{key}: {str(value)[:80]!r} is not understood. Allowed: {allowed}.")


_ONE_DATE: Final = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})"), (3, 2, 1)),
    (re.compile(r"(\d{4})[-/](\d{1,2})"), (1, 2, 0)),
    (re.compile(r"(\d{1,2})[./-](\d{4})"), (2, 1, 0)),
    (re.compile(r"(\d{4})"), (1, 0, 0)),
)


def date_of(value: object, *, last: bool = False, key: str = "date") -> date:
    """Return the day; a month or a year stands for its first day, or its last. Raises InvalidMetadata."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    said = str(value).strip()
    for shape, (year, month, day) in _ONE_DATE:
        found = shape.fullmatch(said)
        if found:
            try:
                return _day(int(found[year]), int(found[month]) if month else 0, int(found[day]) if day else 0, last)
            except ValueError:
                break
    raise InvalidMetadata(key, value, "2021-05-18, 18/05/2021, 18.05.2021, 05/2021 or 2021")


def _day(year: int, month: int, day: int, last: bool) -> date:
    if day:
        return date(year, month, day)
    if not last:
        return date(year, month or 1, 1)
    following = date(year + 1, 1, 1) if month in (0, 12) else date(year, month + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
