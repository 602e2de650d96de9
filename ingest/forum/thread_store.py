"""What the job remembers of threads: `<data>/threads.sqlite`, its own file, apart from the index and from the inbox.

Taking in a delivery is one transaction: its messages are applied, its name is noted, its thread is marked as changed.
The mark goes once the index holds the thread as it is now. Whatever happens in between, the next run goes on.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.errors import PasserelleError
from index.store.private_database import exclusive_transaction, open_private_database
from ingest.forum.threads import ThreadState

_SCHEMA = """
CREATE TABLE IF NOT EXISTS taken (delivery TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS threads (
    forum TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, changed INTEGER NOT NULL, PRIMARY KEY (forum, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class OtherCategory(PasserelleError):
    """A sender for some categories tells of a thread that is known from another one; nothing of it is taken in."""


class ThreadStore:
    """The threads' states. One job at a time writes (it holds the ingestion lock)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def apply(self, delivery: Mapping[str, Any]) -> bool:
        """Take in a delivery; say whether it was new.

        Raises OtherCategory; KeyError, TypeError, ValueError for a malformed one.
        """
        with self._writing() as db:
            name = str(delivery["delivery"])
            if db.execute("INSERT OR IGNORE INTO taken VALUES (?)", (name,)).rowcount == 0:
                return False
            forum, thread = str(delivery["forum"]), str(delivery["thread"])
            state = self._state(db, forum, thread)
            _check_category(state, delivery.get("bound_to", []))
            for message in delivery["messages"]:
                state.apply(int(delivery["seq"]), message)
            db.execute("INSERT OR REPLACE INTO threads VALUES (?, ?, ?, 1)", (forum, thread, _to_text(state)))
            return True

    def changed(self) -> list[ThreadState]:
        """Return the threads that the index does not hold as they are now."""
        return self._select("WHERE changed")

    def all(self) -> list[ThreadState]:
        return self._select("")

    def mark_indexed(self, state: ThreadState) -> None:
        """Note that the index holds the thread as it is now."""
        with self._writing() as db:
            db.execute("UPDATE threads SET changed = 0 WHERE forum = ? AND id = ?", (state.forum, state.id))

    def mark_all_changed_unless(self, choices: str) -> None:
        """Mark every thread as changed unless documents are still made with these choices (audiences, splitter…)."""
        with self._writing() as db:
            row = db.execute("SELECT value FROM facts WHERE name = 'choices'").fetchone()
            if row is None or row[0] != choices:
                db.execute("UPDATE threads SET changed = 1")
                db.execute("INSERT OR REPLACE INTO facts VALUES ('choices', ?)", (choices,))

    def _select(self, where: str) -> list[ThreadState]:
        if not self.path.is_file():
            return []
        with self._writing() as db:
            rows = db.execute(f"SELECT forum, id, state FROM threads {where} ORDER BY forum, id").fetchall()
        return [ThreadState.from_json(forum, thread, json.loads(state)) for forum, thread, state in rows]

    def _state(self, db: sqlite3.Connection, forum: str, thread: str) -> ThreadState:
        row = db.execute("SELECT state FROM threads WHERE forum = ? AND id = ?", (forum, thread)).fetchone()
        return ThreadState.from_json(forum, thread, json.loads(row[0])) if row else ThreadState(forum, thread)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with open_private_database(self.path, timeout_s=30) as db:
            db.executescript(_SCHEMA)
            with exclusive_transaction(db):
                yield db


def _check_category(state: ThreadState, bound_to: Collection[str]) -> None:
    """Raise OtherCategory for a known thread that is in none of the categories its sender is bound to, if to any.

    A category may have two names, its number and its slug; either will do.
    """
    if bound_to and state.is_known and not set(bound_to) & set(state.categories):
        raise OtherCategory(f"its sender is for {', '.join(bound_to)}, and the thread is in another category.")


def _to_text(state: ThreadState) -> str:
    return json.dumps(state.as_json(), ensure_ascii=False)
