"""What each harvest last did, for staff to see: `<data>/harvests-state.json`, which the service reads and never writes.

{"harvests": {folder below the data folder: record}}; the fields are those of `Record`. Remarks have a path and a
reason, as `index.reasons` records it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from index.clock import utc_now
from index.reasons import Reason, recall_reason, record_reason
from index.store.atomic_files import write_atomically
from index.store.locks import exclusive_lock
from ingest.sync.report import Remark

NAME: Final = "harvests-state.json"
MOST_REMARKS: Final = 200  # that are kept of a harvest; how many there were is kept too


@dataclass(frozen=True, slots=True)
class Record:
    """One harvest: what it was to fetch, and what came of it. Times are ISO 8601, `due` seconds since the epoch.

    `plan` is the operator's file, "" for a harvest that staff added, whose terms were then of the `revision`. While it
    goes on, `ended` is "". `written` is when its folder last changed, `read` what `written` was when it was last read.
    """

    name: str
    plan: str = ""
    terms: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 0
    began: str = ""
    ended: str = ""
    is_listed: bool = True
    fetched: int = 0
    unchanged: int = 0
    dropped: int = 0
    is_cut: bool = False
    failed: int = 0
    failures: tuple[Remark, ...] = ()
    documents: int = 0
    due: float = 0.0
    written: str = ""
    read: str = ""
    unreadable: int = 0
    unread: tuple[Remark, ...] = ()


def now_as_text() -> str:
    return utc_now().isoformat(timespec="milliseconds")


def kept_remarks(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """Return as many remarks as a record keeps."""
    return tuple(remarks)[:MOST_REMARKS]


@dataclass(frozen=True)
class Records:
    """The records of one data folder; several jobs may write them."""

    data: Path

    @property
    def path(self) -> Path:
        return self.data / NAME

    def all(self) -> dict[str, Record]:
        """Return the records by folder, none where they cannot be read: the next harvests write them anew."""
        try:
            entries = json.loads(self.path.read_text(encoding="utf-8"))["harvests"]
            return {folder: _parse(entry) for folder, entry in entries.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def change(self, folder: str, name: str, **values: Any) -> None:
        """Change these fields of a folder's record, which is begun if there is none."""
        with exclusive_lock(self.path.with_suffix(".lock")):
            records = self.all()
            records[folder] = replace(records.get(folder, Record(name)), **values)
            self._write(records)

    def remove(self, folders: Iterable[str]) -> None:
        """Forget the records of these folders."""
        with exclusive_lock(self.path.with_suffix(".lock")):
            records = self.all()
            gone = records.keys() & set(folders)
            if gone:
                self._write({folder: record for folder, record in records.items() if folder not in gone})

    def _write(self, records: Mapping[str, Record]) -> None:
        payload = {"harvests": {folder: _as_json(record) for folder, record in records.items()}}
        with write_atomically(self.path) as file:
            file.write(json.dumps(payload, ensure_ascii=False, indent=1).encode())


def _as_json(record: Record) -> dict[str, Any]:
    remarks = {
        name: [{"path": remark.path, **record_reason(remark.reason)} for remark in getattr(record, name)]
        for name in _REMARKS
    }
    return asdict(record) | remarks


def _parse(entry: Mapping[str, Any]) -> Record:
    known = {name: value for name, value in entry.items() if name in _NAMES}
    remarks = {name: tuple(_parse_remark(remark) for remark in known.get(name, ())) for name in _REMARKS}
    return Record(**{**known, **remarks})


def _parse_remark(entry: Mapping[str, Any]) -> Remark:
    """Return a remark; of a reason that another version recorded only the text is known. Raises KeyError."""
    reason = recall_reason(str(entry["reason"]), entry)
    return Remark(str(entry["path"]), reason if isinstance(reason, Reason) else Reason("system-error", detail=reason))


_NAMES: Final = frozenset(entry.name for entry in fields(Record))
_REMARKS: Final = ("failures", "unread")
