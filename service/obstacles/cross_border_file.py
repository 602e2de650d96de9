"""The file of Regulation (EU) 2025/925 (BRIDGEforEU): what staff fill in besides the obstacle, and its deadlines.

The articles, as far as they are relied on here: a cross-border file is prepared by initiators, who are no natural
persons, and submitted to a cross-border coordination point (Art. 3(1), 7); what it holds is in Article 8; within two
months of submission the point may ask for clarification (Art. 9(2)); it informs the initiator in writing of the outcome
(Art. 12(1)), whose legal redress is open for six months where national law sets no time limit (Art. 12(1)(e)). When
that written outcome is due is not computed: staff enter the date the point gave.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final, Literal, NamedTuple, Self

from service.obstacles.model import WrongStep

CLARIFICATION_MONTHS: Final = 2  # Art. 9(2)
REDRESS_MONTHS: Final = 6  # Art. 12(1)(e), where national law sets no time limit
SOON: Final = timedelta(days=14)
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 12, 31)  # `obstacles.fault.years` names them
NAME, CONTACT, TEXT = 300, 500, 4000  # characters at most, of the initiator's name, of a contact, of a text
# The Regulation is about borders between Member States.
MEMBER_STATES: Final = frozenset(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"}
    | {"IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"}
)


class InitiatorKind(StrEnum):
    """What an initiator may be; a natural person may not."""

    PUBLIC = "public"  # an entity under public law
    PRIVATE = "private"  # an entity under private law


@dataclass(frozen=True, slots=True)
class CrossBorderFile:
    """What staff fill in for an obstacle's file; "" and None are what nobody has stated yet."""

    initiator: str = ""
    initiator_kind: InitiatorKind | None = None
    contact: str = ""
    interaction: str = ""  # the infrastructure or the public service that is hampered
    territory: str = ""
    provision: str = ""  # legislative or administrative provision, or administrative practice
    solution: str = ""
    submitted: date | None = None
    reply_due: date | None = None  # as the coordination point gave it
    answered: date | None = None  # the written outcome
    redress_until: date | None = None  # national law's time limit, if any

    def __post_init__(self) -> None:
        """Raises WrongStep for dates that cannot be, or not in this order."""
        days = [day for day in (self.submitted, self.reply_due, self.answered, self.redress_until) if day]
        if any(not EARLIEST <= day <= LATEST for day in days):
            raise WrongStep("obstacles.fault.years")
        for first, later in (
            (self.submitted, self.reply_due),
            (self.submitted, self.answered),
            (self.answered, self.redress_until),
        ):
            if later and (first is None or later < first):
                raise WrongStep("obstacles.fault.order")

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Read the values of a form, a request or the register. Raises WrongStep."""
        read: dict[str, Any] = {}
        for name in TEXTS:
            longest = {"initiator": NAME, "contact": CONTACT}.get(name, TEXT)
            read[name] = _clean(str(values.get(name) or ""))[:longest]
        for name in DAYS:
            try:
                read[name] = date.fromisoformat(str(values[name]).strip()) if values.get(name) else None
            except ValueError as error:
                raise WrongStep("obstacles.fault.years") from error
        kind = str(values.get("initiator_kind") or "")
        read["initiator_kind"] = InitiatorKind(kind) if kind in set(InitiatorKind) else None
        return cls(**read)

    def as_json(self) -> dict[str, Any]:
        """Return the values by their names, days as ISO dates."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}

    def changed(self, other: CrossBorderFile) -> list[str]:
        """Return the names of the fields in which another file differs."""
        return [field.name for field in fields(self) if getattr(self, field.name) != getattr(other, field.name)]


TEXTS: Final = ("initiator", "contact", "interaction", "territory", "provision", "solution")
DAYS: Final = ("submitted", "reply_due", "answered", "redress_until")


class DeadlineState(StrEnum):
    UNKNOWN = "unknown"  # what it is counted from is not stated
    OPEN = "open"
    SOON = "soon"  # within a fortnight
    OVERDUE = "overdue"  # what was due has not come
    OVER = "over"  # the period has passed
    DONE = "done"


DeadlineName = Literal["clarification", "reply", "redress"]


class Deadline(NamedTuple):
    """One time limit, the article it comes from and the last day on which it is kept; None is not known."""

    name: DeadlineName
    article: str
    due: date | None
    state: DeadlineState

    @property
    def is_pending(self) -> bool:
        return self.state in (DeadlineState.OPEN, DeadlineState.SOON, DeadlineState.OVERDUE)


def deadlines_of(file: CrossBorderFile, today: date) -> tuple[Deadline, ...]:
    """Return the time limits of a file in the order of the procedure."""
    clarification = months_after(file.submitted, CLARIFICATION_MONTHS) if file.submitted else None
    redress = file.redress_until or (months_after(file.answered, REDRESS_MONTHS) if file.answered else None)
    is_answered = file.answered is not None
    return (
        _deadline("clarification", "9(2)", clarification, today, is_done=is_answered, late=DeadlineState.OVER),
        _deadline("reply", "12(1)", file.reply_due, today, is_done=is_answered, late=DeadlineState.OVERDUE),
        _deadline("redress", "12(1)(e)", redress, today, is_done=False, late=DeadlineState.OVER),
    )


def next_deadline(file: CrossBorderFile, today: date) -> Deadline | None:
    """Return what staff have to look to first: what is overdue, else the earliest still to come."""
    pending = [deadline for deadline in deadlines_of(file, today) if deadline.is_pending]
    return min(pending, key=lambda deadline: deadline.due or LATEST, default=None)


def _deadline(
    name: DeadlineName, article: str, due: date | None, today: date, *, is_done: bool, late: DeadlineState
) -> Deadline:
    if is_done:
        state = DeadlineState.DONE
    elif due is None:
        state = DeadlineState.UNKNOWN
    elif today > due:
        state = late
    else:
        state = DeadlineState.SOON if due - today <= SOON else DeadlineState.OPEN
    return Deadline(name, article, due, state)


def months_after(day: date, months: int) -> date:
    """Return the last day of a period of months that begins with an event on `day`.

    Regulation (EEC, Euratom) No 1182/71, Article 3: it ends on the day of the same date, or on the month's last day
    where there is none; on the Monday after where that is a Saturday or Sunday. Public holidays are not known here.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    last = calendar.monthrange(year, month + 1)[1]
    end = date(year, month + 1, min(day.day, last))
    return end + timedelta(days=7 - end.weekday()) if end.weekday() >= 5 else end


def not_member_states(countries: Iterable[str]) -> list[str]:
    """Return the countries the Regulation does not cover, in their order."""
    return [country for country in countries if country not in MEMBER_STATES]


def _clean(text: str) -> str:
    """Return a text's lines without the characters that no document may hold."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(c if c.isprintable() else " " for c in line).strip() for line in lines).strip()
