"""The files as they were read, by content: two files of the same bytes are one, and none is ever changed.

They lie in a folder, which several machines may share, or in an S3-compatible store. Whoever reads one gets the bytes
its name stands for, or an error.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol

from index.errors import ChangedOriginal, LostOriginal, StoreError
from index.store.checksums import sha256_of

_PIECE: Final = 1 << 20  # bytes
_REMEDY: Final = (
    "The next ingestion run keeps it anew where its source still has it; `python -m index restore FILE --originals` "
    "brings it back from a backup."
)


class Originals(Protocol):
    """Original files by their SHA-256. All raise StoreError when they cannot be reached, OSError for a full disk."""

    @property
    def name(self) -> str:
        """Return what operators call the place: never with credentials."""
        ...

    def keep(self, content: IO[bytes]) -> str:
        """Keep a file's content, however large, and return its SHA-256. Nobody ever sees a part of it."""
        ...

    def holds(self, sha256: str) -> bool:
        """Say whether there is a file of this name; only reading it tells whether it is whole."""
        ...

    def read(self, sha256: str) -> AbstractContextManager[Path]:
        """Yield the file, checked, for as long as the body runs. Raises LostOriginal, ChangedOriginal."""
        ...

    def remove(self, sha256: str) -> None:
        """Delete a file; none is fine too."""
        ...

    def names(self) -> Iterator[str]:
        """Yield the SHA-256 of every file, in no order."""
        ...


@dataclass(frozen=True, slots=True)
class FolderOriginals:
    """A folder of files named by their SHA-256.

    A shared one is never made: one that is not there is a share that is not mounted.
    """

    folder: Path
    is_shared: bool = False

    @property
    def name(self) -> str:
        return str(self.folder)

    def path(self, sha256: str) -> Path:
        """Return where the file of this content lies."""
        return self.folder / sha256[:2] / sha256

    def keep(self, content: IO[bytes]) -> str:
        self._require_folder()
        self.folder.mkdir(parents=True, exist_ok=True)
        # Its own name is known when all of it is written; another machine may have a process of the same number.
        unfinished = self.folder / f".{uuid.uuid4().hex}.part"
        try:
            with unfinished.open("wb") as copy:
                sha256 = copy_hashed(content, copy)
            path = self.path(sha256)
            if not path.is_file():
                path.parent.mkdir(exist_ok=True)
                unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return sha256

    def holds(self, sha256: str) -> bool:
        self._require_folder()
        return self.path(sha256).is_file()

    @contextmanager
    def read(self, sha256: str) -> Iterator[Path]:
        if not self.holds(sha256):
            raise lost(sha256)
        require_unchanged(self.path(sha256), sha256)
        yield self.path(sha256)

    def remove(self, sha256: str) -> None:
        self._require_folder()
        self.path(sha256).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        self._require_folder()
        return (path.name for path in self.folder.glob("[0-9a-f][0-9a-f]/*"))

    def _require_folder(self) -> None:
        if self.is_shared and not self.folder.is_dir():
            raise StoreError(
                "The folder of originals that PASSERELLE_OBJECTS names is not there. Mount the share; if it is new, "
                "make the folder."
            )


def copy_hashed(content: IO[bytes], to: IO[bytes]) -> str:
    """Copy to the end and return the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    while piece := content.read(_PIECE):
        digest.update(piece)
        to.write(piece)
    return digest.hexdigest()


def lost(sha256: str) -> LostOriginal:
    """Return the error of a file that is gone."""
    return LostOriginal(f"The original file {sha256[:12]}… is lost: it is not where it was kept. {_REMEDY}")


def require_unchanged(path: Path, sha256: str) -> None:
    """Raise ChangedOriginal for a file that is not what its name says."""
    if sha256_of(path) != sha256:
        raise ChangedOriginal(
            f"The original file {sha256[:12]}… is not what was kept: its content has another SHA-256 now. Delete it "
            f"where it lies. {_REMEDY}"
        )
