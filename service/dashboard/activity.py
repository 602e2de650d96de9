"""What the journal says about a range of days: queries, those without results or answer, unopened, unhelpful, slow.

Also the journal as a table, one line a search, with nothing that identifies a person.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from index.named_rows import NamedRow
from index.store.database import Connection
from service.journal.store import JournalStore

LISTED: Final = 20  # lines of each list
OFTEN: Final = 3  # times a document must have been shown before it counts as never opened
UPPER: Final = 5  # results among which it must have been: those below are seldom looked at
LONGEST: Final = 400  # days
CSV_COLUMNS: Final = (
    "at",
    "channel",
    "what",
    "audience",
    "language",
    "concepts",
    "filters",
    "found",
    "answered",
    "took_ms",
    "opened",
    "helped",
    "not_helped",
    "query",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_VOTES: Final = "SELECT helped, count(*) FROM votes WHERE day BETWEEN ? AND ? GROUP BY helped"
_OPENED: Final = (
    "SELECT count(DISTINCT token) FROM shown JOIN searches USING (token)"
    " WHERE opened IS NOT NULL AND day BETWEEN ? AND ?"
)
_TABLE: Final = (
    "SELECT at, channel, what, audience, language, concepts, filters, found, answered, took_ms,"
    " (SELECT count(opened) FROM shown WHERE token = s.token),"
    " (SELECT count(*) FROM votes WHERE token = s.token AND helped = 1),"
    " (SELECT count(*) FROM votes WHERE token = s.token AND helped = 0), query"
    " FROM searches s WHERE day BETWEEN ? AND ? ORDER BY at, token"
)


class Days(NamedTuple):
    """A range of days, both ends included."""

    first: date
    last: date

    @property
    def before(self) -> Days:
        """Return the range of the same length that ends where this one begins."""
        length = self.last - self.first + timedelta(days=1)
        return Days(self.first - length, self.last - length)

    @property
    def written(self) -> tuple[str, str]:
        """Return both ends as the journal's column `day` has them."""
        return self.first.isoformat(), self.last.isoformat()

    def each(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))


class DayActivity(NamedTuple):
    """One day; times in milliseconds, None on a day without searches."""

    day: date
    searches: int
    unfound: int
    median_ms: float | None
    p95_ms: float | None


class Subject(NamedTuple):
    """What a search was for: its words where they were kept, else concepts of the thesaurus; both may be missing."""

    words: str
    concepts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubjectCount:
    """How often a subject was searched for, and how often in the range before."""

    subject: Subject
    count: int
    before: int = 0


class UnopenedDocument(NamedTuple):
    """A document that was among the first results so often, and was never opened."""

    document_id: str
    times: int


class Complaint(NamedTuple):
    """A vote that something did not help; without a document, that the answer did not."""

    day: date
    subject: Subject
    document_id: str
    word: str


@dataclass(frozen=True, slots=True)
class Activity:
    """Everything the dashboard shows of a range of days."""

    days: Days
    by_day: tuple[DayActivity, ...]
    searches: int
    unfound: int
    questions: int
    answered: int
    opened: int  # searches of which something was opened
    helped: int
    not_helped: int
    words_kept: int
    frequent: tuple[SubjectCount, ...]
    concepts: tuple[SubjectCount, ...]
    without_results: tuple[SubjectCount, ...]
    unanswered: tuple[SubjectCount, ...]
    never_opened: tuple[UnopenedDocument, ...]
    complaints: tuple[Complaint, ...]


def read_activity(store: JournalStore, days: Days) -> Activity:
    """Return what the journal holds of these days."""
    with store.open_shared() as db:
        rows, before = _searches(db, days), _searches(db, days.before)
        votes = dict(map(tuple, db.execute(_VOTES, days.written)))
        (opened,) = db.execute(_OPENED, days.written).fetchone()
        never_opened, complaints = _never_opened(db, days), _complaints(db, days)
    questions = [row for row in rows if row["answered"] is not None]
    unfound = [row for row in rows if not row["found"]]
    return Activity(
        days=days,
        by_day=tuple(_by_day(rows, days)),
        searches=len(rows),
        unfound=len(unfound),
        questions=len(questions),
        answered=sum(row["answered"] for row in questions),
        opened=opened,
        helped=votes.get(1, 0),
        not_helped=votes.get(0, 0),
        words_kept=sum(row["query"] is not None for row in rows),
        frequent=_count(
            (row for row in rows if row["query"]), (row for row in before if row["query"]), _words_or_concepts
        ),
        concepts=_count(rows, before, lambda row: [Subject("", (concept,)) for concept in _concepts(row)]),
        without_results=_count(unfound, (row for row in before if not row["found"]), _words_or_concepts),
        unanswered=_count((row for row in questions if not row["answered"]), (), _words_or_concepts),
        never_opened=never_opened,
        complaints=complaints,
    )


def journal_csv(store: JournalStore, days: Days) -> str:
    """Return the searches of these days in order as CSV; words are in it only where they were kept with consent."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    with store.open_shared() as db:
        for row in db.execute(_TABLE, days.written):
            cells = dict(zip(CSV_COLUMNS, row, strict=True))
            for name in ("concepts", "filters"):
                cells[name] = "|".join(json.loads(cells[name]))
            writer.writerow([_cell(value) for value in cells.values()])
    return out.getvalue()


def _cell(value: object) -> object:
    """Return a cell that a spreadsheet reads as text: an apostrophe goes before what begins like a formula."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value that this share of the values does not exceed (nearest rank), None of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _searches(db: Connection, days: Days) -> list[NamedRow]:
    query = "SELECT day, found, answered, took_ms, query, concepts FROM searches WHERE day BETWEEN ? AND ?"
    return db.execute(query, days.written).fetchall()


def _by_day(rows: Iterable[NamedRow], days: Days) -> Iterator[DayActivity]:
    by_day: dict[str, list[NamedRow]] = {}
    for row in rows:
        by_day.setdefault(row["day"], []).append(row)
    for day in days.each():
        searches = by_day.get(day.isoformat(), [])
        times = [row["took_ms"] for row in searches]
        unfound = sum(not row["found"] for row in searches)
        yield DayActivity(day, len(searches), unfound, percentile(times, 0.5), percentile(times, 0.95))


def _count(
    rows: Iterable[NamedRow], before: Iterable[NamedRow], subjects: Callable[[NamedRow], list[Subject]]
) -> tuple[SubjectCount, ...]:
    now, then = (Counter(subject for row in searches for subject in subjects(row)) for searches in (rows, before))
    ordered = sorted(now.items(), key=lambda item: (-item[1], item[0]))
    return tuple(SubjectCount(subject, count, then[subject]) for subject, count in ordered[:LISTED])


def _words_or_concepts(row: NamedRow) -> list[Subject]:
    """Return the subject of a search: its words, whatever their capitals and blanks, else all its concepts."""
    if row["query"] is not None:
        return [Subject(" ".join(row["query"].split()).lower())]
    return [Subject("", tuple(_concepts(row)))]


def _concepts(row: NamedRow) -> list[str]:
    concepts: list[str] = json.loads(row["concepts"] or "[]")
    return concepts


def _never_opened(db: Connection, days: Days) -> tuple[UnopenedDocument, ...]:
    """Return documents often among the first results of pages and never opened; API clients open nothing here."""
    rows = db.execute(
        "SELECT document_id, count(*) AS times FROM shown JOIN searches USING (token)"
        " WHERE day BETWEEN ? AND ? AND channel = 'page' AND what NOT IN ('experiences', 'comparison') AND place <= ?"
        " GROUP BY document_id HAVING count(*) >= ? AND max(opened) IS NULL ORDER BY times DESC, document_id LIMIT ?",
        (*days.written, UPPER, OFTEN, LISTED),
    )
    return tuple(UnopenedDocument(*row) for row in rows)


def _complaints(db: Connection, days: Days) -> tuple[Complaint, ...]:
    rows = db.execute(
        "SELECT v.day AS day, v.document_id, v.word, s.query AS query, coalesce(s.concepts, '[]') AS concepts"
        " FROM votes v LEFT JOIN searches s ON s.token = v.token"
        " WHERE v.helped = 0 AND v.day BETWEEN ? AND ? ORDER BY v.at DESC LIMIT ?",
        (*days.written, 5 * LISTED),
    )
    return tuple(
        Complaint(date.fromisoformat(row["day"]), _words_or_concepts(row)[0], row["document_id"], row["word"])
        for row in rows
    )
