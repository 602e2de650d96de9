"""Recognise a folder that all machines must share: where each has its own, they would undo each other's work."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from index.errors import StoreError
from index.store.atomic_files import write_atomically
from index.store.small_files import FolderFiles, SmallFiles

MARK: Final = ".shared-folder"


class NotShared(StoreError):
    """A folder is this machine's own, where the others use another."""


def require_shared(folder: Path, files: SmallFiles) -> None:
    """Mark a folder when the first machine uses it. Raises NotShared where the others have another one, OSError.

    An embedded index has one machine, whose folders need no mark.
    """
    if isinstance(files, FolderFiles):
        return
    name = f"folders/{folder.name}"
    with files.lock(name):
        expected = files.read(name)
        mark = folder / MARK
        own = mark.read_bytes() if mark.is_file() else None
        if expected is None:
            expected = own = own or secrets.token_hex(16).encode()
            folder.mkdir(parents=True, exist_ok=True)
            with write_atomically(mark, private=True, durable=True) as file:
                file.write(own)
            files.write(name, own)
    if own != expected:
        raise NotShared(
            f"{folder}: is not the folder that the other machines of this database use. Have the same folder here and "
            "there (a network folder; docs/operations.md says which)."
        )
