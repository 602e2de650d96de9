"""The API keys: a small SQLite file of their hashes. A key itself is shown once and never stored."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from index.clock import utc_today
from index.documents import Audience
from index.store.private_database import add_missing_columns, open_private_database
from service.auth.scopes import ForumBinding, Scope, usual_scopes

PREFIX = "passerelle_"
SCHEMA = """
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
    organisation TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX IF NOT EXISTS one_living_key_a_name ON keys (name) WHERE revoked IS NULL;
"""

ADDED = {"scopes": "TEXT", "binding": "TEXT", "groups": "TEXT", "organisation": "TEXT NOT NULL DEFAULT ''"}


class KeyNameTaken(ValueError):
    """A key of that name is in use; revoke it first or choose another name."""


class UnknownKey(LookupError):
    """No living key has that name."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key. It is good until the end of the day `expires` (UTC), unless revoked."""

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

    def is_good(self, today: date) -> bool:
        return self.revoked is None and (self.expires is None or today <= self.expires)


class KeyStore:
    """Makes, finds and revokes keys. Safe to call from any thread: each call opens the file for itself."""

    def __init__(self, path: Path) -> None:
        self.path = path

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
        last = expires.isoformat() if expires else None
        names = None if scopes is None else " ".join(sorted(scopes))
        forum = json.dumps([binding.forum, sorted(binding.categories)], ensure_ascii=False) if binding else None
        own = " ".join(sorted(groups))
        row = (name, _hash(token), audience.value, utc_today().isoformat(), last, names, forum, own, organisation)
        try:
            with self._open() as db:
                db.execute(
                    "INSERT INTO keys (name, hash, audience, created, expires, scopes, binding, groups,"
                    " organisation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    row,
                )
        except sqlite3.IntegrityError as error:
            raise KeyNameTaken(f"A key named {name!r} is in use. Revoke it first, or choose another name.") from error
        return token

    def revoke(self, name: str) -> None:
        """End the living key of that name, now. Raises UnknownKey."""
        with self._open() as db:
            ended = db.execute(
                "UPDATE keys SET revoked = ? WHERE name = ? AND revoked IS NULL", (utc_today().isoformat(), name)
            )
            if not ended.rowcount:
                raise UnknownKey(f"No living key is named {name!r}. `python -m service keys list` shows them.")

    def forget(self, key_id: int) -> bool:
        """End a key, now, and take its name away; say whether it was there. Its number is not given out again."""
        today = utc_today().isoformat()
        with self._open() as db:
            db.execute("PRAGMA secure_delete = ON")
            ended = db.execute(
                "UPDATE keys SET name = ?, revoked = coalesce(revoked, ?) WHERE id = ?",
                (f"erased {key_id}", today, key_id),
            )
            return ended.rowcount == 1

    def all(self) -> list[Key]:
        """Return every key, the revoked ones too, in the order they were made."""
        with self._open() as db:
            return [_key(row) for row in db.execute("SELECT * FROM keys ORDER BY id")]

    def by_token(self, token: str) -> Key | None:
        """Return the key this token stands for, good or not. Every stored hash is compared, in constant time."""
        digest, key = _hash(token), None
        with self._open() as db:
            for row in db.execute("SELECT * FROM keys"):
                if hmac.compare_digest(row["hash"], digest):
                    key = _key(row)
        return key

    def by_id(self, key_id: int) -> Key | None:
        with self._open() as db:
            row = db.execute("SELECT * FROM keys WHERE id = ?", (key_id,)).fetchone()
        return _key(row) if row else None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with open_private_database(self.path) as db:
            db.row_factory = sqlite3.Row
            db.executescript(SCHEMA)
            add_missing_columns(db, "keys", ADDED)
            with db:
                yield db


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _scopes(names: str | None, audience: Audience) -> frozenset[Scope]:
    return usual_scopes(audience) if names is None else frozenset(Scope(name) for name in names.split())


def _binding(written: str | None) -> ForumBinding | None:
    if written is None:
        return None
    forum, categories = json.loads(written)
    return ForumBinding(forum, frozenset(categories))


def _key(row: sqlite3.Row) -> Key:
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
    )
