"""The register: reports, the obstacles they make up, notices of new documents, and addresses of feeds.

Who reported is kept as a pseudonym that only this file's salt can make, so that somebody's reports can be found by the
subject and the subject cannot be read. A follow-up link is kept as its hash: whoever holds it is taken for the author.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

import numpy as np

from index.clock import utc_now
from index.documents import Access, Audience
from index.settings import IndexSettings
from index.store.private_database import Location, private_location
from index.types import Vectors
from service.obstacles.cross_border_file import CrossBorderFile
from service.obstacles.database import (
    FILE,
    RegisterFile,
    as_text,
    digest,
    drop_empty,
    new_obstacle,
    pseudonym,
    read_file,
    read_obstacles,
    report_of,
)
from service.obstacles.model import (
    Classification,
    Event,
    Notice,
    Obstacle,
    Proposal,
    Report,
    Source,
    State,
    UnknownObstacle,
)

STAFF_FEED: Final = "staff:"  # before a subject: their feed as staff, besides their own


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report to be added, with its vector and what it seems to be about."""

    source: Source
    text: str
    language: str
    consent: str
    proposal: Proposal
    embedder: str
    vector: Vectors = field(repr=False)
    subject: str = ""
    reporter: str = ""  # whom it counts for; without one, the subject, and without that either, for itself
    audience: Audience = Audience.PUBLIC
    origin: str = ""


class Receipt(NamedTuple):
    """The obstacle a report was added to, and the secret of its follow-up link, shown this once."""

    obstacle_id: str
    token: str


@dataclass(frozen=True)
class Register:
    """Reads the register, adds reports, and erases them. What staff change goes through `Editor`."""

    location: Location
    now: Callable[[], datetime] = utc_now

    @property
    def file(self) -> RegisterFile:
        return RegisterFile(self.location)

    def add(self, report: NewReport, into: str | None = None) -> Receipt:
        """Add a report to an obstacle, or to a new one when `into` is none that exists."""
        token, at = secrets.token_urlsafe(32), self.now().isoformat()
        with self.file.open() as db:
            row = db.execute("SELECT about, state FROM obstacles WHERE id = ?", (into,)).fetchone()
            if row is None:
                into = new_obstacle(db, report.proposal.about, at)
            elif row["state"] == State.NEW:
                about = Classification.from_json(json.loads(row["about"])).filled_by(report.proposal.about)
                db.execute("UPDATE obstacles SET about = ? WHERE id = ?", (as_text(about.as_json()), into))
            values = (
                into,
                report.source,
                at,
                report.text,
                report.language,
                report.consent,
                who := pseudonym(db, report.subject),
                report.reporter or who,
                report.audience,
                report.origin,
                digest(token),
                as_text(report.proposal.as_json()),
                report.embedder,
                report.vector.astype(np.float32).tobytes(),
            )
            db.execute(
                "INSERT INTO reports (obstacle_id, source, at, text, language, consent, who, reporter, audience,"
                " origin, follow, proposal, embedder, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
        return Receipt(str(into), token)

    def obstacles(self) -> list[Obstacle]:
        """Return every obstacle, the oldest first."""
        with self.file.open() as db:
            return read_obstacles(db, "")

    def obstacle(self, obstacle_id: str) -> Obstacle:
        """Return an obstacle. Raises UnknownObstacle."""
        with self.file.open() as db:
            for obstacle in read_obstacles(db, obstacle_id):
                return obstacle
        raise UnknownObstacle(obstacle_id)

    def reports(self, obstacle_id: str = "") -> list[Report]:
        """Return the reports of an obstacle, or all there are, in the order they came."""
        where = " WHERE obstacle_id = ?" if obstacle_id else ""
        with self.file.open() as db:
            rows = db.execute(f"SELECT * FROM reports{where} ORDER BY id", (obstacle_id,) if obstacle_id else ())
            return [report_of(row) for row in rows]

    def cross_border_file(self, obstacle_id: str) -> CrossBorderFile:
        """Return what staff filled in for an obstacle's file; nothing is stated where they have not."""
        with self.file.open() as db:
            return read_file(db, obstacle_id)

    def cross_border_files(self) -> dict[str, CrossBorderFile]:
        """Return the files there are, by their obstacles' ids."""
        with self.file.open() as db:
            rows = db.execute("SELECT obstacle_id, fields FROM cross_border_files").fetchall()
        return {obstacle_id: CrossBorderFile.from_json(json.loads(values)) for obstacle_id, values in rows}

    def history(self, obstacle_id: str) -> list[Event]:
        """Return what was done with an obstacle, the latest first."""
        query = "SELECT at, name, what, told FROM events WHERE obstacle_id = ? ORDER BY id DESC"
        with self.file.open() as db:
            rows = db.execute(query, (obstacle_id,)).fetchall()
        return [Event(datetime.fromisoformat(at), by, what, json.loads(details)) for at, by, what, details in rows]

    def events_by(self, subject: str) -> list[dict[str, str]]:
        """Return what somebody did with obstacles, the earliest first."""
        query = "SELECT at, obstacle_id, what FROM events WHERE subject = ? ORDER BY id"
        with self.file.open() as db:
            rows = db.execute(query, (subject,)).fetchall()
        return [{"at": at, "obstacle": obstacle_id, "what": what} for at, obstacle_id, what in rows]

    def vectors(self, embedder: str) -> dict[int, Vectors]:
        """Return the vectors of the reports this model has embedded, by their ids."""
        with self.file.open() as db:
            rows = db.execute("SELECT id, vector FROM reports WHERE embedder = ?", (embedder,)).fetchall()
        return {report_id: np.frombuffer(vector, np.float32) for report_id, vector in rows}

    def replace_vector(self, report_id: int, embedder: str, vector: Vectors) -> None:
        """Keep what another model makes of a report."""
        values = (embedder, vector.astype(np.float32).tobytes(), report_id)
        with self.file.open() as db:
            db.execute("UPDATE reports SET embedder = ?, vector = ? WHERE id = ?", values)

    def report_by_token(self, token: str) -> Report:
        """Return the report this follow-up link was given for. Raises UnknownObstacle."""
        with self.file.open() as db:
            row = db.execute("SELECT * FROM reports WHERE follow = ?", (digest(token),)).fetchone()
        if row is None:
            raise UnknownObstacle("a follow-up link")
        return report_of(row)

    def reports_by(self, subject: str) -> list[Report]:
        """Return what somebody reported, the latest first."""
        with self.file.open() as db:
            who = pseudonym(db, subject)
            query = "SELECT * FROM reports WHERE who = ? AND who != '' ORDER BY id DESC"
            return [report_of(row) for row in db.execute(query, (who,)).fetchall()]

    def erase(self, subject: str) -> int:
        """Erase all that somebody reported and their feed; return how many reports that was."""
        if not subject:
            return 0
        ids = [report.id for report in self.reports_by(subject)]
        with self.file.open() as db:
            db.execute("DELETE FROM feeds WHERE owner IN (?, ?)", (subject, STAFF_FEED + subject))
        self.withdraw(ids)
        return len(ids)

    def withdraw(self, report_ids: Sequence[int]) -> None:
        """Erase reports; an obstacle staff have not confirmed yet goes with its last report."""
        with self.file.open() as db:
            for report_id in report_ids:
                db.execute("DELETE FROM reports WHERE id = ?", (report_id,))
            drop_empty(db)


def register_of(settings: IndexSettings) -> Register:
    """Return the register where these settings keep it."""
    return Register(private_location(settings, FILE))


GROUP: Final = "group "  # before a group's name, where an audience's stands otherwise


def reader_name(access: Access) -> str:
    """Return what the notices of an audience, or those a single group has besides, are kept under."""
    return "".join(GROUP + group for group in access.groups) or access.audience.value


@dataclass(frozen=True)
class Notices:
    """What the watcher noticed, for an audience or a group: that of a wider one may rest on other documents."""

    register: Register

    def unseen(self, reader: str, document_ids: Iterable[str]) -> list[str]:
        """Return those documents the watcher has not looked at yet for this reader."""
        with self.register.file.open() as db:
            known = {
                document_id
                for (document_id,) in db.execute("SELECT document_id FROM seen WHERE audience = ?", (reader,))
            }
        return [document_id for document_id in document_ids if document_id not in known]

    def has_looked(self, reader: str) -> bool:
        """Say whether the watcher has ever looked at what this reader sees."""
        with self.register.file.open() as db:
            return db.execute("SELECT 1 FROM facts WHERE name = ?", (f"looked {reader}",)).fetchone() is not None

    def groups(self) -> list[str]:
        """Return the groups for which the watcher has looked at documents."""
        query = "SELECT DISTINCT audience FROM seen WHERE substr(audience, 1, ?) = ?"
        with self.register.file.open() as db:
            return [name.removeprefix(GROUP) for (name,) in db.execute(query, (len(GROUP), GROUP))]

    def record(self, reader: str, seen: Iterable[str], matches: Iterable[tuple[str, str]]) -> int:
        """Keep what was looked at and which (obstacle, document) matched, at once; return how many are new."""
        at = self.register.now().isoformat()
        with self.register.file.open() as db:
            db.execute(
                "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (f"looked {reader}", at),
            )
            new = [(document_id, reader) for document_id in seen]
            db.executemany("INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING", new)
            return sum(
                db.execute(
                    "INSERT INTO notices (obstacle_id, document_id, audience, at)"
                    " SELECT id, ?, ?, ? FROM obstacles WHERE id = ? ON CONFLICT DO NOTHING",
                    (document_id, reader, at, obstacle_id),
                ).rowcount
                for obstacle_id, document_id in matches
            )

    def forget(self, reader: str, present: Iterable[str]) -> None:
        """Forget documents a reader cannot see any more: should they come back, they are new."""
        kept = set(present)
        with self.register.file.open() as db:
            known = [
                document_id
                for (document_id,) in db.execute("SELECT document_id FROM seen WHERE audience = ?", (reader,))
            ]
            gone = [(document_id, reader) for document_id in known if document_id not in kept]
            for table in ("seen", "notices"):
                db.executemany(f"DELETE FROM {table} WHERE document_id = ? AND audience = ?", gone)

    def for_reader(self, access: Access, obstacle_ids: Sequence[str] | None = None) -> list[Notice]:
        """Return the notices for somebody's audience and groups on these obstacles, or on all, the latest first."""
        readers = [access.audience.value, *(GROUP + group for group in sorted(access.groups))]
        query = (
            f"SELECT obstacle_id, document_id, min(at) FROM notices WHERE audience IN ({', '.join('?' * len(readers))})"
            " AND is_dismissed = 0 GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
        )
        with self.register.file.open() as db:
            rows = db.execute(query, readers).fetchall()
        return [
            Notice(obstacle_id, document_id, datetime.fromisoformat(at))
            for obstacle_id, document_id, at in rows
            if obstacle_ids is None or obstacle_id in obstacle_ids
        ]

    def dismiss(self, obstacle_id: str, document_id: str) -> None:
        """Show the notice of a document for an obstacle to nobody any more."""
        query = "UPDATE notices SET is_dismissed = 1 WHERE obstacle_id = ? AND document_id = ?"
        with self.register.file.open() as db:
            db.execute(query, (obstacle_id, document_id))


@dataclass(frozen=True)
class FeedAddresses:
    """Private addresses of feeds: a secret each, which its owner can see again and have replaced."""

    register: Register

    def token(self, owner: str, *, renewed: bool = False) -> str:
        """Return the secret of an owner's feed, a new one when there is none or when it is renewed."""
        with self.register.file.open() as db:
            row = db.execute("SELECT token FROM feeds WHERE owner = ?", (owner,)).fetchone()
            if row is not None and not renewed:
                return str(row[0])
            token = secrets.token_urlsafe(32)
            db.execute(
                "INSERT INTO feeds VALUES (?, ?) ON CONFLICT (owner) DO UPDATE SET token = excluded.token",
                (owner, token),
            )
        return token

    def owner(self, token: str) -> str:
        """Return whose feed it is, "" for an unknown token."""
        with self.register.file.open() as db:
            row = db.execute("SELECT owner FROM feeds WHERE token = ?", (token,)).fetchone()
        return str(row[0]) if row else ""
