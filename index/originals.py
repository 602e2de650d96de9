"""The files as they were read, by content: two files of the same bytes are one, and none is ever changed."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Originals:
    """A folder of files named by their SHA-256."""

    folder: Path

    def path(self, sha256: str) -> Path:
        """Return where the file of this content is kept."""
        return self.folder / sha256[:2] / sha256

    def keep(self, content: bytes) -> str:
        """Keep a file's content as it was read, once, and return its SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        kept = self.path(sha256)
        if not kept.is_file():
            kept.parent.mkdir(parents=True, exist_ok=True)
            unfinished = kept.with_suffix(f".{os.getpid()}")
            unfinished.write_bytes(content)
            unfinished.replace(kept)
        return sha256
