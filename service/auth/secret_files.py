"""Secrets of this installation, each in a private file that is made when it is first needed."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path


def load_secret(path: Path) -> str:
    """Return the secret in the file at `path`, made when there is none, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = _write(path, new_secret())
        with suppress(FileExistsError):  # another process was first, and its secret counts
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().split("\n", 1)[0].strip()


def former_secrets(path: Path) -> tuple[str, ...]:
    """Return the secrets that were rotated and are kept, the latest first."""
    return tuple(secret for secret, _ in _former(path))


def rotate_secret(path: Path, today: date, *, keep_days: int = 0) -> None:
    """Put a new secret in the file; the former ones stay below it for so many days after they were replaced."""
    former = [(load_secret(path), today), *_former(path)] if keep_days else []
    oldest = today - timedelta(days=keep_days)
    lines = [new_secret(), *(f"{secret} {replaced.isoformat()}" for secret, replaced in former if replaced >= oldest)]
    os.replace(_write(path, "\n".join(lines)), path)


def new_secret() -> str:
    return secrets.token_hex(32)


def _former(path: Path) -> list[tuple[str, date]]:
    """Return the former secrets with the day each was replaced."""
    lines = (line.split() for line in path.read_text().splitlines()[1:]) if path.exists() else ()
    return [(secret, date.fromisoformat(replaced)) for secret, replaced in lines]


def _write(path: Path, content: str) -> Path:
    """Write a private file beside `path` and return it."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    return fresh
