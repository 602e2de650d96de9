"""The reports in the data folder: what runs of ingestion read and failed to read, and what evaluations measured."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from index.reasons import recall_reason

RUNS: Final = 30  # of ingestion, the newest
MEASURES: Final = ("nDCG@10", "R@10", "Success@1", "Answer@1", "Answered", "Abstained")
_RUN = re.compile(r"ingest-\d{8}T\d{6}Z")
_HTML_LANGUAGE = re.compile(r'<html lang="([a-z]{2})"')
_PAGE = re.compile(r"[\w-][\w.-]{0,100}\.html")


class Remark(NamedTuple):
    """Something to report about a file; `reason` knows its code unless an older version wrote the report."""

    path: str
    reason: str


class Omission(NamedTuple):
    """A part of a file that its document does not hold."""

    path: str
    what: str
    where: str
    why: str


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
    left_out: tuple[Omission, ...]


class MeasuredSet(NamedTuple):
    """The newest figures of one golden set and one arm: mean and 95 % interval of each measure."""

    collection: str
    arm: str
    made: str
    figures: dict[str, tuple[float, float, float]]


class EvaluationPage(NamedTuple):
    """A page an evaluation has made; `language` is what the page says it is in, "" when it does not."""

    name: str
    made: str
    language: str


def ingestion_runs(data: Path) -> list[IngestionRun]:
    """Return the newest runs, the last one first; a report that cannot be read is left out."""
    names = sorted((path.stem for path in (data / "reports").glob("ingest-*.json")), reverse=True)
    runs = (ingestion_run(data, name) for name in names[:RUNS])
    return [run for run in runs if run is not None]


def ingestion_run(data: Path, name: str) -> IngestionRun | None:
    """Return a run by the name of its report, None when there is none."""
    if not _RUN.fullmatch(name):
        return None
    try:
        report = json.loads((data / "reports" / f"{name}.json").read_text(encoding="utf-8"))
        return IngestionRun(
            name=name,
            started=str(report["started"]),
            sources=tuple(report["sources"]),
            new=int(report["new"]),
            changed=int(report["changed"]),
            unchanged=int(report["unchanged"]),
            removed=int(report["removed"]),
            seconds=float(report["seconds"]),
            failures=_remarks(report, "failures"),
            warnings=_remarks(report, "warnings"),
            duplicates=_remarks(report, "duplicates"),
            withdrawn=_remarks(report, "withdrawn"),
            left_out=_omissions(report),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def measured_sets(data: Path) -> list[MeasuredSet]:
    """Return the newest results of each golden set and arm."""
    newest: dict[tuple[str, str], MeasuredSet] = {}
    for result in _results(data / "eval" / "runs"):
        known = newest.get(result[:2])
        if known is None or known.made < result.made:
            newest[result[:2]] = result
    return [newest[key] for key in sorted(newest)]


def evaluation_pages(data: Path) -> list[EvaluationPage]:
    """Return the pages of HTML that evaluations have made, the newest first."""
    pages = [(path.stat().st_mtime, path.name) for path in (data / "eval").glob("*.html") if path.is_file()]
    return [
        EvaluationPage(
            name, datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"), _language_of(data / "eval" / name)
        )
        for at, name in sorted(pages, reverse=True)
        if _PAGE.fullmatch(name)
    ]


def evaluation_page(data: Path, name: str) -> Path | None:
    """Return where a page lies, None when there is none of that name."""
    path = data / "eval" / name
    return path if _PAGE.fullmatch(name) and path.is_file() else None


def _language_of(page: Path) -> str:
    try:
        with page.open(encoding="utf-8", errors="replace") as file:
            named = _HTML_LANGUAGE.search(file.read(500))
    except FileNotFoundError:  # removed a moment ago
        return ""
    return named[1] if named else ""


def _results(folder: Path) -> Iterator[MeasuredSet]:
    for path in folder.glob("*.json") if folder.is_dir() else ():
        try:
            run = json.loads(path.read_text(encoding="utf-8"))
            everything = run["summary"]["all"]
            figures = {
                name: (float(everything[name]["mean"]), float(everything[name]["low"]), float(everything[name]["high"]))
                for name in MEASURES
                if name in everything
            }
            yield MeasuredSet(str(run["set"]), str(run["arm"]), str(run["made"]), figures)
        except (OSError, ValueError, KeyError, TypeError):  # another program's file, or one being written
            continue


def _remarks(report: dict[str, Any], part: str) -> tuple[Remark, ...]:
    return tuple(
        Remark(str(remark["path"]), recall_reason(str(remark["reason"]), remark)) for remark in report.get(part, ())
    )


def _omissions(report: dict[str, Any]) -> tuple[Omission, ...]:
    return tuple(_omission(part, part.get("messages", {})) for part in report.get("left_out", ()))


def _omission(part: dict[str, Any], messages: dict[str, Any]) -> Omission:
    what, why = (recall_reason(str(part[name]), messages.get(name, {})) for name in ("what", "why"))
    return Omission(str(part["path"]), what, str(part["where"]), why)
