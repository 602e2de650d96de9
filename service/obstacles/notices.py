"""Which new documents may solve which obstacle, as each audience's documents have it, and the addresses of feeds."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from index.documents import Audience
from service.obstacles.model import Notice
from service.obstacles.store import STAFF_FEED as STAFF_FEED
from service.obstacles.store import Register


@dataclass(frozen=True)
class Notices:
    """What the job found. A notice is for one audience alone: what a wider one finds may come from other documents."""

    register: Register

    def unseen(self, audience: Audience, document_ids: Iterable[str]) -> list[str]:
        """Return those documents the job has not looked at yet for this audience."""
        with self.register.file.open() as db:
            known = {one for (one,) in db.execute("SELECT document_id FROM seen WHERE audience = ?", (audience,))}
        return [one for one in document_ids if one not in known]

    def has_looked(self, audience: Audience) -> bool:
        """Say whether the job has ever looked at what this audience sees."""
        with self.register.file.open() as db:
            return db.execute("SELECT 1 FROM facts WHERE name = ?", (f"looked {audience}",)).fetchone() is not None

    def note(self, audience: Audience, seen: Iterable[str], found: Iterable[tuple[str, str]]) -> int:
        """Keep what was looked at and what was found, (obstacle, document) each, at once; return how many are new."""
        at = self.register.now().isoformat()
        with self.register.file.open() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (f"looked {audience}", at))
            db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", [(one, audience) for one in seen])
            return sum(
                db.execute(
                    "INSERT OR IGNORE INTO notices (obstacle_id, document_id, audience, at)"
                    " SELECT id, ?, ?, ? FROM obstacles WHERE id = ?",
                    (document_id, audience, at, obstacle_id),
                ).rowcount
                for obstacle_id, document_id in found
            )

    def forget(self, audience: Audience, present: Iterable[str]) -> None:
        """Forget documents an audience cannot see any more: should they come back, they are new."""
        kept = set(present)
        with self.register.file.open() as db:
            known = [one for (one,) in db.execute("SELECT document_id FROM seen WHERE audience = ?", (audience,))]
            gone = [(one, audience) for one in known if one not in kept]
            for table in ("seen", "notices"):
                db.executemany(f"DELETE FROM {table} WHERE document_id = ? AND audience = ?", gone)

    def of(self, audience: Audience, obstacle_ids: Sequence[str] | None = None) -> list[Notice]:
        """Return what an audience is told of these obstacles, or of all, the latest first."""
        query = (
            "SELECT obstacle_id, document_id, audience, at FROM notices"
            " WHERE audience = ? AND NOT is_dismissed ORDER BY at DESC, obstacle_id, document_id"
        )
        with self.register.file.open() as db:
            found = db.execute(query, (audience,)).fetchall()
        return [
            Notice(one[0], one[1], Audience(one[2]), datetime.fromisoformat(one[3]))
            for one in found
            if obstacle_ids is None or one[0] in obstacle_ids
        ]

    def dismiss(self, obstacle_id: str, document_id: str) -> None:
        """Tell nobody any more that a document may solve an obstacle."""
        query = "UPDATE notices SET is_dismissed = 1 WHERE obstacle_id = ? AND document_id = ?"
        with self.register.file.open() as db:
            db.execute(query, (obstacle_id, document_id))


@dataclass(frozen=True)
class Feeds:
    """Private addresses of feeds: a secret each, which its owner can be shown again and can have replaced."""

    register: Register

    def token(self, owner: str, *, renewed: bool = False) -> str:
        """Return the secret of an owner's feed, a new one when there is none or it shall be another."""
        with self.register.file.open() as db:
            found = db.execute("SELECT token FROM feeds WHERE owner = ?", (owner,)).fetchone()
            if found is not None and not renewed:
                return str(found[0])
            token = secrets.token_urlsafe(32)
            db.execute("INSERT OR REPLACE INTO feeds VALUES (?, ?)", (owner, token))
        return token

    def owner(self, token: str) -> str:
        """Return whose feed it is, "" when it is nobody's."""
        with self.register.file.open() as db:
            found = db.execute("SELECT owner FROM feeds WHERE token = ?", (token,)).fetchone()
        return str(found[0]) if found else ""
