"""What the journal tells the staff about a stretch of days: what is asked, not found, not opened, not helpful, slow."""

from __future__ import annotations

import json
import math
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from service.journal.store import JournalStore

LISTED: Final = 20  # lines of each list
OFTEN: Final = 3  # times a document must have been shown before it counts as found and never opened
UPPER: Final = 5  # places in which it must have stood: what stands below is seldom looked at
LONGEST: Final = 400  # days


class Days(NamedTuple):
    """A stretch of days, both ends included."""

    first: date
    last: date

    @property
    def before(self) -> Days:
        """Return the stretch of the same length that ends where this one begins."""
        length = self.last - self.first + timedelta(days=1)
        return Days(self.first - length, self.last - length)

    def each(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))


class DayLine(NamedTuple):
    """One day; times in milliseconds, None on a day without searches."""

    day: date
    searches: int
    unfound: int
    median_ms: float | None
    p95_ms: float | None


class Subject(NamedTuple):
    """What was asked: the words where they were kept, else the concepts of the thesaurus; both may be missing."""

    words: str
    concepts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """How often something was asked, and how often in the stretch before."""

    subject: Subject
    count: int
    before: int = 0


class Shown(NamedTuple):
    """A document that stood among the first results so often, and was never opened."""

    document_id: str
    times: int


class Complaint(NamedTuple):
    """A vote that something did not help; without a document it was the answer."""

    day: date
    subject: Subject
    document_id: str
    word: str


@dataclass(frozen=True, slots=True)
class Activity:
    """Everything the dashboard shows of a stretch of days."""

    days: Days
    lines: tuple[DayLine, ...]
    searches: int
    unfound: int
    questions: int
    answered: int
    opened: int  # searches of which something was opened
    helped: int
    not_helped: int
    words_kept: int
    frequent: tuple[Line, ...]
    concepts: tuple[Line, ...]
    finds_nothing: tuple[Line, ...]
    silent: tuple[Line, ...]
    never_opened: tuple[Shown, ...]
    complaints: tuple[Complaint, ...]


def activity(store: JournalStore, days: Days) -> Activity:
    """Return what the journal holds of these days."""
    with store.open() as db:
        db.row_factory = sqlite3.Row
        rows, before = _searches(db, days), _searches(db, days.before)
        votes = list(db.execute("SELECT helped, count(*) FROM votes WHERE day BETWEEN ? AND ? GROUP BY helped", days))
        counted = {bool(one[0]): int(one[1]) for one in votes}
        opened = "SELECT count(DISTINCT token) FROM shown JOIN searches USING (token) WHERE opened IS NOT NULL"
        (opened_of,) = db.execute(f"{opened} AND day BETWEEN ? AND ?", days).fetchone()
        never = _never_opened(db, days)
        complaints = _complaints(db, days)
    questions = [one for one in rows if one["answered"] is not None]
    unfound = [one for one in rows if not one["found"]]
    return Activity(
        days=days,
        lines=tuple(_day_lines(rows, days)),
        searches=len(rows),
        unfound=len(unfound),
        questions=len(questions),
        answered=sum(one["answered"] for one in questions),
        opened=opened_of,
        helped=counted.get(True, 0),
        not_helped=counted.get(False, 0),
        words_kept=sum(one["query"] is not None for one in rows),
        frequent=_lines((one for one in rows if one["query"]), (one for one in before if one["query"]), _said),
        concepts=_lines(rows, before, lambda row: [Subject("", (one,)) for one in _concepts(row)]),
        finds_nothing=_lines(unfound, (one for one in before if not one["found"]), _said),
        silent=_lines((one for one in questions if not one["answered"]), (), _said),
        never_opened=never,
        complaints=complaints,
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value that this share of the values does not exceed (nearest rank), None of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _searches(db: sqlite3.Connection, days: Days) -> list[sqlite3.Row]:
    asked = "SELECT day, found, answered, took_ms, query, concepts FROM searches WHERE day BETWEEN ? AND ?"
    return db.execute(asked, days).fetchall()


def _day_lines(rows: Iterable[sqlite3.Row], days: Days) -> Iterator[DayLine]:
    by_day: dict[str, list[sqlite3.Row]] = {}
    for row in rows:
        by_day.setdefault(row["day"], []).append(row)
    for day in days.each():
        some = by_day.get(day.isoformat(), [])
        times = [row["took_ms"] for row in some]
        unfound = sum(not row["found"] for row in some)
        yield DayLine(day, len(some), unfound, percentile(times, 0.5), percentile(times, 0.95))


def _lines(
    rows: Iterable[sqlite3.Row], before: Iterable[sqlite3.Row], subjects: Callable[[sqlite3.Row], list[Subject]]
) -> tuple[Line, ...]:
    now, then = (Counter(one for row in some for one in subjects(row)) for some in (rows, before))
    ordered = sorted(now.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Line(subject, count, then[subject]) for subject, count in ordered[:LISTED])


def _said(row: sqlite3.Row) -> list[Subject]:
    """Return what was asked: the words, told alike whatever their capitals and blanks, else all its concepts."""
    if row["query"] is not None:
        return [Subject(" ".join(row["query"].split()).lower())]
    return [Subject("", tuple(_concepts(row)))]


def _concepts(row: sqlite3.Row) -> list[str]:
    found: list[str] = json.loads(row["concepts"] or "[]")
    return found


def _never_opened(db: sqlite3.Connection, days: Days) -> tuple[Shown, ...]:
    """Return documents often among the first results of pages and never opened; API clients open nothing here."""
    found = db.execute(
        "SELECT document_id, count(*) AS times FROM shown JOIN searches USING (token)"
        " WHERE day BETWEEN ? AND ? AND channel = 'page' AND what <> 'experiences' AND place <= ?"
        " GROUP BY document_id HAVING times >= ? AND max(opened) IS NULL ORDER BY times DESC, document_id LIMIT ?",
        (*days, UPPER, OFTEN, LISTED),
    )
    return tuple(Shown(*one) for one in found)


def _complaints(db: sqlite3.Connection, days: Days) -> tuple[Complaint, ...]:
    found: Iterable[Any] = db.execute(
        "SELECT v.day AS day, v.document_id, v.word, s.query AS query, coalesce(s.concepts, '[]') AS concepts"
        " FROM votes v LEFT JOIN searches s ON s.token = v.token"
        " WHERE NOT v.helped AND v.day BETWEEN ? AND ? ORDER BY v.at DESC LIMIT ?",
        (*days, 5 * LISTED),
    )
    return tuple(
        Complaint(date.fromisoformat(one["day"]), _said(one)[0], one["document_id"], one["word"]) for one in found
    )
