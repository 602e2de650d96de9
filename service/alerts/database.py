"""The alerts' database: its tables as numbered migrations, and how it is opened."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from index.store.database import Connection
from index.store.private_database import PrivateDatabase, run_statements

FILE: Final = "alerts.sqlite"
_FIRST: Final = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    query TEXT NOT NULL,
    filters TEXT NOT NULL,
    language TEXT NOT NULL,
    created TEXT NOT NULL,
    since INTEGER NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    asked TEXT NOT NULL DEFAULT '',
    frequency TEXT NOT NULL DEFAULT 'weekly',
    is_confirmed INTEGER NOT NULL DEFAULT 0,
    is_paused INTEGER NOT NULL DEFAULT 0,
    stopped TEXT NOT NULL DEFAULT '',
    stopped_at TEXT NOT NULL DEFAULT '',
    feed TEXT UNIQUE
) WITHOUT ROWID;
CREATE INDEX alerts_of_an_owner ON alerts (owner);
CREATE TABLE sightings (
    reader TEXT NOT NULL,
    document_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    first INTEGER NOT NULL,
    is_gone INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (reader, document_id)
) WITHOUT ROWID;
CREATE INDEX sightings_in_order ON sightings (reader, seq);
CREATE TABLE cursors (
    alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    reader TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (alert_id, reader)
) WITHOUT ROWID;
CREATE TABLE mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    period TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due TEXT NOT NULL,
    made TEXT NOT NULL,
    ended TEXT NOT NULL DEFAULT '',
    message_id TEXT NOT NULL,
    link TEXT,
    reason TEXT NOT NULL DEFAULT '',
    UNIQUE (alert_id, period)
);
CREATE INDEX mails_by_state ON mails (state, due);
CREATE UNIQUE INDEX one_mail_a_link ON mails (link) WHERE link IS NOT NULL;
CREATE TABLE items (
    alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
    document_id TEXT NOT NULL,
    at TEXT NOT NULL,
    mail_id INTEGER, -- the mail that told of it; it stays when that mail is forgotten
    PRIMARY KEY (alert_id, document_id)
) WITHOUT ROWID;
CREATE INDEX items_of_a_mail ON items (mail_id) WHERE mail_id IS NOT NULL;
CREATE TABLE arrivals (network TEXT PRIMARY KEY, reports INTEGER NOT NULL) WITHOUT ROWID;
"""


def _first_tables(db: Connection) -> None:
    run_statements(db, _FIRST)


MIGRATIONS: Final[tuple[Callable[[Connection], None], ...]] = (_first_tables,)


class AlertsFile(PrivateDatabase):
    """`<data>/alerts.sqlite`, or a schema of the server."""

    steps = MIGRATIONS


def digest(token: str) -> str:
    """Return what a secret token is stored as."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
