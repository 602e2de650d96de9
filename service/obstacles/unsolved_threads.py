"""The forums' unsolved threads as reports: they come in; solved, they close their obstacle; deleted, they are erased.

The ingestion job writes the list (`<data>/unsolved.jsonl`, replaced as a whole); the service only reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from index.documents import LANGUAGES, Access, Audience
from index.errors import UnknownDocument
from index.store.small_files import SmallFile
from service.library.concepts import Thesaurus
from service.library.open_index import OpenIndex
from service.obstacles.editing import Editor
from service.obstacles.intake import IncomingReport, Intake
from service.obstacles.model import Report, Source, State
from service.obstacles.store import Register

LONGEST: Final = 2000  # characters of a thread that are kept
GONE_FOR: Final = timedelta(hours=1)  # a thread that is in neither list for so long was deleted


@dataclass(frozen=True)
class UnsolvedThreads:
    """Keeps a register in step with what the forums say."""

    register: Register
    listed: SmallFile
    thesaurus: Callable[[], Thesaurus]

    def follow(self, index: OpenIndex) -> None:
        """Add new threads, close what is solved, erase what was deleted."""
        threads = self.read()
        if threads is None:
            return
        known = {report.origin: report for report in self.register.reports() if report.origin}
        for origin, thread in threads.items():
            if origin not in known:
                Intake(self.register, index, self.thesaurus()).add(_report_of(origin, thread))
        for origin, report in known.items():
            if origin in threads:
                self._mark_open(report)
                self._keep_audience(report, _audience_of(threads[origin]))
            elif not report.solved_by:
                self._mark_closed(report, index)

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Return the threads by the id of the document each will be; None before the job has written any."""
        content = self.listed.read()
        if content is None:
            return None
        threads = [json.loads(line) for line in content.decode().splitlines() if line.strip()]
        return {f"forum/{thread['forum']}/{thread['id']}": thread for thread in threads}

    def has_missing(self) -> bool:
        """Say whether a thread is in neither list, so that only time can tell whether it was deleted."""
        with self.register.file.open() as db:
            return db.execute("SELECT 1 FROM reports WHERE missing_since IS NOT NULL").fetchone() is not None

    def _mark_open(self, report: Report) -> None:
        self._mark(report, solved_by="", missing_since=None)
        if report.solved_by and self.register.obstacle(report.obstacle_id).solved_by == report.solved_by:
            Editor(self.register).reopen(report.obstacle_id)

    def _keep_audience(self, report: Report, audience: Audience) -> None:
        """Count a thread that has other readers now for these alone."""
        if report.audience is not audience:
            with self.register.file.open() as db:
                db.execute("UPDATE reports SET audience = ? WHERE id = ?", (audience, report.id))

    def _mark_closed(self, report: Report, index: OpenIndex) -> None:
        try:
            index.store.document(report.origin, Access(Audience.STAFF))
        except UnknownDocument:  # the list is written before the index: perhaps not yet there, perhaps deleted
            now, since = self.register.now(), self._missing_since(report)
            if since is None:
                self._mark(report, solved_by="", missing_since=now.isoformat())
            elif now - since >= GONE_FOR:
                self.register.withdraw([report.id])
            return
        self._mark(report, solved_by=report.origin, missing_since=None)
        obstacle = self.register.obstacle(report.obstacle_id)
        if obstacle.state is not State.SOLVED:
            all_solved = all(other.solved_by for other in self.register.reports(obstacle.id))
            Editor(self.register).thread_solved(obstacle.id, report.origin, solves=all_solved)

    def _mark(self, report: Report, *, solved_by: str, missing_since: str | None) -> None:
        query = "UPDATE reports SET solved_by = ?, missing_since = ? WHERE id = ?"
        with self.register.file.open() as db:
            db.execute(query, (solved_by, missing_since, report.id))

    def _missing_since(self, report: Report) -> datetime | None:
        with self.register.file.open() as db:
            row = db.execute("SELECT missing_since FROM reports WHERE id = ?", (report.id,)).fetchone()
        return datetime.fromisoformat(row[0]) if row and row[0] else None


def _audience_of(thread: Mapping[str, Any]) -> Audience:
    """Return for whom a thread counts; one that a group alone reads must not count for the other members either."""
    return Audience.STAFF if thread.get("groups") else Audience(thread["audience"])


def _report_of(origin: str, thread: Mapping[str, Any]) -> IncomingReport:
    title, question = str(thread.get("title", "")), str(thread.get("question", ""))
    text = question if question.startswith(title) else f"{title}\n{question}"
    language = str(thread.get("language", ""))
    return IncomingReport(
        text.strip()[:LONGEST],
        Source.THREAD,
        "forum",
        language=language if language in LANGUAGES else "",
        audience=_audience_of(thread),
        origin=origin,
    )
