"""Secrets of this installation, each made when it is first needed: a private file, or a row that all machines share.

A secret of several machines is a row because what is signed by one is checked by another, and because each machine then
has it at once, without an operator who copies files. Whoever reads the database can forge no session with it: of those
there are hashes only.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from index.settings import IndexSettings
from index.store.database import Connection
from index.store.private_database import PrivateDatabase, ServerSchema, private_location


class SecretTable(PrivateDatabase):
    """Secrets by name, each with the text that a file would hold."""

    steps = (lambda db: db.execute("CREATE TABLE secrets (name TEXT PRIMARY KEY, entry TEXT NOT NULL) WITHOUT ROWID"),)


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A secret in a database; the first to need it takes over the one in the file `former`, where there is one."""

    location: ServerSchema
    name: str
    former: Path

    def __str__(self) -> str:
        return f"{self.location}, {self.name}"


SecretSource = Path | SecretRow


def secret_in(settings: IndexSettings, name: str) -> SecretSource:
    """Return where the secret of this name is: that file of the data folder, or a row that all machines share."""
    path, location = settings.data / name, private_location(settings, "secrets")
    return SecretRow(location, name, path) if isinstance(location, ServerSchema) else path


def load_secret(source: SecretSource) -> str:
    """Return a secret, made when there is none; a file is readable by its owner alone. Raises StoreError."""
    return _text(source).split("\n", 1)[0].strip()


def bring_back(source: SecretRow) -> None:
    """Put a secret of all machines, with its former ones, in place of the file that it was taken over from."""
    os.replace(_write(source.former, _text(source)), source.former)


def former_secrets(source: SecretSource) -> tuple[str, ...]:
    """Return the secrets that were rotated and are kept, the latest first. Raises StoreError."""
    return tuple(secret for secret, _ in _former(_text(source)))


def rotate_secret(source: SecretSource, today: date, *, keep_days: int = 0) -> None:
    """Put a new secret in place; the former ones stay below it for so many days after they were replaced."""
    if isinstance(source, SecretRow):
        with SecretTable(source.location).open() as db:
            _put(db, source.name, _rotated(_row_text(db, source), today, keep_days))
        return
    os.replace(_write(source, _rotated(_file_text(source), today, keep_days)), source)


def new_secret() -> str:
    return secrets.token_hex(32)


def _rotated(text: str, today: date, keep_days: int) -> str:
    former = [(text.split("\n", 1)[0].strip(), today), *_former(text)] if keep_days else []
    oldest = today - timedelta(days=keep_days)
    kept = (f"{secret} {replaced.isoformat()}" for secret, replaced in former if replaced >= oldest)
    return "\n".join([new_secret(), *kept])


def _former(text: str) -> list[tuple[str, date]]:
    """Return the former secrets of a text with the day each was replaced."""
    lines = (line.split() for line in text.splitlines()[1:])
    return [(secret, date.fromisoformat(replaced)) for secret, replaced in lines]


def _text(source: SecretSource) -> str:
    if isinstance(source, Path):
        return _file_text(source)
    with SecretTable(source.location).open() as db:
        return _row_text(db, source)


def _row_text(db: Connection, source: SecretRow) -> str:
    row = db.execute("SELECT entry FROM secrets WHERE name = ?", (source.name,)).fetchone()
    if row is None:
        text = source.former.read_text() if source.former.is_file() else new_secret()
        _put(db, source.name, text)
        return text
    return str(row[0])


def _put(db: Connection, name: str, text: str) -> None:
    query = "INSERT INTO secrets VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET entry = excluded.entry"
    db.execute(query, (name, text))


def _file_text(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = _write(path, new_secret())
        with suppress(FileExistsError):  # another process was first, and its secret counts
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text()


def _write(path: Path, content: str) -> Path:
    """Write a private file beside `path` and return it."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    return fresh
