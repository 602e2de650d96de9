"""Report what a run did, to people and to programs: counts, every failure with its reason, and what to look at."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import NamedTuple

from index.clock import utc_now
from index.reasons import Reason, record_reason
from index.store.atomic_files import write_atomically

LATEST = "ingest-report"
_REMARKS = ("failures", "warnings", "duplicates", "withdrawn")


class Remark(NamedTuple):
    """Something to report about a file: its source and path, and what."""

    path: str
    reason: Reason


class Omission(NamedTuple):
    """A part of a file that its document does not hold: source and path, what, where ("" for the whole file), why."""

    path: str
    what: Reason
    where: str
    why: Reason

    def __str__(self) -> str:
        where = f" in {self.where}" if self.where else ""
        return f"{self.what}{where}: {self.why}"


@dataclass
class Report:
    """Grows with the run. `without_audience` counts the documents nobody stated an audience for."""

    sources: tuple[str, ...] = ()
    started: str = field(default_factory=lambda: utc_now().isoformat(timespec="seconds"))
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    without_audience: int = 0
    passages: int = 0
    embedded: int = 0
    hidden: int = 0  # documents of what files hide, made or kept
    seconds: float = 0.0
    failures: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    duplicates: list[Remark] = field(default_factory=list)
    withdrawn: list[Remark] = field(default_factory=list)
    left_out: list[Omission] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """Add what another report of the same run says of files, but not its sources and times."""
        for name in ("new", "changed", "unchanged", "removed", "without_audience", "passages", "embedded", "hidden"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in (*_REMARKS, "left_out"):
            getattr(self, name).extend(getattr(other, name))

    def fail(self, source: str, path: str, reason: Reason) -> None:
        self.failures.append(Remark(f"{source}/{path}", reason))

    @property
    def read(self) -> int:
        """How many files were read: the new and the changed ones."""
        return self.new + self.changed

    @property
    def exit_code(self) -> int:
        """0 if all was read, 1 if some files failed and the rest is published, 2 if nothing is."""
        if not self.failures:
            return 0
        return 1 if self.read or self.unchanged or self.duplicates or self.withdrawn else 2

    def lines(self) -> list[str]:
        """Return the report as a person reads it."""
        lines = [
            f"Sources: {', '.join(self.sources)}",
            f"Documents: {self.read} read ({self.new} new, {self.changed} changed), {self.unchanged} unchanged, "
            f"{self.removed} removed, {len(self.failures)} failed",
            f"Passages: {self.passages} written, {self.embedded} embedded, in {self.seconds:.1f} s",
        ]
        if self.without_audience:
            documents = f"{self.without_audience} document{'s' * (self.without_audience > 1)}"
            lines.append(
                f"Audience: nobody gave one to {documents}; only staff see them. "
                "Say `audience:` in the front matter or in catalogue.csv, or run with --audience public."
            )
        if self.hidden:
            documents = f"{self.hidden} document{'s hold' if self.hidden > 1 else ' holds'}"
            lines.append(f"Hidden: {documents} what files hide, beside their own, for staff only")
        if self.left_out:
            files = len({part.path for part in self.left_out})
            lines.append(f"Left out: {len(self.left_out)} parts of {files} file{'s' * (files > 1)}, each named below")
        lines += [f"duplicate: {path}: {reason}" for path, reason in self.duplicates]
        lines += [f"withdrawn: {path}: {reason}" for path, reason in self.withdrawn]
        lines += [f"left out: {part.path}: {part}" for part in self.left_out]
        lines += [f"warning: {path}: {reason}" for path, reason in self.warnings]
        lines += [f"FAILED: {path}: {reason}" for path, reason in self.failures]
        return lines

    def as_json(self) -> str:
        """Return the report as a program reads it, documents without an audience under "unsaid"."""
        fields = {"unsaid" if name == "without_audience" else name: value for name, value in asdict(self).items()}
        fields |= {"read": self.read, "failed": len(self.failures), "exit_code": self.exit_code}
        for name in _REMARKS:
            remarks: list[Remark] = getattr(self, name)
            fields[name] = [{"path": remark.path, **record_reason(remark.reason)} for remark in remarks]
        fields["left_out"] = [
            part._asdict() | {"messages": {"what": part.what.as_json(), "why": part.why.as_json()}}
            for part in self.left_out
        ]
        return json.dumps(fields, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Return the report that `as_json` wrote."""
        fields = json.loads(text)
        for name in ("read", "failed", "exit_code"):
            del fields[name]
        fields["without_audience"] = fields.pop("unsaid")
        fields["sources"] = tuple(fields["sources"])
        for name in _REMARKS:
            fields[name] = [Remark(entry["path"], Reason.from_json(entry)) for entry in fields[name]]
        fields["left_out"] = [
            Omission(
                part["path"],
                Reason.from_json(part["messages"]["what"]),
                part["where"],
                Reason.from_json(part["messages"]["why"]),
            )
            for part in fields["left_out"]
        ]
        return cls(**fields)

    def write(self, data: Path) -> Path:
        """Write JSON and text below `reports/`, and the JSON as the latest; return the text's path."""
        folder = data / "reports"
        folder.mkdir(parents=True, exist_ok=True)
        stem = name = f"ingest-{datetime.fromisoformat(self.started):%Y%m%dT%H%M%SZ}"
        for number in count(2):  # a clock that went backwards must not overwrite an earlier report
            if not (folder / f"{name}.txt").exists():
                break
            name = f"{stem}-{number}"
        text = folder / f"{name}.txt"
        _write(folder / f"{name}.json", self.as_json())
        _write(text, "\n".join(self.lines()) + "\n")
        _write(data / f"{LATEST}.json", self.as_json())
        return text


def _write(path: Path, content: str) -> None:
    with write_atomically(path) as file:
        file.write(content.encode())
