"""What the job remembers of threads: `<data>/threads.sqlite`, its own file, apart from the index and from the inbox.

Taking a delivery in is one transaction: its messages are folded, its name is noted and its thread is marked as changed.
The mark goes when the index holds what the thread now says. Whatever happens between the two, the next run goes on.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.store.private_database import one_transaction, private_database
from ingest.sources.threads import ThreadState

_SCHEMA = """
CREATE TABLE IF NOT EXISTS taken (delivery TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS threads (
    forum TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, changed INTEGER NOT NULL, PRIMARY KEY (forum, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class ThreadStore:
    """The threads' states. One job at a time writes (it holds the ingestion lock)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def take(self, said: Mapping[str, Any]) -> bool:
        """Take in a delivery; say whether it was new. Raises KeyError, TypeError, ValueError for an odd one."""
        with self._writing() as db:
            name = str(said["delivery"])
            if db.execute("INSERT OR IGNORE INTO taken VALUES (?)", (name,)).rowcount == 0:
                return False
            forum, thread = str(said["forum"]), str(said["thread"])
            state = self._state(db, forum, thread)
            for message in said["messages"]:
                state.take(int(said["seq"]), message)
            db.execute("INSERT OR REPLACE INTO threads VALUES (?, ?, ?, 1)", (forum, thread, _written(state)))
            return True

    def changed(self) -> list[ThreadState]:
        """Return the threads the index does not follow yet."""
        return self._all("WHERE changed")

    def all(self) -> list[ThreadState]:
        return self._all("")

    def followed(self, state: ThreadState) -> None:
        """Note that the index holds what this thread says."""
        with self._writing() as db:
            db.execute("UPDATE threads SET changed = 0 WHERE forum = ? AND id = ?", (state.forum, state.id))

    def hold_to(self, choices: str) -> None:
        """Mark every thread as changed when what documents are made with has changed (audiences, splitter, store)."""
        with self._writing() as db:
            found = db.execute("SELECT value FROM facts WHERE name = 'choices'").fetchone()
            if found is None or found[0] != choices:
                db.execute("UPDATE threads SET changed = 1")
                db.execute("INSERT OR REPLACE INTO facts VALUES ('choices', ?)", (choices,))

    def _all(self, where: str) -> list[ThreadState]:
        if not self.path.is_file():
            return []
        with self._writing() as db:
            found = db.execute(f"SELECT forum, id, state FROM threads {where} ORDER BY forum, id").fetchall()
        return [ThreadState.from_json(forum, thread, json.loads(state)) for forum, thread, state in found]

    def _state(self, db: sqlite3.Connection, forum: str, thread: str) -> ThreadState:
        found = db.execute("SELECT state FROM threads WHERE forum = ? AND id = ?", (forum, thread)).fetchone()
        return ThreadState.from_json(forum, thread, json.loads(found[0])) if found else ThreadState(forum, thread)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with private_database(self.path, timeout_s=30) as db:
            db.executescript(_SCHEMA)
            with one_transaction(db):
                yield db


def _written(state: ThreadState) -> str:
    return json.dumps(state.as_json(), ensure_ascii=False)
