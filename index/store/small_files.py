"""Small files beside the store that service and ingestion hand each other: what forums sent, what is unsolved, …

They lie in the data folder or, where the index is in PostgreSQL, are rows there that all machines share.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from index.errors import StoreError
from index.settings import IndexSettings
from index.store.atomic_files import write_atomically
from index.store.database import Connection
from index.store.locks import exclusive_lock
from index.store.private_database import PrivateDatabase, private_location

DATABASE: Final = "files.sqlite"  # the name of their schema, as `private_location` takes it


class SmallFiles(Protocol):
    """Files by their names, "inbox/a.json". Each changes whole or not at all. Raises OSError, StoreError."""

    def read(self, name: str) -> bytes | None:
        """Return a file's content, None where there is none."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Put a file in place of the one of that name; when this returns, a power cut loses nothing."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        ...

    def names(self, folder: str, suffix: str) -> list[str]:
        """Return the names of the files in a folder itself, in order."""
        ...

    def state(self, name: str) -> str:
        """Return what changes with a file, "" where there is none."""
        ...

    def lock(self, name: str) -> AbstractContextManager[object]:
        """Hold the lock of this name, alone among all who use these files."""
        ...

    def describe(self, name: str) -> str:
        """Return what messages call a file."""
        ...


def small_files(settings: IndexSettings) -> SmallFiles:
    """Return the small files where these settings keep them."""
    location = private_location(settings, DATABASE)
    return FolderFiles(settings.data) if isinstance(location, Path) else ServerFiles(location)


@dataclass(frozen=True)
class FolderFiles:
    """Files of the data folder, readable by their owner alone."""

    data: Path

    def read(self, name: str) -> bytes | None:
        try:
            return (self.data / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        path = self.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with write_atomically(path, private=True, durable=True) as file:
            file.write(content)
        _sync_folder(path.parent)

    def remove(self, name: str) -> None:
        (self.data / name).unlink(missing_ok=True)

    def names(self, folder: str, suffix: str) -> list[str]:
        paths = sorted((self.data / folder).glob(f"[!.]*{suffix}"))
        return [f"{folder}/{path.name}" for path in paths if path.is_file()]

    def state(self, name: str) -> str:
        try:
            status = (self.data / name).stat()
        except FileNotFoundError:
            return ""
        return f"{status.st_ino} {status.st_mtime_ns} {status.st_size}"

    def lock(self, name: str) -> AbstractContextManager[object]:
        return exclusive_lock(self.data / f"{name}.lock")

    def describe(self, name: str) -> str:
        return str(self.data / name)


def _first_table(db: Connection) -> None:
    db.execute("CREATE TABLE files (name TEXT PRIMARY KEY, content BLOB NOT NULL, state TEXT NOT NULL) WITHOUT ROWID")


class ServerFiles(PrivateDatabase):
    """Files as rows of a schema."""

    steps = (_first_table,)

    def read(self, name: str) -> bytes | None:
        with self.open_shared() as db:
            row = db.execute("SELECT content FROM files WHERE name = ?", (name,)).fetchone()
        return bytes(row[0]) if row else None

    def write(self, name: str, content: bytes) -> None:
        with self.open_shared() as db:
            db.execute(
                "INSERT INTO files VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET content = excluded.content, state = excluded.state",
                (name, content, secrets.token_hex(8)),
            )

    def remove(self, name: str) -> None:
        with self.open_shared() as db:
            db.execute("DELETE FROM files WHERE name = ?", (name,))

    def names(self, folder: str, suffix: str) -> list[str]:
        with self.open_shared() as db:
            names = [str(name) for (name,) in db.execute("SELECT name FROM files ORDER BY name")]
        return [name for name in names if name.rpartition("/")[0] == folder and name.endswith(suffix)]

    def state(self, name: str) -> str:
        with self.open_shared() as db:
            row = db.execute("SELECT state FROM files WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    @contextmanager
    def lock(self, name: str, *, wait: bool = True) -> Iterator[None]:
        with super().lock(f"files, {name}", wait=wait):
            yield

    def describe(self, name: str) -> str:
        return f"{self.location}, {name}"


@dataclass(frozen=True)
class SmallFile:
    """One small file."""

    files: SmallFiles
    name: str

    def __str__(self) -> str:
        return self.files.describe(self.name)

    def read(self) -> bytes | None:
        """Return its content, None where there is none. Raises OSError, StoreError."""
        return self.files.read(self.name)

    def write(self, content: bytes) -> None:
        """Replace its content. Raises OSError, StoreError."""
        self.files.write(self.name, content)

    def state(self) -> str:
        """Return what changes with it, "" where there is none. Raises OSError, StoreError."""
        return self.files.state(self.name)

    def lock(self) -> AbstractContextManager[object]:
        """Hold its lock, alone among all who change it."""
        return self.files.lock(self.name)


def copy_small_files(source: SmallFiles, to: SmallFiles, names: Iterable[str]) -> int:
    """Copy the files of these names that there are; return how many. Raises StoreError where `to` has one already."""
    contents = {name: content for name in names if (content := source.read(name)) is not None}
    if known := [name for name in contents if to.read(name) not in (None, contents[name])]:
        raise StoreError(f"{to.describe(known[0])}: is there already, and is another one; nothing was copied.")
    for name, content in contents.items():
        to.write(name, content)
    return len(contents)


def file_at(path: Path) -> SmallFile:
    """Return the file at a path."""
    return SmallFile(FolderFiles(path.parent), path.name)


def _sync_folder(path: Path) -> None:
    """Flush the folder itself: otherwise a file's name may be lost in a power cut."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
