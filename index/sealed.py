"""JSON that carries its own checksum: small files that say how far others have come must not lie by one bit."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

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
