"""What staff upload, as a source: `<data>/uploads/` with its own catalogue, and what became of each file of it.

The service writes a file and its row; nothing else tells it apart from any source. Each run that looked at it leaves
`<data>/uploads-state.json`, swapped in whole: {"at": …, "files": {path: {"state": "read" | "failed" | "withdrawn",
"document": id, "reason": …}}}. The service reads that file and never the sources.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from index.store.store import Store
from ingest.sources.catalogue import CATALOGUE, source_name
from ingest.sync.report import Report

FOLDER: Final = "uploads"
STATE: Final = "uploads-state.json"
WATCHING: Final = "ingest-watching"  # touched while a job watches, so that the service can say whether one does
BEAT_S: Final = 5.0


@dataclass
class Uploads:
    """The folder of uploads of one data folder, and whether it changed since the last run that was over it."""

    data: Path
    _seen: object = field(default=None, init=False)
    _looked_at: object = field(default=None, init=False)

    @property
    def folder(self) -> Path:
        return self.data / FOLDER

    @property
    def is_empty(self) -> bool:
        return not any(path.name != CATALOGUE for path in self._files())

    def sources(self, store: Store, *, with_sources: bool) -> list[Path]:
        """Return the folder when a run is to look at it: whenever sources are due, and when something changed."""
        self._looked_at = self._stamp(store)  # before the run: what comes while it runs is for the next one
        if self.is_empty or not (with_sources or self._looked_at != self._seen):
            return []
        return [self.folder]

    def tell(self, report: Report, store: Store) -> None:
        """Leave what became of each file in the run that `report` is of."""
        self._seen = self._looked_at
        name = source_name(self.folder)
        files = {
            path: {"state": "read", "document": record.document_id, "reason": ""}
            for path, record in store.files(name).items()
        }
        for state, remarks in (("failed", report.failures), ("withdrawn", report.withdrawn)):
            for place, reason in remarks:
                if place.startswith(f"{name}/"):
                    files[place.removeprefix(f"{name}/")] = {"state": state, "document": "", "reason": reason}
        said = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "files": files}
        unfinished = self.data / f".{STATE}.{os.getpid()}"
        unfinished.write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")
        unfinished.replace(self.data / STATE)

    def _stamp(self, store: Store) -> object:
        files = {}
        for path in self._files():
            with contextlib.suppress(FileNotFoundError):
                seen = path.stat()
                files[str(path)] = (seen.st_size, seen.st_mtime_ns)
        return files, store.withdrawn.ids

    def _files(self) -> Iterator[Path]:
        if not self.folder.is_dir():
            return iter(())
        return (path for path in sorted(self.folder.rglob("[!.]*")) if path.is_file())


@contextmanager
def heartbeat(path: Path, every_s: float = BEAT_S) -> Iterator[None]:
    """Touch a file every few seconds while the body runs, and remove it at the end."""
    over = threading.Event()

    def beat() -> None:
        while not over.is_set():
            with contextlib.suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
                os.utime(path, (time.time(),) * 2)
            over.wait(every_s)
        path.unlink(missing_ok=True)

    beating = threading.Thread(target=beat, name="heartbeat", daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join(timeout=5)
