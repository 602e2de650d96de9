"""What changed since the last run: a file is unchanged when size and time are, else when its stamp is."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from index.store.store import FileRecord
from ingest.sources.catalogue import Candidate
from ingest.sync.assembly import Defaults

READER_VERSION: Final = "5"  # raise it when loaders or cleaning give another text for the same file
_RACY_NS: Final = 2_000_000_000  # a file this young may change again without its time changing
UNSAID: Final = ":audience-unsaid"


class Todo(NamedTuple):
    """A file that must be read, the record to write with its document, and the one of the last run."""

    candidate: Candidate
    record: FileRecord
    before: FileRecord | None


class Unchanged(NamedTuple):
    """A file whose document stands; `refreshed` is its record when size or time did change."""

    record: FileRecord
    refreshed: FileRecord | None


def choices_stamp(splitter: str, defaults: Defaults) -> Callable[[Mapping[str, str]], str]:
    """Return the function from a file's catalogue row to the stamp of all that shapes its document but its bytes."""

    def stamp(row: Mapping[str, str]) -> str:
        told = {name: value for name, value in row.items() if name != "password"}
        said = json.dumps([READER_VERSION, splitter, defaults.stated(), told], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    return stamp


def compare(
    candidate: Candidate, source: str, before: FileRecord | None, stamp: Callable[[Mapping[str, str]], str]
) -> Todo | Unchanged:
    """Say whether the file must be read again. Raises OSError."""
    seen = candidate.file.stat()
    choices = stamp(candidate.stated)
    same = before is not None and (seen.st_size, seen.st_mtime_ns) == (before.size, before.modified_ns)
    if before is not None and same and f":{choices}" in before.stamp:
        return Unchanged(before, None)
    is_young = abs(time.time_ns() - seen.st_mtime_ns) < _RACY_NS
    record = FileRecord(
        source,
        candidate.path,
        seen.st_size,
        0 if is_young else seen.st_mtime_ns,
        f"{_content_stamp(candidate.file)}:{choices}",
        before.document_id if before else "",
    )
    if before is not None and before.stamp.startswith(record.stamp):
        return Unchanged(before, None if is_young else record._replace(stamp=before.stamp))
    return Todo(candidate, record, before)


def _content_stamp(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def to_read_again(candidate: Candidate, record: FileRecord) -> Todo:
    """Return a file that did not change as one to be read all the same."""
    return Todo(candidate, record._replace(stamp=":".join(record.stamp.split(":")[:2])), record)
