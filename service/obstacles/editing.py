"""What staff change in the register, and the service when a thread is solved: each change is kept with who and when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from index.named_rows import NamedRow
from index.store.database import Connection
from service.auth.callers import NOBODY, Caller
from service.obstacles.cross_border_file import CrossBorderFile
from service.obstacles.database import as_text, drop_empty, new_obstacle, read_file
from service.obstacles.model import Classification, State, UnknownObstacle, WrongStep
from service.obstacles.store import Register

_STATED: Final = ("state", "statement", "language", "is_public", "passed_to", "passed_at", "solved_by")


@dataclass(frozen=True, slots=True)
class Wording:
    """How staff describe an obstacle: neutrally, in one language, and who besides members may read it."""

    about: Classification
    statement: str
    language: str
    is_public: bool


@dataclass(frozen=True)
class Editor:
    """Changes obstacles in the name of `actor`, NOBODY for the service itself. Raises UnknownObstacle, WrongStep."""

    register: Register
    actor: Caller = NOBODY

    def correct(self, obstacle_id: str, wording: Wording, *, confirm: bool = False) -> None:
        """Reword an obstacle; confirmed, others may see it. One that others see must keep a statement."""
        with self.register.file.open() as db:
            row = _row(db, obstacle_id)
            state = State.CONFIRMED if confirm and row["state"] == State.NEW else State(row["state"])
            if state is not State.NEW and not wording.statement.strip():
                raise WrongStep("obstacles.fault.statement")
            was, now = json.loads(row["about"]), wording.about.as_json()
            changes: dict[str, Any] = {
                name: {"was": was[name], "is": now[name]}
                for name in now
                if list(was[name] or ()) != list(now[name] or ())
            }
            fields = {
                "statement": wording.statement.strip(),
                "language": wording.language,
                "is_public": int(wording.is_public),
            }
            changes |= {name: {"was": row[name], "is": value} for name, value in fields.items() if row[name] != value}
            if not changes and state == row["state"]:
                return
            self._change(db, obstacle_id, about=as_text(now), state=state, **fields)
            self._note(db, obstacle_id, "confirmed" if state != row["state"] else "corrected", changes)

    def pass_on(self, obstacle_id: str, to: str, at: datetime) -> None:
        """Note to whom an obstacle was passed on, and when."""
        with self.register.file.open() as db:
            row = _row(db, obstacle_id)
            if not to.strip():
                raise WrongStep("obstacles.fault.recipient")
            if not row["statement"]:
                raise WrongStep("obstacles.fault.statement")
            state = State.SOLVED if row["state"] == State.SOLVED else State.PASSED_ON
            self._change(db, obstacle_id, state=state, passed_to=to.strip(), passed_at=at.isoformat())
            self._note(db, obstacle_id, "passed on", {"to": to.strip(), "on": at.date().isoformat()})

    def fill_in(self, obstacle_id: str, file: CrossBorderFile) -> None:
        """Keep what the obstacle's file says; the history tells which fields changed, not what stands in them."""
        with self.register.file.open() as db:
            _row(db, obstacle_id)
            changed = read_file(db, obstacle_id).changed(file)
            if not changed:
                return
            values = (obstacle_id, as_text(file.as_json()))
            db.execute(
                "INSERT INTO cross_border_files VALUES (?, ?)"
                " ON CONFLICT (obstacle_id) DO UPDATE SET fields = excluded.fields",
                values,
            )
            self._change(db, obstacle_id)
            self._note(db, obstacle_id, "file", {"fields": changed})

    def solve(self, obstacle_id: str, document_id: str) -> None:
        """Note which document solves an obstacle."""
        with self.register.file.open() as db:
            _row(db, obstacle_id)
            self._change(db, obstacle_id, state=State.SOLVED, solved_by=document_id)
            self._note(db, obstacle_id, "solved", {"document": document_id})

    def thread_solved(self, obstacle_id: str, document_id: str, *, solves: bool) -> None:
        """Note that a forum solved one of the threads; when all reports were such threads the obstacle is solved."""
        if solves:
            self.solve(obstacle_id, document_id)
            return
        with self.register.file.open() as db:
            _row(db, obstacle_id)
            self._note(db, obstacle_id, "thread solved", {"document": document_id})

    def reopen(self, obstacle_id: str) -> None:
        """Take a solution back: the obstacle returns to its state before."""
        with self.register.file.open() as db:
            row = _row(db, obstacle_id)
            if row["state"] != State.SOLVED:
                return
            before = State.PASSED_ON if row["passed_to"] else State.CONFIRMED if row["statement"] else State.NEW
            self._change(db, obstacle_id, state=before, solved_by="")
            self._note(db, obstacle_id, "reopened", {"document": row["solved_by"]})

    def merge(self, obstacle_id: str, into: str) -> None:
        """Move all reports of an obstacle into another and delete the first, whose history goes to the other."""
        with self.register.file.open() as db:
            gone, kept = _row(db, obstacle_id), _row(db, into)
            if obstacle_id == into:
                raise WrongStep("obstacles.fault.itself")
            moved = db.execute("UPDATE reports SET obstacle_id = ? WHERE obstacle_id = ?", (into, obstacle_id)).rowcount
            db.execute("UPDATE events SET obstacle_id = ? WHERE obstacle_id = ?", (into, obstacle_id))
            for table, key in (("notices", "document_id, audience"), ("cross_border_files", "1")):  # what `into` lacks
                db.execute(
                    f"UPDATE {table} SET obstacle_id = ? WHERE obstacle_id = ?"
                    f" AND ({key}) NOT IN (SELECT {key} FROM {table} WHERE obstacle_id = ?)",
                    (into, obstacle_id, into),
                )
            db.execute("DELETE FROM obstacles WHERE id = ?", (obstacle_id,))
            about = _about(kept).filled_by(_about(gone))
            adopted = {} if kept["statement"] or not gone["statement"] else {name: gone[name] for name in _STATED}
            self._change(db, into, about=as_text(about.as_json()), **adopted)
            self._note(db, into, "merged", {"reports": moved, "from": obstacle_id, "statement": gone["statement"]})

    def split(self, obstacle_id: str, report_ids: Sequence[int]) -> str:
        """Move some of an obstacle's reports into a new one and return its id; at least one report stays."""
        with self.register.file.open() as db:
            row = _row(db, obstacle_id)
            rows = db.execute("SELECT id FROM reports WHERE obstacle_id = ?", (obstacle_id,)).fetchall()
            own = [report_id for (report_id,) in rows]
            chosen = [report_id for report_id in own if report_id in set(report_ids)]
            if not chosen or len(chosen) == len(own):
                raise WrongStep("obstacles.fault.split")
            new = new_obstacle(db, _about(row), self.register.now().isoformat())
            marks = ", ".join("?" * len(chosen))
            db.execute(f"UPDATE reports SET obstacle_id = ? WHERE id IN ({marks})", (new, *chosen))
            self._note(db, obstacle_id, "split", {"reports": len(chosen), "into": new})
            self._note(db, new, "split", {"reports": len(chosen), "from": obstacle_id})
            drop_empty(db)
            return new

    def _change(self, db: Connection, obstacle_id: str, **fields: Any) -> None:
        fields |= {"changed": self.register.now().isoformat()}
        assignments = ", ".join(f"{name} = ?" for name in fields)
        db.execute(f"UPDATE obstacles SET {assignments} WHERE id = ?", (*fields.values(), obstacle_id))

    def _note(self, db: Connection, obstacle_id: str, what: str, details: dict[str, Any]) -> None:
        at = self.register.now().isoformat()
        db.execute(
            "INSERT INTO events (obstacle_id, at, subject, name, what, told) VALUES (?, ?, ?, ?, ?, ?)",
            (obstacle_id, at, self.actor.subject, self.actor.name, what, as_text(details)),
        )


def _row(db: Connection, obstacle_id: str) -> NamedRow:
    row: NamedRow | None = db.execute("SELECT * FROM obstacles WHERE id = ?", (obstacle_id,)).fetchone()
    if row is None:
        raise UnknownObstacle(obstacle_id)
    return row


def _about(row: NamedRow) -> Classification:
    return Classification.from_json(json.loads(row["about"]))
