"""The documents that staff took out by hand: hidden from everybody at once, and kept out whatever index is current.

The list is a small file beside the originals, not a table of the store: an index that is rebuilt, restored from a
backup or swapped for the one before must bring none of them back. Reading it costs one look at the file's age.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from index.errors import StoreError
from index.store.checksums import sealed, unsealed
from index.store.records import FileRecord

NAME: Final = "withdrawn.json"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A document that was taken out: when (ISO 8601, UTC), by whom and why; `files` are those it was read from."""

    document_id: str
    title: str
    at: str
    by: str
    reason: str
    files: tuple[FileRecord, ...] = field(default=(), repr=False)


class Withdrawals:
    """The list in one file. Whoever reads it sees the last change, from any thread or process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._all: dict[str, Withdrawal] = {}
        self._ids: frozenset[str] = frozenset()

    @property
    def ids(self) -> frozenset[str]:
        """Return the ids of the documents that nobody may see. Raises StoreError when the list cannot be read."""
        self._read()
        return self._ids

    def all(self) -> list[Withdrawal]:
        """Return every withdrawal, the newest first. Raises StoreError."""
        self._read()
        return sorted(self._all.values(), key=lambda one: (one.at, one.document_id), reverse=True)

    def find(self, document_id: str) -> Withdrawal | None:
        self._read()
        return self._all.get(document_id)

    def add(self, withdrawal: Withdrawal) -> Withdrawal:
        """Take a document out; return how it stands in the list, which is the first entry if there was one."""

        def change(known: dict[str, Withdrawal]) -> None:
            known.setdefault(withdrawal.document_id, withdrawal)

        return self._change(change)[withdrawal.document_id]

    def undo(self, document_id: str) -> bool:
        """Let a document come back; say whether it was withdrawn."""
        was = document_id in self.ids
        self._change(lambda known: known.pop(document_id, None))
        return was

    def _change(self, change: Callable[[dict[str, Withdrawal]], object]) -> dict[str, Withdrawal]:
        with self._alone():
            self._read()
            known = dict(self._all)
            change(known)
            said = [asdict(one) | {"files": [list(file) for file in one.files]} for one in known.values()]
            unfinished = self.path.with_name(f".{NAME}.{os.getpid()}")
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(sealed({"withdrawn": said}))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.path)
            self._read()
        return known

    def _read(self) -> None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._seen, self._all, self._ids = None, {}, frozenset()
            return
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen == self._seen:
            return
        with self._lock:
            try:
                said = unsealed(self.path.read_text(encoding="utf-8"), required=False)["withdrawn"]
                known = {one["document_id"]: _withdrawal(one) for one in said}
            except (OSError, ValueError, TypeError, KeyError) as error:  # never guess that nothing is withdrawn
                raise StoreError(
                    f"{self.path}: what was withdrawn cannot be read ({error}). Restore the file from a backup; "
                    "removing it would show every withdrawn document again."
                ) from error
            self._all, self._ids, self._seen = known, frozenset(known), seen

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(f".{NAME}.lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield


def _withdrawal(said: dict[str, object]) -> Withdrawal:
    files = said.pop("files")
    return Withdrawal(**said, files=tuple(FileRecord(*one) for one in files))  # type: ignore[arg-type,attr-defined]
