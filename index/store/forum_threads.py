"""The tables of forum threads. Ingestion fills them (`ingest.forum.thread_store`), and the service copies them."""

from __future__ import annotations

from typing import Final

from index.store.private_database import PrivateDatabase, run_statements

FILE: Final = "threads.sqlite"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS taken (delivery TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS threads (
    forum TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, changed INTEGER NOT NULL, PRIMARY KEY (forum, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class ThreadDatabase(PrivateDatabase):
    """`<data>/threads.sqlite`, or a schema of the server."""

    steps = (lambda db: run_statements(db, _SCHEMA),)
