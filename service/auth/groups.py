"""The groups that staff declared: a private database of their names, and of which are closed.

A group need not be declared: documents, keys and an issuer's claims name one by its id. Whoever is in a closed one is
not in it: `OpenGroups` leaves it out of every caller, whatever says that they are a member.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from index.documents import LANGUAGES
from index.named_rows import NamedRow
from index.reasons import Reason
from index.settings import IndexSettings
from index.store.database import Connection
from index.store.private_database import PrivateDatabase, private_location
from service.auth.authenticators import Authenticator
from service.auth.callers import Caller
from service.errors import ChangedMeanwhile, InvalidField

FILE: Final = "groups.sqlite"
CHANGED: Final = "Somebody changed this group since you looked at it. Look at what it is now, and try again."


def _first_tables(db: Connection) -> None:
    db.execute(
        "CREATE TABLE declared_groups (id TEXT PRIMARY KEY, names TEXT NOT NULL, description TEXT NOT NULL,"
        " closed TEXT NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID"
    )


class GroupsFile(PrivateDatabase):
    """`<data>/groups.sqlite`."""

    steps = (_first_tables,)


@dataclass(frozen=True, slots=True)
class Group:
    """A group. `names` are by language, `description` is for staff, `closed` is when it was (ISO 8601), "" while open.

    `revision` grows by one with each change; it is 0 where nobody has declared the group.
    """

    id: str
    names: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    closed: str = ""
    revision: int = 0

    def name(self, language: str) -> str:
        """Return its name in a language, else in the first that it has, else its id."""
        return next((self.names[code] for code in (language, *LANGUAGES) if code in self.names), self.id)


@dataclass(frozen=True)
class GroupStore:
    """Keeps the declared groups. Safe to use from any thread and process: each use opens it anew."""

    file: GroupsFile

    def all(self) -> dict[str, Group]:
        """Return every declared group, by id. Raises StoreError."""
        with self.file.open() as db:
            return {row["id"]: _group(row) for row in db.execute("SELECT * FROM declared_groups ORDER BY id")}

    def find(self, group_id: str) -> Group:
        """Return a group, one of revision 0 where nobody has declared it. Raises StoreError."""
        with self.file.open() as db:
            return _read(db, group_id)

    def closed_among(self, groups: Collection[str]) -> frozenset[str]:
        """Return those of these groups that are closed. Raises StoreError."""
        with self.file.open_shared() as db:
            rows = db.execute("SELECT id FROM declared_groups WHERE closed <> ''").fetchall()
        return frozenset(group for (group,) in rows if group in groups)

    def check_open(self, groups: Collection[str]) -> None:
        """See that none of these groups is closed, before something new names them. Raises InvalidField, StoreError."""
        closed = sorted(self.closed_among(groups)) if groups else []
        if closed:
            raise InvalidField("groups", Reason("group-closed", groups=", ".join(closed)), rule="closed")

    def write(self, group: Group) -> Group:
        """Keep a group as the state after `group.revision`, and return it. Raises ChangedMeanwhile, StoreError."""
        changed = replace(group, revision=group.revision + 1)
        row = (group.id, json.dumps(dict(group.names), ensure_ascii=False), group.description, group.closed)
        with self.file.open() as db:
            _check_revision(db, group)
            db.execute(
                "INSERT INTO declared_groups (id, names, description, closed, revision) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET names = excluded.names, description = excluded.description,"
                " closed = excluded.closed, revision = excluded.revision",
                (*row, changed.revision),
            )
        return changed

    def remove(self, group: Group) -> None:
        """Forget that a group was declared. Raises ChangedMeanwhile, StoreError."""
        with self.file.open() as db:
            _check_revision(db, group)
            db.execute("DELETE FROM declared_groups WHERE id = ?", (group.id,))


def groups_in(settings: IndexSettings) -> GroupStore:
    """Return the declared groups of a data folder, or of the database that machines share."""
    return GroupStore(GroupsFile(private_location(settings, FILE)))


@dataclass(frozen=True)
class OpenGroups:
    """Knows callers as another authenticator does, without the groups that are closed."""

    authenticator: Authenticator
    groups: GroupStore

    def caller(self, token: str) -> Caller:
        """Return whose token it is. Raises Unauthenticated, IssuerUnavailable, StoreError."""
        return self._without_closed(self.authenticator.caller(token))

    def resume(self, subject: str) -> Caller:
        """Return the caller a session was opened for, with their present rights. Raises Unauthenticated, StoreError."""
        return self._without_closed(self.authenticator.resume(subject))

    def _without_closed(self, caller: Caller) -> Caller:
        if not caller.groups:
            return caller
        return replace(caller, groups=caller.groups - self.groups.closed_among(caller.groups))


def _check_revision(db: Connection, group: Group) -> None:
    if _read(db, group.id).revision != group.revision:
        raise ChangedMeanwhile(CHANGED)


def _read(db: Connection, group_id: str) -> Group:
    row = db.execute("SELECT * FROM declared_groups WHERE id = ?", (group_id,)).fetchone()
    return _group(row) if row else Group(group_id)


def _group(row: NamedRow) -> Group:
    names: dict[str, Any] = json.loads(row["names"])
    return Group(row["id"], names, row["description"], row["closed"], row["revision"])
