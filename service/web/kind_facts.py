"""What funding calls, events and contacts state beside their text, in the reader's words: for pages, notes, mails."""

from __future__ import annotations

from datetime import date

from index.clock import utc_today
from index.documents import Kind, Metadata
from service.web.translating import Translator


def kind_facts(metadata: Metadata, t: Translator) -> list[str]:
    """Return what a document of its kind states, the most telling first; nothing for kinds without facts of their own.

    When it closes is not among it: see `describe_deadline`.
    """
    match metadata.kind:
        case Kind.FUNDING_CALL:
            stated = [metadata.programme, metadata.amount, metadata.organisation]
        case Kind.EVENT:
            stated = [describe_days(metadata, t), metadata.place, metadata.organisation]
        case Kind.CONTACT:
            stated = [metadata.function, metadata.organisation, metadata.territory]
        case _:
            stated = []
    return [fact for fact in stated if fact]


def plain_facts(metadata: Metadata) -> list[str]:
    """Return the same for programs, whatever the kind: as stated, days by the names of their fields."""
    days = [f"{name}: {day}" for name in ("starts", "ends", "deadline") if (day := getattr(metadata, name))]
    names = ("programme", "amount", "function", "organisation", "territory", "place")
    return [stated for name in names if (stated := getattr(metadata, name))] + days


def describe_days(metadata: Metadata, t: Translator) -> str:
    """Return the days of an event, "" where none is stated."""
    return t.days(metadata.starts, metadata.ends or metadata.starts) if metadata.starts else ""


def describe_deadline(metadata: Metadata, t: Translator) -> str:
    """Return until when one can apply or register, and in how many days that is; "" where no day is stated or left."""
    today, deadline = utc_today(), metadata.deadline
    if metadata.kind is Kind.EVENT and deadline and deadline >= today:
        return f"{t('deadline.register', day=t.day(deadline))} ({_days_left(deadline, today, t)})"
    if metadata.kind is Kind.FUNDING_CALL and deadline and deadline >= today:
        return f"{t('deadline.apply', day=t.day(deadline))} ({_days_left(deadline, today, t)})"
    return ""


def describe_end(metadata: Metadata, t: Translator) -> str:
    """Return since when what has ended is no longer in force, closed or over, by its kind."""
    day = t.day(metadata.valid_to) if metadata.valid_to else ""
    if metadata.kind is Kind.FUNDING_CALL and day:
        return t("ended.call", day=day)
    if metadata.kind is Kind.EVENT and day:
        return t("ended.event", day=day)
    return t("document.past")


def _days_left(deadline: date, today: date, t: Translator) -> str:
    days = (deadline - today).days
    return t.plural("deadline.day", "deadline.days", days) if days else t("deadline.today")
