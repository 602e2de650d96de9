"""Files that only the user who runs Passerelle can read: what is written from now on, and what is there already."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

OTHERS: Final = 0o077  # the group's and everybody's rights
# What a data folder holds of documents and people. Not the prepared model, which is public.
_PRIVATE: Final = (
    *("*.sqlite", "*.sqlite-wal", "*.sqlite-shm", "*.json", "*.jsonl", "*.npz", "*.ttl", "*-secret"),
    *("indexes", "lexical", "vectors", "originals", "reports", "audit", "inbox", "uploads", "eval"),
    *("harvest", "staff-harvests"),
)


def keep_private(data: Path) -> None:
    """Let nobody else read what this process writes from now on, nor what former ones left in the data folder.

    Called once, when a command starts: the umask is the whole process's. A data folder that is there may hold other
    things too, so it keeps its own mode, and only what is known in it is closed.
    """
    os.umask(OTHERS)
    for path in _known_in(data):
        with suppress(OSError):  # it belongs to somebody else, or is gone
            mode = path.stat().st_mode
            if mode & OTHERS:
                path.chmod(mode & ~OTHERS)


def _known_in(data: Path) -> Iterator[Path]:
    for pattern in _PRIVATE:
        yield from (path for path in data.glob(pattern) if not path.is_symlink())
