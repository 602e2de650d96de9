"""The register's database: its tables as numbered migrations, and its rows as obstacles and reports."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from index.documents import Audience
from index.named_rows import NamedRow
from index.store.database import Connection
from index.store.private_database import PrivateDatabase, run_statements
from service.http.daily_counts import keyed_hash
from service.obstacles.cross_border_file import CrossBorderFile
from service.obstacles.model import Classification, Obstacle, Proposal, Report, Source, State

FILE: Final = "obstacles.sqlite"
HANDLE: Final = 16  # characters of a follow-up link's hash

_FIRST: Final = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE obstacles (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    about TEXT NOT NULL,
    statement TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    is_public INTEGER NOT NULL DEFAULT 0,
    passed_to TEXT NOT NULL DEFAULT '',
    passed_at TEXT,
    solved_by TEXT NOT NULL DEFAULT '',
    created TEXT NOT NULL,
    changed TEXT NOT NULL
);
CREATE TABLE reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    obstacle_id TEXT NOT NULL REFERENCES obstacles (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    at TEXT NOT NULL,
    text TEXT NOT NULL,
    language TEXT NOT NULL,
    consent TEXT NOT NULL,
    who TEXT NOT NULL,
    audience TEXT NOT NULL,
    origin TEXT NOT NULL,
    solved_by TEXT NOT NULL DEFAULT '',
    missing_since TEXT,
    follow TEXT UNIQUE,
    proposal TEXT NOT NULL,
    embedder TEXT NOT NULL,
    vector BLOB NOT NULL
);
CREATE INDEX reports_by_obstacle ON reports (obstacle_id);
CREATE INDEX reports_by_who ON reports (who) WHERE who != '';
CREATE UNIQUE INDEX one_report_a_thread ON reports (origin) WHERE origin != '';
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    obstacle_id TEXT NOT NULL REFERENCES obstacles (id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    what TEXT NOT NULL,
    told TEXT NOT NULL
);
CREATE INDEX events_by_obstacle ON events (obstacle_id);
CREATE TABLE notices (
    obstacle_id TEXT NOT NULL REFERENCES obstacles (id) ON DELETE CASCADE,
    document_id TEXT NOT NULL,
    audience TEXT NOT NULL,
    at TEXT NOT NULL,
    is_dismissed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (obstacle_id, document_id, audience)
) WITHOUT ROWID;
CREATE TABLE seen (
    document_id TEXT NOT NULL, audience TEXT NOT NULL, PRIMARY KEY (document_id, audience)
) WITHOUT ROWID;
CREATE TABLE feeds (owner TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE) WITHOUT ROWID;
"""


def _first_tables(db: Connection) -> None:
    run_statements(db, _FIRST)
    db.execute("INSERT INTO facts VALUES ('salt', ?)", (secrets.token_hex(32),))


def _count_reporters(db: Connection) -> None:
    """Note whom a report counts for, and how many an address sent today; earlier ones without a subject count each."""
    db.execute("ALTER TABLE reports ADD COLUMN reporter TEXT NOT NULL DEFAULT ''")
    db.execute("UPDATE reports SET reporter = who")
    db.execute("CREATE TABLE arrivals (network TEXT PRIMARY KEY, reports INTEGER NOT NULL) WITHOUT ROWID")


def _keep_cross_border_files(db: Connection) -> None:
    """Keep what staff fill in for an obstacle's file under Regulation (EU) 2025/925."""
    db.execute(
        "CREATE TABLE cross_border_files (obstacle_id TEXT PRIMARY KEY REFERENCES obstacles (id) ON DELETE CASCADE,"
        " fields TEXT NOT NULL) WITHOUT ROWID"
    )


MIGRATIONS: Final[tuple[Callable[[Connection], None], ...]] = (
    _first_tables,
    _count_reporters,
    _keep_cross_border_files,
)
_REPORTERS: Final = "count(DISTINCT CASE reporter WHEN '' THEN 'report ' || id ELSE reporter END)"


class RegisterFile(PrivateDatabase):
    """`<data>/obstacles.sqlite`, or a schema of the server."""

    steps = MIGRATIONS


def digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def as_text(value: Any) -> str:
    """Return a value as JSON, as the register's columns hold it."""
    return json.dumps(value, ensure_ascii=False)


def new_obstacle(db: Connection, about: Classification, at: str) -> str:
    """Add an obstacle and return its id, which reveals nothing of how many there are."""
    name = secrets.token_hex(5)
    db.execute(
        "INSERT INTO obstacles (id, state, about, created, changed) VALUES (?, ?, ?, ?, ?)",
        (name, State.NEW, as_text(about.as_json()), at, at),
    )
    return name


def drop_empty(db: Connection) -> None:
    """Remove obstacles that are nothing but reports, and have none left."""
    db.execute(
        "DELETE FROM obstacles WHERE state = ? AND statement = '' AND id NOT IN (SELECT obstacle_id FROM reports)"
        " AND id NOT IN (SELECT obstacle_id FROM cross_border_files)",
        (State.NEW,),
    )


def pseudonym(db: Connection, subject: str) -> str:
    if not subject:
        return ""
    (salt,) = db.execute("SELECT value FROM facts WHERE name = 'salt'").fetchone()
    return keyed_hash(salt, subject)


def read_obstacles(db: Connection, only: str) -> list[Obstacle]:
    where = " WHERE id = ?" if only else ""
    rows = db.execute(f"SELECT * FROM obstacles{where}", (only,) if only else ()).fetchall()
    counts: dict[str, dict[Audience, int]] = {row["id"]: {} for row in rows}
    for name, audience, count in db.execute(f"SELECT obstacle_id, audience, {_REPORTERS} FROM reports GROUP BY 1, 2"):
        if name in counts:
            counts[name][Audience(audience)] = count
    obstacles = [_obstacle_of(row, counts[row["id"]]) for row in rows]
    return sorted(obstacles, key=lambda obstacle: (obstacle.created, obstacle.id))


def _obstacle_of(row: NamedRow, counts: Mapping[Audience, int]) -> Obstacle:
    return Obstacle(
        id=row["id"],
        state=State(row["state"]),
        about=Classification.from_json(json.loads(row["about"])),
        statement=row["statement"],
        language=row["language"],
        is_public=bool(row["is_public"]),
        passed_to=row["passed_to"],
        passed_at=datetime.fromisoformat(row["passed_at"]) if row["passed_at"] else None,
        solved_by=row["solved_by"],
        created=datetime.fromisoformat(row["created"]),
        changed=datetime.fromisoformat(row["changed"]),
        counts=counts,
    )


def read_file(db: Connection, obstacle_id: str) -> CrossBorderFile:
    """Return what staff filled in for an obstacle's file; nothing is stated where they have not."""
    row = db.execute("SELECT fields FROM cross_border_files WHERE obstacle_id = ?", (obstacle_id,)).fetchone()
    return CrossBorderFile.from_json(json.loads(row["fields"])) if row else CrossBorderFile()


def report_of(row: NamedRow) -> Report:
    return Report(
        id=row["id"],
        obstacle_id=row["obstacle_id"],
        source=Source(row["source"]),
        at=datetime.fromisoformat(row["at"]),
        text=row["text"],
        language=row["language"],
        consent=row["consent"],
        proposal=Proposal.from_json(json.loads(row["proposal"])),
        who=row["who"],
        audience=Audience(row["audience"]),
        origin=row["origin"],
        solved_by=row["solved_by"],
        handle=str(row["follow"] or "")[:HANDLE],
    )
