"""What staff upload, as a source: `<data>/uploads/` with its own catalogue, and what became of each file of it.

The service writes a file and its row; otherwise it is a source like any other. Each run over it leaves
`<data>/uploads-state.json`, replaced as a whole: {"at": …, "files": {path: {"state": "read" | "failed" | "withdrawn",
"document": id, "reason": …}}}. The service reads that file and never the sources.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from index.clock import utc_now
from index.reasons import record_reason
from index.store.shared_folder import require_shared
from index.store.small_files import FolderFiles, SmallFiles
from index.store.store import Store
from ingest.sources.catalogue import CATALOGUE, source_name
from ingest.sync.report import Report

FOLDER: Final = "uploads"
STATE: Final = "uploads-state.json"


@dataclass
class Uploads:
    """The folder of uploads of one data folder, and whether it changed since the last run over it."""

    data: Path
    shared: SmallFiles | None = None  # with other machines; None: there are none
    _reported: object = field(default=None, init=False)
    _current: object = field(default=None, init=False)

    @property
    def folder(self) -> Path:
        return self.data / FOLDER

    @property
    def _small_files(self) -> SmallFiles:
        return self.shared or FolderFiles(self.data)

    @property
    def is_empty(self) -> bool:
        return not any(path.name != CATALOGUE for path in self._files())

    def sources(self, store: Store, *, with_sources: bool) -> list[Path]:
        """Return the folder if a run is to read it: whenever sources are due, and when something changed.

        Raises StoreError where other machines have another folder: what they lack would be taken for removed.
        """
        self._current = self._snapshot(store)  # before the run: what comes while it runs is for the next one
        if self.is_empty or not (with_sources or self._current != self._reported):
            return []
        require_shared(self.folder, self._small_files)
        return [self.folder]

    def write_state(self, report: Report, store: Store) -> None:
        """Write what became of each file in the run of this report."""
        self._reported = self._current
        name = source_name(self.folder)
        files = {
            path: {"state": "read", "document": record.document_id, "reason": ""}
            for path, record in store.files(name).items()
        }
        for state, remarks in (("failed", report.failures), ("withdrawn", report.withdrawn)):
            for location, reason in remarks:
                if location.startswith(f"{name}/"):
                    path = location.removeprefix(f"{name}/")
                    files[path] = {"state": state, "document": "", **record_reason(reason)}
        payload = {"at": utc_now().isoformat(timespec="seconds"), "files": files}
        self._small_files.write(STATE, json.dumps(payload, ensure_ascii=False, indent=1).encode())

    def _snapshot(self, store: Store) -> object:
        """Return sizes and times of the files, and the withdrawals: equal snapshots mean that nothing changed."""
        files = {}
        for path in self._files():
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                files[str(path)] = (status.st_size, status.st_mtime_ns)
        return files, store.withdrawn_ids()

    def _files(self) -> Iterator[Path]:
        if not self.folder.is_dir():
            return iter(())
        return (path for path in sorted(self.folder.rglob("[!.]*")) if path.is_file())
