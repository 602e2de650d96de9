"""The journal's database: searches, the documents they showed, which of them were opened, and votes."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from index.store.database import Connection
from index.store.private_database import PrivateDatabase, run_statements

SHOWN: Final = 20  # documents of a search that are kept, to see which are never opened
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS searches (
    token TEXT PRIMARY KEY, day TEXT NOT NULL, at TEXT NOT NULL, channel TEXT NOT NULL, what TEXT NOT NULL,
    audience TEXT NOT NULL, language TEXT NOT NULL, concepts TEXT NOT NULL, filters TEXT NOT NULL,
    found INTEGER NOT NULL, answered INTEGER, took_ms REAL NOT NULL, query TEXT, who TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS searches_by_day ON searches (day);
CREATE TABLE IF NOT EXISTS shown (
    token TEXT NOT NULL REFERENCES searches (token) ON DELETE CASCADE, document_id TEXT NOT NULL,
    place INTEGER NOT NULL, opened TEXT, PRIMARY KEY (token, document_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS votes (
    token TEXT NOT NULL, document_id TEXT NOT NULL, day TEXT NOT NULL, at TEXT NOT NULL, helped INTEGER NOT NULL,
    word TEXT NOT NULL, audience TEXT NOT NULL, who TEXT NOT NULL, PRIMARY KEY (token, document_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS votes_by_day ON votes (day);
"""


class TextTopics(NamedTuple):
    """What is kept of a text in any case: its language and the concepts of the thesaurus it names."""

    language: str
    concepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """A search or question; `who` is a digest of the day, "" unless its words may be kept."""

    token: str
    at: datetime
    channel: str
    kind: str
    audience: str
    query: str
    is_query_kept: bool
    who: str
    filters: tuple[str, ...]
    shown: tuple[str, ...]
    answered: bool | None
    took_ms: float


@dataclass(frozen=True, slots=True)
class OpeningRecord:
    """A result of a search was opened."""

    token: str
    document_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class VoteRecord:
    """Somebody said whether a result, or the answer, helped."""

    token: str
    document_id: str  # "" for the answer
    at: datetime
    helped: bool
    word: str
    audience: str
    who: str


Record = SearchRecord | OpeningRecord | VoteRecord


def daily_digest(secret: str, subject: str, day: date) -> str:
    """Return the pseudonym of a subject for one day; two days of the same person cannot be linked."""
    message = f"{day.isoformat()}\0{subject}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:20]


@dataclass(frozen=True)
class JournalStore(PrivateDatabase):
    """A private database. Safe to use from any thread; what is deleted from a file is overwritten."""

    steps = (lambda db: run_statements(db, _TABLES),)
    understand: Callable[[str], TextTopics] = lambda text: TextTopics("", ())

    def add(self, records: Sequence[Record]) -> list[Record]:
        """Write records in one transaction, and return those about a search that is not there.

        A second vote on the same result replaces the first.
        """
        with self.open() as db:
            return [record for record in records if not self._add(db, record)]

    def _add(self, db: Connection, record: Record) -> bool:
        if isinstance(record, SearchRecord):
            self._add_search(db, record)
            return True
        if isinstance(record, OpeningRecord):
            db.execute(
                "UPDATE shown SET opened = coalesce(opened, ?) WHERE token = ? AND document_id = ?",
                (_time(record.at), record.token, record.document_id),
            )
        else:
            self._add_vote(db, record)
        return db.execute("SELECT 1 FROM searches WHERE token = ?", (record.token,)).fetchone() is not None

    def _add_search(self, db: Connection, search: SearchRecord) -> None:
        topics = self.understand(search.query)
        row = (
            search.token,
            search.at.date().isoformat(),
            _time(search.at),
            search.channel,
            search.kind,
            search.audience,
            topics.language,
            json.dumps(topics.concepts),
            json.dumps(search.filters),
            len(search.shown),
            search.answered,
            round(search.took_ms, 1),
            search.query if search.is_query_kept else None,
            search.who,
        )
        db.execute(f"INSERT INTO searches VALUES ({', '.join('?' * len(row))}) ON CONFLICT DO NOTHING", row)
        shown = [(search.token, document_id, rank) for rank, document_id in enumerate(search.shown[:SHOWN], 1)]
        db.executemany("INSERT INTO shown (token, document_id, place) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", shown)

    def _add_vote(self, db: Connection, vote: VoteRecord) -> None:
        """Keep a vote about what its search showed, or about its answer; ignore any other."""
        query, about = "SELECT 1 FROM shown WHERE token = ? AND document_id = ?", [vote.token, vote.document_id]
        if not vote.document_id:
            query, about = "SELECT 1 FROM searches WHERE token = ? AND answered IS NOT NULL", [vote.token]
        if db.execute(query, about).fetchone() is None:
            return
        row = (
            vote.token,
            vote.document_id,
            vote.at.date().isoformat(),
            _time(vote.at),
            vote.helped,
            vote.word,
            vote.audience,
            vote.who,
        )
        db.execute(
            "INSERT INTO votes VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (token, document_id) DO UPDATE"
            " SET helped = excluded.helped, word = CASE excluded.word WHEN '' THEN votes.word ELSE excluded.word END,"
            " who = CASE excluded.who WHEN '' THEN votes.who ELSE excluded.who END",
            row,
        )

    def purge(self, today: date, days: int) -> int:
        """Forget what is older than so many days and return how many searches and votes that were."""
        return self.erase_before(today - timedelta(days=days))

    def erase_before(self, day: date) -> int:
        """Forget everything before a day and return how many searches and votes that were."""
        with self.open() as db:
            gone = db.execute("DELETE FROM searches WHERE day < ?", (day.isoformat(),)).rowcount
            gone += db.execute("DELETE FROM votes WHERE day < ?", (day.isoformat(),)).rowcount
        return gone

    def words_of(self, secret: str, subject: str) -> list[dict[str, str]]:
        """Return the words of one person: the searches they agreed to have kept, and their remarks."""
        queries = (
            "SELECT at, 'search', query FROM searches WHERE who = ?",
            "SELECT at, 'remark', word FROM votes WHERE who = ?",
        )
        with self.open_shared() as db:
            rows = [
                row
                for digest in _digests(db, secret, subject)
                for query in queries
                for row in db.execute(query, digest).fetchall()
            ]
        return [{"at": at, "what": what, "text": text} for at, what, text in sorted(rows)]

    def erase_subject(self, secret: str, subject: str) -> int:
        """Forget the words of one person: the searches they agreed to have kept, and their remarks."""
        with self.open() as db:
            digests = _digests(db, secret, subject)
            return sum(
                db.execute(f"DELETE FROM {table} WHERE who = ?", digest).rowcount
                for digest in digests
                for table in ("searches", "votes")
            )

    def erase_words(self) -> int:
        """Forget every text somebody typed, and keep the counts."""
        with self.open() as db:
            gone = db.execute("UPDATE searches SET query = NULL, who = '' WHERE query IS NOT NULL").rowcount
            gone += db.execute("UPDATE votes SET word = '', who = '' WHERE word <> ''").rowcount
        return gone

    def erase_all(self) -> int:
        """Forget everything."""
        return self.erase_before(date.max)


def _digests(db: Connection, secret: str, subject: str) -> list[tuple[str]]:
    """Return the pseudonyms of a subject on the days that something is kept of."""
    days = db.execute("SELECT DISTINCT day FROM searches UNION SELECT day FROM votes").fetchall()
    return [(daily_digest(secret, subject, date.fromisoformat(day)),) for (day,) in days]


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
