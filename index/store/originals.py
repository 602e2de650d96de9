"""The files as they were read, by content: two files of the same bytes are one, and none is ever changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from index.store.atomic_files import unfinished_path


@dataclass(frozen=True, slots=True)
class Originals:
    """A folder of files named by their SHA-256."""

    folder: Path

    def path(self, sha256: str) -> Path:
        """Return where the file of this content is kept."""
        return self.folder / sha256[:2] / sha256

    def keep(self, content: IO[bytes]) -> str:
        """Keep a file's content, however large, once, and return its SHA-256. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = unfinished_path(self.folder / "original")  # its own name is known when all of it is written
        digest = hashlib.sha256()
        try:
            with unfinished.open("wb") as copy:
                while piece := content.read(1 << 20):
                    digest.update(piece)
                    copy.write(piece)
            path = self.path(digest.hexdigest())
            if not path.is_file():
                path.parent.mkdir(exist_ok=True)
                unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return digest.hexdigest()
