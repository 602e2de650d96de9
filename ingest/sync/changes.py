"""Find what changed since the last run: a file is unchanged if size and time are, else if its content is.

Unchanged in both cases means also: read by the same readers and splitter, with the same row of the catalogue.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from index.reasons import Reason
from index.store.checksums import sha256_of
from index.store.store import FileRecord, Store
from ingest.sources.catalogue import Candidate, Inventory
from ingest.sync.assembly import Defaults
from ingest.sync.claims import Claims
from ingest.sync.report import Remark, Report
from ingest.sync.withdrawals import WithdrawnFiles
from ingest.text.duplicates import KnownFiles

READER_VERSION: Final = "8"  # raise it when loaders or cleaning give another text for the same file
_RACY_NS: Final = 2_000_000_000  # a file this young may change again without its time changing

HashChoices = Callable[[Mapping[str, str]], str]


class Todo(NamedTuple):
    """A file that must be read, the record to write with its document, and the record of the last run."""

    candidate: Candidate
    record: FileRecord
    before: FileRecord | None


class Unchanged(NamedTuple):
    """A file whose document stays; `refreshed` is its new record if size or time did change."""

    record: FileRecord
    refreshed: FileRecord | None


def choices_hasher(splitter: str, defaults: Defaults, *, include_hidden: bool = False) -> HashChoices:
    """Return the function from a file's catalogue row to a hash of all that shapes its document but its content."""

    def hash_choices(row: Mapping[str, str]) -> str:
        stated = {name: value for name, value in row.items() if name != "password"}
        shaping = [READER_VERSION, splitter, defaults.stated(), stated, *(["hidden"] if include_hidden else [])]
        choices = json.dumps(shaping, sort_keys=True)
        return hashlib.sha256(choices.encode()).hexdigest()[:16]

    return hash_choices


def compare(
    candidate: Candidate, source: str, before: FileRecord | None, hash_choices: HashChoices
) -> Todo | Unchanged:
    """Say whether the file must be read again. Raises OSError."""
    status = candidate.file.stat()
    choices = hash_choices(candidate.stated)
    if before is not None and (before.size, before.modified_ns, before.choices) == (
        status.st_size,
        status.st_mtime_ns,
        choices,
    ):
        return Unchanged(before, None)
    is_young = abs(time.time_ns() - status.st_mtime_ns) < _RACY_NS
    record = FileRecord(
        source,
        candidate.path,
        status.st_size,
        0 if is_young else status.st_mtime_ns,
        sha256_of(candidate.file),
        before.document_id if before else "",
        choices,
    )
    if before is not None and (before.sha256, before.choices) == (record.sha256, record.choices):
        refreshed = before._replace(size=record.size, modified_ns=record.modified_ns)
        return Unchanged(before, None if is_young else refreshed)
    return Todo(candidate, record, before)


def read_again(candidate: Candidate, record: FileRecord) -> Todo:
    """Return an unchanged file as one to be read all the same."""
    return Todo(candidate, record._replace(text_key="", is_duplicate=False, lacks_audience=False), record)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compares every file with the last run; an unchanged file claims its id and is counted in the report."""

    store: Store
    inventories: Mapping[str, Inventory]
    withdrawn: WithdrawnFiles
    claims: Claims
    report: Report
    unreadable: list[Todo] = field(default_factory=list)  # files that could not even be compared

    def find_changes(self, hash_choices: HashChoices) -> tuple[list[Todo], KnownFiles]:
        """Return the files to read, and the files that are unchanged."""
        todo: list[Todo] = []
        unchanged: list[FileRecord] = []
        duplicates: list[tuple[Candidate, Unchanged]] = []
        for candidate, result in self._compare_all(hash_choices):
            record = result.record
            if isinstance(result, Todo):
                if result.before is not None or not self.withdrawn.holds_content(record):
                    todo.append(result)
            elif record.is_duplicate:
                duplicates.append((candidate, result))
            elif not self.store.originals.holds(record.sha256):
                todo.append(read_again(candidate, result.refreshed or record))  # it was lost: kept anew
            else:
                self.claims.locations[record.document_id] = record.location
                self.report.without_audience += record.lacks_audience
                self._keep(result)
                unchanged.append(record)
        todo += [again for candidate, result in duplicates if (again := self._keep_duplicate(candidate, result))]
        return todo, KnownFiles(unchanged)

    def _compare_all(self, hash_choices: HashChoices) -> Iterator[tuple[Candidate, Todo | Unchanged]]:
        """Yield each candidate that is not at a withdrawn file's place and can be read, with how it compares."""
        for source, inventory in self.inventories.items():
            records = self.store.files(source)
            for candidate in inventory.candidates:
                if self.withdrawn.holds_location(source, candidate.path):
                    continue
                try:
                    yield candidate, compare(candidate, source, records.get(candidate.path), hash_choices)
                except OSError as error:
                    reason = Reason("cannot-be-read", detail=error.strerror or str(error))
                    self.report.fail(source, candidate.path, reason)
                    if (before := records.get(candidate.path)) is not None:
                        record = before._replace(choices=hash_choices(candidate.stated))
                        self.unreadable.append(Todo(candidate, record, before))

    def _keep(self, unchanged: Unchanged) -> None:
        self.report.unchanged += 1
        if unchanged.refreshed is not None:
            self.store.touch(unchanged.refreshed)

    def _keep_duplicate(self, candidate: Candidate, unchanged: Unchanged) -> Todo | None:
        """Keep a duplicate of another file's document, or return it to be read if that document may have changed."""
        record = unchanged.record
        is_claimed = record.document_id in self.claims.locations
        if not is_claimed:
            owner = self.store.owner(record.document_id)
            if owner is None or owner[0] in self.inventories:
                return read_again(candidate, record._replace(document_id=""))
        self._keep(unchanged)
        self.report.duplicates.append(Remark(record.location, self.claims.describe_duplicate(record.document_id)))
        return None
