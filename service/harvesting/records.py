"""What harvests last did, as the ingestion command recorded it in `<data>/harvests-state.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from index.reasons import recall_reason

RECORDS: Final = "harvests-state.json"


class Remark(NamedTuple):
    """What could not be fetched or read, and why."""

    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class Record:
    """One harvest; the fields are those of `ingest.harvest.records.Record`."""

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

    @property
    def is_unread(self) -> bool:
        """Say whether something was fetched, restated or dropped since its folder was last read."""
        return self.written != self.read

    @property
    def next(self) -> str:
        """Return when it is due, in ISO 8601; "" where that is now."""
        return datetime.fromtimestamp(self.due, UTC).isoformat(timespec="minutes") if self.due else ""


def read_records(data: Path) -> dict[str, Record]:
    """Return the records by folder below the data folder; none where they cannot be read."""
    try:
        entries = json.loads((data / RECORDS).read_text(encoding="utf-8"))["harvests"]
        return {folder: _parse(entry) for folder, entry in entries.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _parse(entry: Mapping[str, Any]) -> Record:
    known = {name: value for name, value in entry.items() if name in _NAMES}
    remarks = {
        name: tuple(
            Remark(str(remark["path"]), recall_reason(str(remark["reason"]), remark)) for remark in known.get(name, ())
        )
        for name in ("failures", "unread")
    }
    return Record(**{**known, **remarks})


_NAMES: Final = frozenset(entry.name for entry in fields(Record))
