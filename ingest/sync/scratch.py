"""The folder in which the child that reads may leave what it likes: gone when the child is, however it ends."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

_PREFIX: Final = "passerelle-read-"
_FORGOTTEN_S: Final = 86_400.0  # a job that was killed itself could not tidy up; no file takes a day


def new_scratch() -> Path:
    """Make a folder, and remove those that jobs killed long ago left behind."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _FORGOTTEN_S:
                remove_scratch(left)
    return Path(tempfile.mkdtemp(prefix=_PREFIX))


def remove_scratch(folder: Path) -> None:
    """Remove the folder and what is in it, as far as that may be; no folder that was not made here."""
    if not folder.name.startswith(_PREFIX):
        return
    shutil.rmtree(folder, ignore_errors=True)
