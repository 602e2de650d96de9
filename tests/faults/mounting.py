"""A folder that may not be written, a disk that is full: by mounting, since root may write anywhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import ROOT

_READ_ONLY: Final = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 77; shift; exec "$@"'


def run_read_only(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m WORDS` over a data folder that it cannot write; skip where folders cannot be mounted."""
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", _READ_ONLY, "sh", str(data), sys.executable, "-m", *words],
        cwd=ROOT,
        env={**os.environ, "PASSERELLE_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode in {1, 77} and ("unshare" in done.stderr or "mount" in done.stderr):
        pytest.skip(f"folders cannot be mounted read-only here: {done.stderr.strip()}")
    return done


@contextmanager
def small_disk(at: Path, megabytes: int) -> Iterator[None]:
    """Mount a disk of so many megabytes while the body runs; skip where that cannot be done."""
    at.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(at)]
    done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


def fill(disk: Path) -> Path:
    """Write to the disk until it is full, and return what takes the room."""
    filling = disk / "filling"
    opened = os.open(filling, os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while os.write(opened, b"x" * 4096):
            pass
    os.close(opened)
    return filling
