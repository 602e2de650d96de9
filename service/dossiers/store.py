"""Where dossiers are kept: `<data>/dossiers.sqlite`, or a schema of the server. It holds no document's words.

Ids are drawn by chance, so that none tells how many others there are. Of a link only a hash is kept.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from index.clock import utc_now
from index.named_rows import NamedRow
from index.settings import IndexSettings
from index.store.database import Connection, Cursor
from index.store.private_database import Location, PrivateDatabase, private_location
from service.auth.callers import Caller
from service.dossiers.model import (
    MOST_DOSSIERS,
    MOST_ITEMS,
    MOST_SHARES,
    Content,
    Dossier,
    DossierHead,
    Item,
    ItemKind,
    Quote,
    Share,
    ShareKind,
)
from service.errors import LimitReached, NothingThere

FILE: Final = "dossiers.sqlite"
NO_DOSSIER: Final = "There is no such dossier."
NO_ITEM: Final = "There is no such item in this dossier."
_TABLES: Final = (
    "CREATE TABLE dossiers (id TEXT PRIMARY KEY, owner TEXT NOT NULL, owner_name TEXT NOT NULL, title TEXT NOT NULL,"
    " created TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX dossiers_by_owner ON dossiers (owner)",
    "CREATE TABLE items (id TEXT PRIMARY KEY, dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,"
    " position INTEGER NOT NULL, content TEXT NOT NULL, is_ticked INTEGER NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL,"
    " version INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX items_by_dossier ON items (dossier_id, position)",
    "CREATE INDEX items_by_person ON items (by)",
    "CREATE TABLE shares (id TEXT PRIMARY KEY, dossier_id TEXT NOT NULL REFERENCES dossiers (id) ON DELETE CASCADE,"
    " kind TEXT NOT NULL, name TEXT NOT NULL, may_edit INTEGER NOT NULL, at TEXT NOT NULL, expires TEXT,"
    " token TEXT UNIQUE) WITHOUT ROWID",
    "CREATE INDEX shares_by_dossier ON shares (dossier_id)",
)


def _first_tables(db: Connection) -> None:
    for statement in _TABLES:
        db.execute(statement)


class DossierDatabase(PrivateDatabase):
    """`<data>/dossiers.sqlite`, or a schema of the server."""

    steps = (_first_tables,)


@dataclass(frozen=True)
class DossierStore:
    """Opens the database. Safe to use from any thread and process: each use is one transaction."""

    location: Location
    now: Callable[[], datetime] = utc_now

    @contextmanager
    def open(self) -> Iterator[DossierTables]:
        """Hold the only transaction there is; it is written when the body went well. Raises StoreError."""
        with DossierDatabase(self.location).open() as db:
            yield DossierTables(db, self.now())

    def count_group_shares(self) -> Counter[str]:
        """Return how many dossiers are shared with each group."""
        query = "SELECT name, count(*) FROM shares WHERE kind = ? GROUP BY name"
        with self.open() as tables:
            rows = tables.db.execute(query, (ShareKind.GROUP.value,)).fetchall()
        return Counter({name: count for name, count in rows})

    def words_of(self, subject: str) -> list[dict[str, Any]]:
        """Return what one person keeps here: their dossiers, and what they put into those of others."""
        with self.open() as tables:
            own = [
                {
                    "title": head.title,
                    "created": head.created.isoformat(),
                    "shares": [_share_out(s) for s in head.shares],
                }
                for head in tables.owned_by(subject)
            ]
            return own + tables.words_by(subject)

    def erase(self, subject: str) -> int:
        """Erase a person's dossiers and their words in those of others, where quotes stay without their name."""
        with self.open() as tables:
            return tables.erase(subject)


def dossiers_of(settings: IndexSettings) -> DossierStore:
    """Return the dossiers where these settings keep them."""
    return DossierStore(private_location(settings, FILE))


@dataclass(frozen=True)
class DossierTables:
    """The tables within one transaction that began at `now`."""

    db: Connection
    now: datetime

    def add_dossier(self, owner: Caller, title: str) -> str:
        """Add an empty dossier and return its id. Raises LimitReached."""
        count = "SELECT count(*) FROM dossiers WHERE owner = ?"
        _check_room(self.db.execute(count, (owner.subject,)), MOST_DOSSIERS, "dossiers of your own; delete one first")
        name = secrets.token_urlsafe(9)
        row = (name, owner.subject, owner.name, title, self._time)
        self.db.execute("INSERT INTO dossiers VALUES (?, ?, ?, ?, ?)", row)
        return name

    def dossier(self, dossier_id: str) -> Dossier:
        """Return a dossier with its items in order. Raises NothingThere."""
        row = self.db.execute("SELECT * FROM dossiers WHERE id = ?", (dossier_id,)).fetchone()
        if row is None:
            raise NothingThere(NO_DOSSIER)
        items = self.db.execute("SELECT * FROM items WHERE dossier_id = ? ORDER BY position, id", (dossier_id,))
        return Dossier(**self._head(row), items=tuple(map(_item, items)))

    def by_token(self, token: str) -> Dossier:
        """Return the dossier that a link opens today. Raises NothingThere."""
        query = "SELECT dossier_id FROM shares WHERE token = ? AND expires >= ?"
        row = self.db.execute(query, (_digest(token), self.now.date().isoformat())).fetchone()
        if row is None:
            raise NothingThere(NO_DOSSIER)
        return self.dossier(row["dossier_id"])

    def owned_by(self, subject: str) -> list[DossierHead]:
        """Return somebody's own dossiers, the latest first."""
        rows = self.db.execute("SELECT * FROM dossiers WHERE owner = ? ORDER BY created DESC, id", (subject,))
        return [DossierHead(**self._head(row)) for row in rows.fetchall()]

    def shared_with(self, organisation: str, groups: Sequence[str]) -> list[DossierHead]:
        """Return the dossiers that an organisation ("" for none) or one of these groups was given, by title."""
        names = [(ShareKind.ORGANISATION, organisation)] if organisation else []
        names += [(ShareKind.GROUP, group) for group in groups]
        heads: dict[str, DossierHead] = {}
        for kind, name in names:
            query = "SELECT * FROM dossiers WHERE id IN (SELECT dossier_id FROM shares WHERE kind = ? AND name = ?)"
            rows = self.db.execute(query, (kind.value, name)).fetchall()
            heads |= {row["id"]: DossierHead(**self._head(row)) for row in rows}
        return sorted(heads.values(), key=lambda head: (head.title.casefold(), head.id))

    def rename(self, dossier_id: str, title: str) -> None:
        self.db.execute("UPDATE dossiers SET title = ? WHERE id = ?", (title, dossier_id))

    def delete(self, dossier_id: str) -> None:
        self.db.execute("DELETE FROM dossiers WHERE id = ?", (dossier_id,))

    def add_item(self, dossier_id: str, content: Content, by: str) -> str:
        """Add an item at the end and return its id. Raises LimitReached."""
        count = self.db.execute("SELECT count(*) FROM items WHERE dossier_id = ? AND by = ?", (dossier_id, by))
        _check_room(count, MOST_ITEMS, "items in this dossier; delete some first, or begin another")
        name = secrets.token_urlsafe(9)
        self.db.execute(
            "INSERT INTO items SELECT ?, ?, coalesce(max(position), 0) + 1, ?, 1, ?, ?, 1 FROM items"
            " WHERE dossier_id = ?",
            (name, dossier_id, _content_out(content), by, self._time, dossier_id),
        )
        return name

    def change_item(self, item: Item, *, text: str | None = None, is_ticked: bool | None = None) -> None:
        """Give an item another text or tick."""
        content = _content_out(item.content if text is None else _with_text(item.content, text))
        ticked = item.is_ticked if is_ticked is None else is_ticked
        change = "UPDATE items SET content = ?, is_ticked = ?, version = version + 1 WHERE id = ?"
        self.db.execute(change, (content, ticked, item.id))

    def remove_item(self, item_id: str) -> None:
        self.db.execute("DELETE FROM items WHERE id = ?", (item_id,))

    def reorder(self, dossier: Dossier, item_ids: Sequence[str]) -> None:
        """Put these items into this order, in the places they have together; the others stay where they are."""
        moved = iter(item_ids)
        chosen = set(item_ids)
        order = [next(moved) if item.id in chosen else item.id for item in dossier.items]
        self.db.executemany("UPDATE items SET position = ? WHERE id = ?", enumerate(order, 1))

    def add_share(
        self, dossier_id: str, kind: ShareKind, *, name: str = "", may_edit: bool = False, days: int = 0
    ) -> tuple[Share, str]:
        """Share a dossier and return the share with the link's token, "" for a share that is no link.

        One with the same organisation or group takes the place of the former. Raises LimitReached.
        """
        if kind is not ShareKind.LINK:
            former = "DELETE FROM shares WHERE dossier_id = ? AND kind = ? AND name = ?"
            self.db.execute(former, (dossier_id, kind.value, name))
        count = self.db.execute("SELECT count(*) FROM shares WHERE dossier_id = ?", (dossier_id,))
        _check_room(count, MOST_SHARES, "shares of a dossier; end one first")
        is_link = kind is ShareKind.LINK
        token = secrets.token_urlsafe(24) if is_link else ""
        expires = self.now.date() + timedelta(days=days) if is_link else None
        share = Share(secrets.token_urlsafe(9), kind, name, may_edit, self.now, expires)
        hashed, last = (_digest(token), expires.isoformat()) if expires else (None, None)
        row = (share.id, dossier_id, kind.value, name, may_edit, self._time, last, hashed)
        self.db.execute("INSERT INTO shares VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        return share, token

    def remove_share(self, dossier_id: str, share_id: str) -> None:
        """End a share, at once. Raises NothingThere."""
        gone = self.db.execute("DELETE FROM shares WHERE dossier_id = ? AND id = ?", (dossier_id, share_id))
        if not gone.rowcount:
            raise NothingThere("There is no such share of this dossier.")

    def words_by(self, subject: str) -> list[dict[str, Any]]:
        """Return what somebody put into dossiers, their own and others'."""
        query = "SELECT items.*, title FROM items JOIN dossiers ON dossiers.id = dossier_id WHERE by = ? ORDER BY at"
        rows = self.db.execute(query, (subject,)).fetchall()
        return [{"dossier": row["title"], "at": row["at"]} | json.loads(row["content"]) for row in rows]

    def erase(self, subject: str) -> int:
        """Erase what is somebody's and return how many dossiers and items that was."""
        gone = self.db.execute("DELETE FROM dossiers WHERE owner = ?", (subject,)).rowcount
        for row in self.db.execute("SELECT * FROM items WHERE by = ?", (subject,)).fetchall():
            gone += 1
            if _item(row).content.kind is ItemKind.PASSAGE:
                self.db.execute("UPDATE items SET by = '' WHERE id = ?", (row["id"],))
            else:
                self.remove_item(row["id"])
        return gone

    @property
    def _time(self) -> str:
        return self.now.isoformat(timespec="seconds")

    def _head(self, row: NamedRow) -> dict[str, Any]:
        shares = self.db.execute("SELECT * FROM shares WHERE dossier_id = ? ORDER BY kind, name, at, id", (row["id"],))
        return dict(row) | {
            "created": datetime.fromisoformat(row["created"]),
            "shares": tuple(map(_share, shares.fetchall())),
        }


def _check_room(count: Cursor, most: int, what: str) -> None:
    if count.fetchone()[0] >= most:
        raise LimitReached(f"There are {most} {what}.")


def _with_text(content: Content, text: str) -> Content:
    return Content(content.kind, text, content.question, content.day, content.columns, content.quotes)


def _content_out(content: Content) -> str:
    values = {
        "kind": content.kind.value,
        "text": content.text,
        "question": content.question,
        "asked": content.day.isoformat() if content.day else None,
        "columns": content.columns,
        "quotes": content.quotes,
    }
    return json.dumps({name: value for name, value in values.items() if value}, ensure_ascii=False)


def _item(row: NamedRow) -> Item:
    written = json.loads(row["content"])
    content = Content(
        ItemKind(written["kind"]),
        written.get("text", ""),
        written.get("question", ""),
        date.fromisoformat(written["asked"]) if "asked" in written else None,
        tuple(written.get("columns", ())),
        tuple(Quote(*quote) for quote in written.get("quotes", ())),
    )
    at = datetime.fromisoformat(row["at"])
    return Item(row["id"], content, bool(row["is_ticked"]), row["by"], at, row["version"])


def _share(row: NamedRow) -> Share:
    expires = date.fromisoformat(row["expires"]) if row["expires"] else None
    at = datetime.fromisoformat(row["at"])
    return Share(row["id"], ShareKind(row["kind"]), row["name"], bool(row["may_edit"]), at, expires)


def _share_out(share: Share) -> dict[str, str]:
    return {"kind": share.kind.value, "name": share.name, "at": share.at.isoformat()}


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
