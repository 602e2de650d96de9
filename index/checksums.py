"""Checksums: of files by their content, so that what was derived or copied can be told from what was damaged."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

_PIECE = 1 << 20


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file's content. Raises OSError."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def crc32_of(file: Path, size: int | None = None) -> int:
    """Return the CRC-32 of a file's content: a gigabyte a second, and enough against accidents. Raises OSError.

    `size` takes its first bytes alone, for a file that is appended to.
    """
    found, left = 0, file.stat().st_size if size is None else size
    with file.open("rb") as opened:
        while piece := opened.read(min(_PIECE, left)):
            found, left = zlib.crc32(piece, found), left - len(piece)
    return found


def folder_sums(folder: Path) -> dict[str, int]:
    """Return the CRC-32 of each visible file in the folder itself."""
    return {one.name: crc32_of(one) for one in sorted(folder.glob("[!.]*")) if one.is_file()}
