"""The journal's file: searches, the documents they showed, which were opened, and who was helped by what."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from index.store.private_database import private_database

SHOWN: Final = 20  # documents of a search that are remembered, to tell what is never opened
SCHEMA: Final = """
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


class Understood(NamedTuple):
    """What is kept of a text in any case: its language and the concepts of the thesaurus it names."""

    language: str
    concepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Searched:
    token: str
    at: datetime
    channel: str
    what: str
    audience: str
    query: str
    is_query_kept: bool
    who: str
    filters: tuple[str, ...]
    shown: tuple[str, ...]
    answered: bool | None
    took_ms: float


@dataclass(frozen=True, slots=True)
class Opened:
    token: str
    document_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Voted:
    token: str
    document_id: str  # "" for the answer
    at: datetime
    helped: bool
    word: str
    audience: str
    who: str


Record = Searched | Opened | Voted


def daily_digest(secret: str, subject: str, day: date) -> str:
    """Return what stands for a subject on one day; two days of one person cannot be told to be one person's."""
    said = f"{day.isoformat()}\0{subject}".encode()
    return hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()[:20]


@dataclass(frozen=True)
class JournalStore:
    """One SQLite file. Safe to use from any thread; what is deleted is overwritten."""

    path: Path
    understand: Callable[[str], Understood] = lambda text: Understood("", ())

    def add(self, records: Sequence[Record]) -> list[Record]:
        """Write records in one transaction, and return those about a search that is not there.

        A vote given again replaces the first one's.
        """
        with self.open() as db:
            return [record for record in records if not self._add(db, record)]

    def _add(self, db: sqlite3.Connection, record: Record) -> bool:
        if isinstance(record, Searched):
            self._add_search(db, record)
            return True
        if isinstance(record, Opened):
            db.execute(
                "UPDATE shown SET opened = coalesce(opened, ?) WHERE token = ? AND document_id = ?",
                (_time(record.at), record.token, record.document_id),
            )
        else:
            self._add_vote(db, record)
        return db.execute("SELECT 1 FROM searches WHERE token = ?", (record.token,)).fetchone() is not None

    def _add_search(self, db: sqlite3.Connection, one: Searched) -> None:
        known = self.understand(one.query)
        db.execute(
            "INSERT OR IGNORE INTO searches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(one.token, one.at.date().isoformat(), _time(one.at), one.channel, one.what, one.audience),
                *(known.language, json.dumps(known.concepts), json.dumps(one.filters), len(one.shown), one.answered),
                *(round(one.took_ms, 1), one.query if one.is_query_kept else None, one.who),
            ),
        )
        places = [(one.token, document_id, place) for place, document_id in enumerate(one.shown[:SHOWN], 1)]
        db.executemany("INSERT OR IGNORE INTO shown (token, document_id, place) VALUES (?, ?, ?)", places)

    def _add_vote(self, db: sqlite3.Connection, one: Voted) -> None:
        """Keep a vote about what its search did show, or about its answer; any other is not one."""
        about = (one.token, one.document_id) if one.document_id else (one.token,)
        known = "SELECT 1 FROM shown WHERE token = ? AND document_id = ?"
        if not one.document_id:
            known = "SELECT 1 FROM searches WHERE token = ? AND answered IS NOT NULL"
        if db.execute(known, about).fetchone() is None:
            return
        db.execute(
            "INSERT INTO votes VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (token, document_id) DO UPDATE"
            " SET helped = excluded.helped, word = CASE excluded.word WHEN '' THEN word ELSE excluded.word END,"
            " who = CASE excluded.who WHEN '' THEN who ELSE excluded.who END",
            (
                *(one.token, one.document_id, one.at.date().isoformat(), _time(one.at), one.helped),
                *(one.word, one.audience, one.who),
            ),
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

    def erase_subject(self, secret: str, subject: str) -> int:
        """Forget the words of one person: the searches they agreed to have kept, and their remarks."""
        with self.open() as db:
            days = [one for (one,) in db.execute("SELECT DISTINCT day FROM searches UNION SELECT day FROM votes")]
            theirs = [(daily_digest(secret, subject, date.fromisoformat(day)),) for day in days]
            gone = sum(
                db.execute(f"DELETE FROM {table} WHERE who = ?", who).rowcount
                for who in theirs
                for table in ("searches", "votes")
            )
        return gone

    def erase_words(self) -> int:
        """Forget every text somebody typed, and keep the counts."""
        with self.open() as db:
            gone = db.execute("UPDATE searches SET query = NULL, who = '' WHERE query IS NOT NULL").rowcount
            gone += db.execute("UPDATE votes SET word = '', who = '' WHERE word <> ''").rowcount
        return gone

    def erase_all(self) -> int:
        """Forget everything."""
        return self.erase_before(date.max)

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """Hold one transaction on the file, which is made when it is not there."""
        with private_database(self.path) as db:
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA secure_delete = ON")
            db.executescript(SCHEMA)
            with db:
                yield db


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
