"""The reports others leave in the data folder: what ingestion runs read and failed to read, and what was measured."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

RUNS: Final = 30  # of ingestion, the newest
MEASURES: Final = ("nDCG@10", "R@10", "Success@1", "Answer@1", "Answered", "Abstained")
_RUN = re.compile(r"ingest-\d{8}T\d{6}Z")
_PAGE = re.compile(r"[\w-][\w.-]{0,100}\.html")


class Remark(NamedTuple):
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class IngestionRun:
    """What a run of the ingestion job did."""

    name: str
    started: str
    sources: tuple[str, ...]
    new: int
    changed: int
    unchanged: int
    removed: int
    seconds: float
    failures: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
    duplicates: tuple[Remark, ...]
    withdrawn: tuple[Remark, ...]


class Measured(NamedTuple):
    """The newest figures of one golden set and one arm: mean and 95 % interval of each measure."""

    collection: str
    arm: str
    made: str
    figures: dict[str, tuple[float, float, float]]


class EvaluationPage(NamedTuple):
    name: str
    made: str


def ingestion_runs(data: Path) -> list[IngestionRun]:
    """Return the newest runs, the last one first; a report that cannot be read is left out."""
    names = sorted((path.stem for path in (data / "reports").glob("ingest-*.json")), reverse=True)
    found = (ingestion_run(data, name) for name in names[:RUNS])
    return [one for one in found if one is not None]


def ingestion_run(data: Path, name: str) -> IngestionRun | None:
    """Return a run by the name of its report, None when there is none."""
    if not _RUN.fullmatch(name):
        return None
    try:
        said = json.loads((data / "reports" / f"{name}.json").read_text(encoding="utf-8"))
        return IngestionRun(
            name=name,
            started=str(said["started"]),
            sources=tuple(said["sources"]),
            new=int(said["new"]),
            changed=int(said["changed"]),
            unchanged=int(said["unchanged"]),
            removed=int(said["removed"]),
            seconds=float(said["seconds"]),
            failures=_remarks(said, "failures"),
            warnings=_remarks(said, "warnings"),
            duplicates=_remarks(said, "duplicates"),
            withdrawn=_remarks(said, "withdrawn"),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def measured(data: Path) -> list[Measured]:
    """Return the newest results of each golden set and arm."""
    newest: dict[tuple[str, str], Measured] = {}
    for one in _results(data / "eval" / "runs"):
        known = newest.get(one[:2])
        if known is None or known.made < one.made:
            newest[one[:2]] = one
    return [newest[key] for key in sorted(newest)]


def evaluation_pages(data: Path) -> list[EvaluationPage]:
    """Return the pages of HTML that evaluations have made, the newest first."""
    found = [(path.stat().st_mtime, path.name) for path in (data / "eval").glob("*.html") if path.is_file()]
    return [
        EvaluationPage(name, datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"))
        for at, name in sorted(found, reverse=True)
        if _PAGE.fullmatch(name)
    ]


def evaluation_page(data: Path, name: str) -> Path | None:
    """Return where a page lies, None when there is none of that name."""
    path = data / "eval" / name
    return path if _PAGE.fullmatch(name) and path.is_file() else None


def _results(folder: Path) -> Iterator[Measured]:
    for path in folder.glob("*.json") if folder.is_dir() else ():
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            everything = said["summary"]["all"]
            figures = {
                name: (float(everything[name]["mean"]), float(everything[name]["low"]), float(everything[name]["high"]))
                for name in MEASURES
                if name in everything
            }
            yield Measured(str(said["set"]), str(said["arm"]), str(said["made"]), figures)
        except (OSError, ValueError, KeyError, TypeError):  # another program's file, or one being written
            continue


def _remarks(said: dict[str, Any], part: str) -> tuple[Remark, ...]:
    return tuple(Remark(str(one["path"]), str(one["reason"])) for one in said.get(part, ()))
