"""What a run did, for people and for programs: counts, every failure with its reason, and what to look at."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import NamedTuple

LATEST = "ingest-report"


class Remark(NamedTuple):
    """Something to be told about a file: its source and path, and what."""

    path: str
    reason: str


@dataclass
class Report:
    """Grows with the run. `read` is new and changed files; `unsaid` documents to whom nobody gave an audience."""

    sources: tuple[str, ...] = ()
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    unsaid: int = 0
    passages: int = 0
    embedded: int = 0
    seconds: float = 0.0
    failures: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)
    duplicates: list[Remark] = field(default_factory=list)
    withdrawn: list[Remark] = field(default_factory=list)

    def fail(self, source: str, path: str, reason: str) -> None:
        self.failures.append(Remark(f"{source}/{path}", reason))

    @property
    def read(self) -> int:
        return self.new + self.changed

    @property
    def exit_code(self) -> int:
        """0 when all was read, 1 when some files failed and the rest is published, 2 when nothing is."""
        if not self.failures:
            return 0
        return 1 if self.read or self.unchanged or self.duplicates or self.withdrawn else 2

    def lines(self) -> list[str]:
        """Return the report as a person reads it."""
        said = [
            f"Sources: {', '.join(self.sources)}",
            f"Documents: {self.read} read ({self.new} new, {self.changed} changed), {self.unchanged} unchanged, "
            f"{self.removed} removed, {len(self.failures)} failed",
            f"Passages: {self.passages} written, {self.embedded} embedded, in {self.seconds:.1f} s",
        ]
        if self.unsaid:
            said.append(
                f"Audience: nobody gave one to {self.unsaid} document{'s' * (self.unsaid > 1)}; only staff see them. "
                "Say `audience:` in the front matter or in catalogue.csv, or run with --audience public."
            )
        said += [f"duplicate: {path}: {reason}" for path, reason in self.duplicates]
        said += [f"withdrawn: {path}: {reason}" for path, reason in self.withdrawn]
        said += [f"warning: {path}: {reason}" for path, reason in self.warnings]
        said += [f"FAILED: {path}: {reason}" for path, reason in self.failures]
        return said

    def as_json(self) -> str:
        said = asdict(self) | {"read": self.read, "failed": len(self.failures), "exit_code": self.exit_code}
        for name in ("failures", "warnings", "duplicates", "withdrawn"):
            said[name] = [{"path": path, "reason": reason} for path, reason in getattr(self, name)]
        return json.dumps(said, ensure_ascii=False, indent=1) + "\n"

    def write(self, data: Path) -> Path:
        """Write JSON and text below `reports/`, and the JSON as the latest; return the text's path."""
        folder = data / "reports"
        folder.mkdir(parents=True, exist_ok=True)
        stem = name = f"ingest-{datetime.fromisoformat(self.started):%Y%m%dT%H%M%SZ}"
        for number in count(2):  # a clock that went backwards must not write over an earlier report
            if not (folder / f"{name}.txt").exists():
                break
            name = f"{stem}-{number}"
        text = folder / f"{name}.txt"
        _write_whole(folder / f"{name}.json", self.as_json())
        _write_whole(text, "\n".join(self.lines()) + "\n")
        _write_whole(data / f"{LATEST}.json", self.as_json())
        return text


def _write_whole(path: Path, content: str) -> None:
    """Write a file so that nobody ever sees half of it."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(content, encoding="utf-8")
    unfinished.replace(path)
