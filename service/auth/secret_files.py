"""Secrets of this installation, each in a private file that is made when it is first needed."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def load_secret(path: Path) -> str:
    """Return the secret in the file at `path`, made when there is none, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with suppress(FileExistsError):  # another process was first, and its secret counts
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()
