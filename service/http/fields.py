"""Types of the fields of requests, for pydantic: each says in the OpenAPI document exactly what it accepts."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from index.documents import THEMES

LONGEST_QUERY = 2000
MOST_RESULTS = 100
EARLIEST, LATEST = 1800, 2200


def one_of(allowed: tuple[str, ...]) -> Any:
    """Return the type of a word from a fixed list; the error names the whole list."""

    def check(value: object) -> object:
        if value not in allowed:
            raise ValueError(f"unknown value; allowed: {', '.join(allowed)}")
        return value

    return Annotated[str, BeforeValidator(check), Field(json_schema_extra={"enum": list(allowed)})]


def reject_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold the character U+0000")
    return text


def _sort_countries(border: str) -> str:
    """Write a border as the index does, its two countries in alphabetical order."""
    first, second = border.split("-")
    if first == second:
        raise ValueError("a border lies between two countries, such as BE-FR")
    return "-".join(sorted((first, second)))


def _require_written_date(value: object) -> object:
    """Accept only what begins with a written date: pydantic reads a number as seconds since 1970."""
    if value is not None and not re.match(r"\d{4}-\d\d-\d\d", str(value)):
        raise ValueError("expected a date such as 2026-11-26")
    return value


def _read_whole_float(value: object) -> object:
    """Read 43.0 as 43: JSON has one kind of number, and JSON Schema calls both an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _check_length_as_sent(text: object) -> object:
    """Count the length with the blanks that are stripped afterwards, as the schema does."""
    if isinstance(text, str) and len(text) > LONGEST_QUERY:
        raise ValueError(f"String should have at most {LONGEST_QUERY} characters")
    return text


THEMES_ALLOWED = one_of(THEMES)
WHOLE = BeforeValidator(_read_whole_float)  # goes after the bounds, which the schema would leave out otherwise
Day = Annotated[date, BeforeValidator(_require_written_date)]
Moment = Annotated[AwareDatetime, BeforeValidator(_require_written_date)]
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_QUERY, strict=True),
    AfterValidator(reject_nul),
    Field(json_schema_extra={"pattern": r"^[^\u0000]*[^\u0000\s][^\u0000]*$"}),
    BeforeValidator(_check_length_as_sent),
]
A_BORDER = r"^(?!([A-Z]{2})-\1$)[A-Z]{2}-[A-Z]{2}$"  # for the schema; pydantic's own patterns cannot look ahead
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$", strict=True)]
Border = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{2}-[A-Z]{2}$", strict=True),
    AfterValidator(_sort_countries),
    Field(json_schema_extra={"pattern": A_BORDER}),
]
Year = Annotated[int, Field(ge=EARLIEST, le=LATEST, strict=True), WHOLE]
