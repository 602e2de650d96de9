"""The API keys: a private database of their hashes. A key itself is shown once and never stored."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final

from index.clock import utc_today
from index.documents import Audience
from index.named_rows import NamedRow
from index.store.database import Connection
from index.store.private_database import PrivateDatabase, add_missing_columns, run_statements
from service.auth.scopes import ForumBinding, Scope, usual_scopes

PREFIX = "passerelle_"
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS keys (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    audience TEXT NOT NULL,
    created TEXT NOT NULL,
    expires TEXT,
    revoked TEXT,
    scopes TEXT,
    binding TEXT,
    groups TEXT,
    organisation TEXT NOT NULL DEFAULT '',
    used TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS one_living_key_a_name ON keys (name) WHERE revoked IS NULL;
"""

_ADDED: Final = {  # to files from before the first version
    **{"scopes": "TEXT", "binding": "TEXT", "groups": "TEXT", "organisation": "TEXT NOT NULL DEFAULT ''"},
    "used": "TEXT",
}
MANAGING = frozenset({Scope.STAFF, Scope.KEYS})


class KeyNameTaken(ValueError):
    """A key of that name is in use; revoke it first or choose another name."""


class UnknownKey(LookupError):
    """No living key has that name, or number."""


class LastManagingKey(ValueError):
    """A change would leave no key that may manage keys on the pages."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key. It is good until the end of the day `expires` (UTC), unless revoked.

    `used` is the last day it was used on, None when it never was.
    """

    id: int
    name: str
    audience: Audience
    created: date
    expires: date | None
    revoked: date | None
    scopes: frozenset[Scope]
    binding: ForumBinding | None = None
    groups: frozenset[str] = frozenset()
    organisation: str = ""
    used: date | None = None

    def is_good(self, today: date) -> bool:
        return self.revoked is None and (self.expires is None or today <= self.expires)

    def manages_keys(self, today: date) -> bool:
        """Say whether whoever holds it can make, change and revoke keys on the pages."""
        return self.is_good(today) and self.audience is Audience.STAFF and self.scopes >= MANAGING


def _first_tables(db: Connection) -> None:
    run_statements(db, _TABLES)
    add_missing_columns(db, "keys", _ADDED)


class KeyStore(PrivateDatabase):
    """Makes, finds and revokes keys. Safe to call from any thread: each call opens the database for itself."""

    steps = (_first_tables,)

    def add(
        self,
        name: str,
        audience: Audience,
        expires: date | None = None,
        scopes: Iterable[Scope] | None = None,
        binding: ForumBinding | None = None,
        groups: Iterable[str] = (),
        organisation: str = "",
    ) -> str:
        """Return a new key of 256 random bits; only its SHA-256 is kept. Raises KeyNameTaken.

        Without scopes it is for what is usual for its audience, now and later. `binding` is the forum whose threads it
        may hand in, `groups` those whose documents it shows too, `organisation` where its owner works.
        """
        token = PREFIX + secrets.token_urlsafe(32)
        last, names = _written(expires), _names(scopes)
        forum = json.dumps([binding.forum, sorted(binding.categories)], ensure_ascii=False) if binding else None
        own = " ".join(sorted(groups))
        row = (name, _hash(token), audience.value, utc_today().isoformat(), last, names, forum, own, organisation)
        with self.open() as db:
            added = db.execute(
                "INSERT INTO keys (name, hash, audience, created, expires, scopes, binding, groups, organisation)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                row,
            )
            if not added.rowcount:
                raise KeyNameTaken(f"A key named {name!r} is in use. Revoke it first, or choose another name.")
        return token

    def revoke(self, name: str) -> None:
        """End the living key of that name, now. Raises UnknownKey."""
        with self.open() as db:
            ended = db.execute(
                "UPDATE keys SET revoked = ? WHERE name = ? AND revoked IS NULL", (utc_today().isoformat(), name)
            )
            if not ended.rowcount:
                raise UnknownKey(f"No living key is named {name!r}. `python -m service keys list` shows them.")

    def end(self, key_id: int, *, may_be_last: bool = False) -> Key:
        """End a living key, now, and return it as it was. Raises UnknownKey, LastManagingKey."""
        with self._changing(key_id, may_be_last) as (db, key):
            db.execute("UPDATE keys SET revoked = ? WHERE id = ?", (utc_today().isoformat(), key_id))
        return key

    def change(
        self,
        key_id: int,
        *,
        scopes: Iterable[Scope] | None,
        groups: Iterable[str],
        expires: date | None,
        may_be_last: bool = False,
    ) -> Key:
        """Give a living key other scopes (None: the usual ones), groups and last day; return it as it was.

        Raises UnknownKey, LastManagingKey.
        """
        with self._changing(key_id, may_be_last) as (db, key):
            db.execute(
                "UPDATE keys SET scopes = ?, groups = ?, expires = ? WHERE id = ?",
                (_names(scopes), " ".join(sorted(groups)), _written(expires), key_id),
            )
        return key

    def change_groups(self, key_id: int, change: Callable[[frozenset[str]], frozenset[str]]) -> Key:
        """Give a living key the groups that `change` makes of those it has; return it as it was. Raises UnknownKey."""
        with self._changing(key_id, may_be_last=True) as (db, key):
            written = " ".join(sorted(change(key.groups)))
            db.execute("UPDATE keys SET groups = ? WHERE id = ?", (written, key_id))
        return key

    @contextmanager
    def _changing(self, key_id: int, may_be_last: bool) -> Iterator[tuple[Connection, Key]]:
        """Give the database and a living key; what the body writes is undone where no key would manage keys any more.

        Raises UnknownKey, LastManagingKey.
        """
        today = utc_today()
        with self.open() as db:
            before = _all(db)
            key = next((key for key in before if key.id == key_id and key.revoked is None), None)
            if key is None:
                raise UnknownKey(f"No living key has the number {key_id}.")
            yield db, key
            was_last = key.manages_keys(today) and not any(key.manages_keys(today) for key in _all(db))
            if was_last and not may_be_last:
                raise LastManagingKey(f"{key.name!r} is the last key that can manage keys here.")

    def note_use(self, key_id: int, day: date) -> None:
        """Remember on which day a key was last used."""
        with self.open_shared() as db:
            db.execute("UPDATE keys SET used = ? WHERE id = ?", (day.isoformat(), key_id))

    def forget(self, key_id: int) -> bool:
        """End a key, now, and take its name away; say whether it was there. Its number is not given out again."""
        today = utc_today().isoformat()
        with self.open() as db:
            ended = db.execute(
                "UPDATE keys SET name = ?, revoked = coalesce(revoked, ?) WHERE id = ?",
                (f"erased {key_id}", today, key_id),
            )
            return ended.rowcount == 1

    def all(self) -> list[Key]:
        """Return every key, the revoked ones too, in the order they were made."""
        with self.open_shared() as db:
            return _all(db)

    def by_token(self, token: str) -> Key | None:
        """Return the key this token stands for, good or not. Every stored hash is compared, in constant time."""
        digest, key = _hash(token), None
        with self.open_shared() as db:
            for row in db.execute("SELECT * FROM keys"):
                if hmac.compare_digest(row["hash"], digest):
                    key = _key(row)
        return key

    def by_id(self, key_id: int) -> Key | None:
        with self.open_shared() as db:
            row = db.execute("SELECT * FROM keys WHERE id = ?", (key_id,)).fetchone()
        return _key(row) if row else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _all(db: Connection) -> list[Key]:
    return [_key(row) for row in db.execute("SELECT * FROM keys ORDER BY id")]


def _written(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _names(scopes: Iterable[Scope] | None) -> str | None:
    return None if scopes is None else " ".join(sorted(scopes))


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _scopes(names: str | None, audience: Audience) -> frozenset[Scope]:
    return usual_scopes(audience) if names is None else frozenset(Scope(name) for name in names.split())


def _binding(written: str | None) -> ForumBinding | None:
    if written is None:
        return None
    forum, categories = json.loads(written)
    return ForumBinding(forum, frozenset(categories))


def _key(row: NamedRow) -> Key:
    return Key(
        id=row["id"],
        name=row["name"],
        audience=Audience(row["audience"]),
        created=date.fromisoformat(row["created"]),
        expires=_date(row["expires"]),
        revoked=_date(row["revoked"]),
        scopes=_scopes(row["scopes"], Audience(row["audience"])),
        binding=_binding(row["binding"]),
        groups=frozenset((row["groups"] or "").split()),
        organisation=row["organisation"],
        used=_date(row["used"]),
    )
