"""Checksums of files and of small JSON objects, by which damage is recognised."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from index.store.atomic_files import write_atomically

_PIECE: Final = 1 << 20  # bytes read at a time
_SEAL: Final = "crc32"  # the key of the checksum in a sealed object


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def crc32_of(path: Path, size: int | None = None) -> int:
    """Return the CRC-32 of a file's content: a gigabyte a second, and enough against accidents. Raises OSError.

    `size` takes its first bytes alone, for a file that is appended to.
    """
    checksum, left = 0, path.stat().st_size if size is None else size
    with path.open("rb") as file:
        while piece := file.read(min(_PIECE, left)):
            checksum, left = zlib.crc32(piece, checksum), left - len(piece)
    return checksum


def folder_checksums(folder: Path) -> dict[str, int]:
    """Return the CRC-32 of each visible file in the folder itself."""
    return {path.name: crc32_of(path) for path in sorted(folder.glob("[!.]*")) if path.is_file()}


def seal(payload: Mapping[str, Any]) -> str:
    """Return the JSON of an object with its checksum in it."""
    return json.dumps({**payload, _SEAL: _checksum(payload)}, indent=1)


def unseal(text: str, *, required: bool = True) -> dict[str, Any]:
    """Return the object that was sealed. Raises ValueError for anything else.

    Not `required`: an object without a checksum, from before there were any, is accepted as it is.
    """
    payload = json.loads(text)
    if not isinstance(payload, dict):
        raise ValueError("not of the expected form")
    checksum = payload.pop(_SEAL, None)
    if checksum != _checksum(payload) and (required or checksum is not None):
        raise ValueError("damaged: its checksum differs")
    return payload


def write_sealed(path: Path, payload: Mapping[str, Any]) -> None:
    """Write a derived file in one step. Raises OSError."""
    with write_atomically(path) as file:
        file.write(seal(payload).encode())


def read_sealed(path: Path) -> dict[str, Any]:
    """Return what was written, an empty object for a file that is missing or damaged: it is derived and made anew."""
    try:
        return unseal(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _checksum(payload: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(payload, sort_keys=True).encode())
