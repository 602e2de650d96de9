"""What of the sources stands as it was: the files whose documents are kept, and those that must be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from index.store.store import FileRecord, Store
from ingest.sources.catalogue import Candidate, Inventory
from ingest.sync.changes import UNSAID, Todo, Unchanged, compare, to_read_again
from ingest.sync.claims import Claims
from ingest.sync.report import Remark, Report
from ingest.sync.withdrawals import Withdrawn
from ingest.text.duplicates import SAME, Known


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compares every file with the last run; what stands claims its id and is told in the report."""

    store: Store
    stocks: Mapping[str, Inventory]
    withdrawn: Withdrawn
    claims: Claims
    report: Report

    def todo(self, stamp: Callable[[Mapping[str, str]], str]) -> tuple[list[Todo], Known]:
        """Return the files to read, and the documents of those that are unchanged."""
        todo: list[Todo] = []
        standing: list[FileRecord] = []
        repeated: list[tuple[Candidate, Unchanged]] = []
        for name, stock in self.stocks.items():
            records = self.store.files(name)
            for candidate in stock.candidates:
                if self.withdrawn.holds_place(name, candidate.path):
                    continue
                try:
                    found = compare(candidate, name, records.get(candidate.path), stamp)
                except OSError as error:
                    self.report.fail(name, candidate.path, f"cannot be read ({error.strerror or error}).")
                    continue
                if isinstance(found, Todo):
                    if found.before is not None or not self.withdrawn.holds_content(found.record):
                        todo.append(found)
                elif found.record.stamp.endswith(SAME):
                    repeated.append((candidate, found))
                elif not self.store.original(found.record.stamp.partition(":")[0]).is_file():
                    todo.append(to_read_again(candidate, found.refreshed or found.record))  # it was lost: kept anew
                else:
                    self._keep(found)
                    standing.append(found.record)
        todo += [one for candidate, found in repeated if (one := self._keep_repeated(candidate, found))]
        return todo, Known(standing)

    def _keep(self, found: Unchanged) -> None:
        self.claims.of[found.record.document_id] = f"{found.record.source}/{found.record.path}"
        self.report.unchanged += 1
        self.report.unsaid += UNSAID in found.record.stamp
        if found.refreshed is not None:
            self.store.touch(found.refreshed)

    def _keep_repeated(self, candidate: Candidate, found: Unchanged) -> Todo | None:
        """Keep a file that repeats another one's document, or return it to be read when that one may have changed."""
        record = found.record
        stands = record.document_id in self.claims.of
        if not stands and (owner := self.store.owner(record.document_id)) is not None:
            stands = owner[0] not in self.stocks
        if not stands:
            return to_read_again(candidate, record._replace(document_id=""))
        self.report.unchanged += 1
        told = self.claims.same_as(record.document_id)
        self.report.duplicates.append(Remark(f"{record.source}/{record.path}", told))
        if found.refreshed is not None:
            self.store.touch(found.refreshed)
        return None
