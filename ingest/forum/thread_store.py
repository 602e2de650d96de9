"""What the job remembers of threads: a database of its own, apart from the index and from the inbox.

Taking in a delivery is one transaction: its messages are applied, its name is noted, its thread is marked as changed.
The mark goes once the index holds the thread as it is now. Whatever happens in between, the next run goes on.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from index.errors import PasserelleError
from index.store.database import Connection
from index.store.forum_threads import ThreadDatabase
from index.store.private_database import Location
from ingest.forum.threads import ThreadState


class OtherCategory(PasserelleError):
    """A sender for some categories tells of a thread that is known from another one; nothing of it is taken in."""


class ThreadStore:
    """The threads' states. One job at a time writes (it holds the ingestion lock)."""

    def __init__(self, location: Location) -> None:
        self.location = location

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was ever taken in."""
        if isinstance(self.location, Path):
            return not self.location.is_file()
        with self._writing() as db:
            return db.execute("SELECT 1 FROM taken LIMIT 1").fetchone() is None

    def apply(self, delivery: Mapping[str, Any]) -> bool:
        """Take in a delivery; say whether it was new.

        Raises OtherCategory; KeyError, TypeError, ValueError for a malformed one.
        """
        with self._writing() as db:
            name = str(delivery["delivery"])
            if db.execute("INSERT INTO taken VALUES (?) ON CONFLICT DO NOTHING", (name,)).rowcount == 0:
                return False
            forum, thread = str(delivery["forum"]), str(delivery["thread"])
            state = self._state(db, forum, thread)
            _check_category(state, delivery.get("bound_to", []))
            for message in delivery["messages"]:
                state.apply(int(delivery["seq"]), message)
            db.execute(
                "INSERT INTO threads VALUES (?, ?, ?, 1)"
                " ON CONFLICT (forum, id) DO UPDATE SET state = excluded.state, changed = 1",
                (forum, thread, _to_text(state)),
            )
            return True

    def changed(self) -> list[ThreadState]:
        """Return the threads that the index does not hold as they are now."""
        return self._select("WHERE changed = 1")

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
                db.execute(
                    "INSERT INTO facts VALUES ('choices', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    (choices,),
                )

    def _select(self, where: str) -> list[ThreadState]:
        if self.is_empty:
            return []
        with self._writing() as db:
            rows = db.execute(f"SELECT forum, id, state FROM threads {where} ORDER BY forum, id").fetchall()
        return [ThreadState.from_json(forum, thread, json.loads(state)) for forum, thread, state in rows]

    def _state(self, db: Connection, forum: str, thread: str) -> ThreadState:
        row = db.execute("SELECT state FROM threads WHERE forum = ? AND id = ?", (forum, thread)).fetchone()
        return ThreadState.from_json(forum, thread, json.loads(row[0])) if row else ThreadState(forum, thread)

    def _writing(self) -> AbstractContextManager[Connection]:
        return ThreadDatabase(self.location).open()


def _check_category(state: ThreadState, bound_to: Collection[str]) -> None:
    """Raise OtherCategory for a known thread that is in none of the categories its sender is bound to, if to any.

    A category may have two names, its number and its slug; either will do.
    """
    if bound_to and state.is_known and not set(bound_to) & set(state.categories):
        raise OtherCategory(f"its sender is for {', '.join(bound_to)}, and the thread is in another category.")


def _to_text(state: ThreadState) -> str:
    return json.dumps(state.as_json(), ensure_ascii=False)
