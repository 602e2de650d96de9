"""Checksums: of files by their content, so that what was derived or copied can be told from what was damaged."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

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


_SEAL: Final = "crc32"


def sealed(said: Mapping[str, Any]) -> str:
    """Return the JSON of an object with its checksum in it."""
    return json.dumps({**said, _SEAL: _sum(said)}, indent=1)


def unsealed(text: str, *, required: bool = True) -> dict[str, Any]:
    """Return the object that was sealed. Raises ValueError for anything else.

    Not `required`: one that never had a checksum, from before there were any, is taken as it is.
    """
    said = json.loads(text)
    if not isinstance(said, dict):
        raise ValueError("not of the wanted form")
    seal = said.pop(_SEAL, None)
    if seal != _sum(said) and (required or seal is not None):
        raise ValueError("damaged: its checksum differs")
    return said


def keep_sealed(path: Path, said: Mapping[str, Any]) -> None:
    """Write a derived file in one step. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(sealed(said), encoding="utf-8")
    unfinished.replace(path)


def kept_sealed(path: Path) -> dict[str, Any]:
    """Return what was kept, an empty object for a file that is missing or damaged: it is derived and made anew."""
    try:
        return unsealed(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _sum(said: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(said, sort_keys=True).encode())
