"""The audit log as a chain: each line holds the hash of the line before, so that a change of any line shows.

Files follow each other in one chain. When old ones are removed, a line says where the chain begins now. Whoever may
write to the folder can write a whole new chain; only a hash noted elsewhere shows that (`Verdict.head`). The chain of
several machines is in `service.auth.audit_table`.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from index.store.locks import exclusive_lock

Lines = Callable[[], Iterator[tuple[str, bytes]]]  # each with its place, as "2026-11-29.jsonl, line 3"
BEGINNING: Final = "0" * 64  # what the very first line follows
SWEEP: Final = "old audit files removed"
FILES: Final = "????-??-??.jsonl"
LONGEST_LINE: Final = 65_536  # bytes that are read back to find the last line


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying found: how many lines fit, the last one's hash, and what is wrong with the first that does not.

    `unchained` lines were written before there was a chain. `knows` says whether a hash that was asked for is there.
    """

    lines: int
    unchained: int
    head: str
    fault: str = ""
    knows: bool = True


def lock_path(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def following(line: dict[str, Any], previous: str) -> str:
    """Return a line as it is written after the one whose hash is `previous`, without its end."""
    return json.dumps(line | {"previous": previous}, ensure_ascii=False)


def append(folder: Path, name: str, line: dict[str, Any]) -> None:
    """Write a line that follows the last one to the file `name`. The caller holds the lock. Raises OSError."""
    _drop_unfinished(folder)
    content = following(line, last_hash(folder)) + "\n"
    file = os.open(folder / name, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        _write(file, content.encode("utf-8", "replace"))
    finally:
        os.close(file)


def try_to_write(folder: Path, name: str) -> None:
    """Write something to the file `name` and take it back. The caller holds the lock. Raises OSError."""
    file = os.open(folder / name, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(file).st_size
        _write(file, b" " * 4096)
        os.ftruncate(file, size)
    finally:
        os.close(file)


def last_hash(folder: Path) -> str:
    """Return the hash of the last line, BEGINNING when there is none."""
    hashes = (last_hash_of(path) for path in sorted(folder.glob(FILES), reverse=True))
    return next((last for last in hashes if last != BEGINNING), BEGINNING)


def last_hash_of(path: Path) -> str:
    """Return the hash of a file's last line, BEGINNING when it is empty."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LONGEST_LINE))
        line = file.read().removesuffix(b"\n").rsplit(b"\n", 1)[-1]
    return line_hash(line) if line else BEGINNING


def line_hash(line: bytes) -> str:
    """Return the hash of a line without its end."""
    return hashlib.sha256(line).hexdigest()


def parse(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the content of the lines that can be read."""
    for line in lines:
        if _previous(line) is not None:
            yield json.loads(line)


def lines_of_file(path: Path) -> Iterator[bytes]:
    """Yield the lines of one of its files, the earliest first; none when it was removed meanwhile."""
    with suppress(FileNotFoundError):
        for _, line in _lines({path: path.stat().st_size}):
            yield line


def present_lines(folder: Path) -> Lines:
    """Return what yields the lines of a folder as they are now, whatever is added meanwhile."""
    sizes = _sizes(folder)
    return lambda: _lines(sizes)


def verify(present: Lines, known: str = "") -> Verdict:
    """Follow the chain from its beginning to the first line that does not fit.

    `known` is a hash noted before, of a line that has to be there.
    """
    before, lines, unchained, seen = "", 0, 0, not known
    swept = _sweeps(present)
    for place, line in present():
        previous = _previous(line)
        if previous is None:
            return Verdict(lines, unchained, before, f"{place}: cannot be read")
        if not previous and lines == unchained:
            unchained += 1
        elif not _follows(previous, before, swept):
            return Verdict(lines, unchained, before, f"{place}: does not follow the line before", seen)
        before, lines = line_hash(line), lines + 1
        seen = seen or before == known
    return Verdict(lines, unchained, before or BEGINNING, "", seen)


def _follows(previous: str, before: str, swept: frozenset[str]) -> bool:
    """Say whether a line may stand after one with the hash `before`, "" when it is the first."""
    return previous == before if before else previous == BEGINNING or previous in swept


def _previous(line: bytes) -> str | None:
    """Return what a line says of the one before, "" when it says nothing, None when it is no line."""
    try:
        content = json.loads(line)
        return str(content.get("previous", ""))
    except (ValueError, AttributeError):
        return None


def _sweeps(present: Lines) -> frozenset[str]:
    """Return the hashes at which the chain was cut because what came before was too old."""
    lines = (json.loads(line) for _, line in present() if SWEEP.encode() in line and _previous(line) is not None)
    return frozenset(str(line.get("until", "")) for line in lines if line.get("action") == SWEEP)


def _sizes(folder: Path) -> dict[Path, int]:
    """Return how much is written of each file; what is added from here on is left for the next time."""
    with exclusive_lock(lock_path(folder)):
        return {path: path.stat().st_size for path in sorted(folder.glob(FILES))}


def _lines(sizes: dict[Path, int]) -> Iterator[tuple[str, bytes]]:
    """Yield each line with its place, "2026-11-29.jsonl, line 3"."""
    for path, size in sizes.items():
        with path.open("rb") as file:
            content = file.read(size)
        for number, line in enumerate(content.removesuffix(b"\n").split(b"\n") if content else [], 1):
            yield f"{path.name}, line {number}", line


def _write(file: int, content: bytes) -> None:
    """Append all of it or nothing. Raises OSError."""
    size = os.fstat(file).st_size
    try:
        if os.write(file, content) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError:
        os.ftruncate(file, size)
        raise


def _drop_unfinished(folder: Path) -> None:
    """Take away what a writer that was killed had begun: a line is there when its end is."""
    newest = max(folder.glob(FILES), default=None)
    if newest is None:
        return
    with newest.open("r+b") as file:
        start = file.seek(max(0, newest.stat().st_size - LONGEST_LINE))
        content = file.read()
        if content and not content.endswith(b"\n"):
            file.truncate(start + content.rfind(b"\n") + 1)
