"""The register: reports and the obstacles they make up, kept in an SQLite file of its own.

Who reported is kept as a pseudonym that only this file's salt can make, so that somebody's reports can be found by the
subject and the subject cannot be read. A follow-up link is kept as its hash: whoever holds it is the one who asked.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from index.documents import Audience
from index.types import Vectors
from service.obstacles.database import RegisterFile
from service.obstacles.model import Classification, Event, Obstacle, Proposal, Report, Source, State, UnknownObstacle
from service.obstacles.rows import digest, drop_empty, new_obstacle, pseudonym, read_obstacles, report_of, written

STAFF_FEED: Final = "staff:"  # before a subject: the feed of what staff are told, beside one's own


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report as it comes in, with its vector and what it seems to be about."""

    source: Source
    text: str
    language: str
    consent: str
    proposal: Proposal
    embedder: str
    vector: Vectors = field(repr=False)
    subject: str = ""
    audience: Audience = Audience.PUBLIC
    origin: str = ""


class Added(NamedTuple):
    """Where a report went, and the secret of its follow-up link, shown this once."""

    obstacle_id: str
    token: str


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Register:
    """Reads the register, takes reports in, and erases them. What staff change goes through `Editor`."""

    path: Path
    now: Callable[[], datetime] = _now

    @property
    def file(self) -> RegisterFile:
        return RegisterFile(self.path)

    def add(self, report: NewReport, into: str | None = None) -> Added:
        """Keep a report as a part of an obstacle, or as a new one when it is like none."""
        token, at = secrets.token_urlsafe(32), self.now().isoformat()
        with self.file.open() as db:
            found = db.execute("SELECT about, state FROM obstacles WHERE id = ?", (into,)).fetchone()
            if found is None:
                into = new_obstacle(db, report.proposal.said, at)
            elif found["state"] == State.NEW:
                about = Classification.from_json(json.loads(found["about"])).filled_by(report.proposal.said)
                db.execute("UPDATE obstacles SET about = ? WHERE id = ?", (written(about.as_json()), into))
            db.execute(
                "INSERT INTO reports (obstacle_id, source, at, text, language, consent, who, audience, origin, follow,"
                " proposal, embedder, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(into, report.source, at, report.text, report.language, report.consent),
                    *(pseudonym(db, report.subject), report.audience, report.origin, digest(token)),
                    *(written(report.proposal.as_json()), report.embedder, report.vector.astype(np.float32).tobytes()),
                ),
            )
        return Added(str(into), token)

    def obstacles(self) -> list[Obstacle]:
        """Return every obstacle, the oldest first."""
        with self.file.open() as db:
            return read_obstacles(db, "")

    def obstacle(self, obstacle_id: str) -> Obstacle:
        """Return an obstacle. Raises UnknownObstacle."""
        with self.file.open() as db:
            for one in read_obstacles(db, obstacle_id):
                return one
        raise UnknownObstacle(obstacle_id)

    def reports(self, obstacle_id: str = "") -> list[Report]:
        """Return the reports of an obstacle, or all there are, in the order they came."""
        where = " WHERE obstacle_id = ?" if obstacle_id else ""
        with self.file.open() as db:
            found = db.execute(f"SELECT * FROM reports{where} ORDER BY id", (obstacle_id,) if obstacle_id else ())
            return [report_of(row) for row in found]

    def history(self, obstacle_id: str) -> list[Event]:
        """Return what was done with an obstacle, the latest first."""
        query = "SELECT at, name, what, told FROM events WHERE obstacle_id = ? ORDER BY id DESC"
        with self.file.open() as db:
            found = db.execute(query, (obstacle_id,)).fetchall()
        return [Event(datetime.fromisoformat(one[0]), one[1], one[2], json.loads(one[3])) for one in found]

    def vectors(self, embedder: str) -> dict[int, Vectors]:
        """Return the vectors of the reports this embedder has read, by their ids."""
        with self.file.open() as db:
            found = db.execute("SELECT id, vector FROM reports WHERE embedder = ?", (embedder,)).fetchall()
        return {one[0]: np.frombuffer(one[1], np.float32) for one in found}

    def read_again(self, report_id: int, embedder: str, vector: Vectors) -> None:
        """Keep what another embedder makes of a report."""
        said = (embedder, vector.astype(np.float32).tobytes(), report_id)
        with self.file.open() as db:
            db.execute("UPDATE reports SET embedder = ?, vector = ? WHERE id = ?", said)

    def followed(self, token: str) -> Report:
        """Return the report this follow-up link was given for. Raises UnknownObstacle."""
        with self.file.open() as db:
            row = db.execute("SELECT * FROM reports WHERE follow = ?", (digest(token),)).fetchone()
        if row is None:
            raise UnknownObstacle("a follow-up link")
        return report_of(row)

    def of(self, subject: str) -> list[Report]:
        """Return what somebody reported, the latest first."""
        with self.file.open() as db:
            who = pseudonym(db, subject)
            query = "SELECT * FROM reports WHERE who = ? AND who != '' ORDER BY id DESC"
            return [report_of(row) for row in db.execute(query, (who,)).fetchall()]

    def erase(self, subject: str) -> int:
        """Erase all that somebody reported and their feed; return how many reports that was."""
        if not subject:
            return 0
        ids = [one.id for one in self.of(subject)]
        with self.file.open() as db:
            db.execute("DELETE FROM feeds WHERE owner IN (?, ?)", (subject, STAFF_FEED + subject))
        self.withdraw(ids)
        return len(ids)

    def withdraw(self, report_ids: Sequence[int]) -> None:
        """Erase reports; what staff have not confirmed yet goes with its last report."""
        with self.file.open() as db:
            for one in report_ids:
                db.execute("DELETE FROM reports WHERE id = ?", (one,))
            drop_empty(db)


def register_in(data: Path) -> Register:
    """Return the register of a data folder."""
    return Register(data / "obstacles.sqlite")
